"""Sentence patterns, a file a kind of question."""
