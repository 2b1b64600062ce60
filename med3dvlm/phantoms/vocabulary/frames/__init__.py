"""Sentence patterns, one file per kind of question."""
