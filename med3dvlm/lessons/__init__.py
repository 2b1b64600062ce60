"""Lessons on the live model: their texts, predictions, scores and links, without a page."""
