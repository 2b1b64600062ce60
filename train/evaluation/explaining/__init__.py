"""Measures what explains a model: what it detects, how far maps are true, what needs the image."""
