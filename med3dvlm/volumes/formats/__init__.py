"""Readers of file formats, and what they share."""
