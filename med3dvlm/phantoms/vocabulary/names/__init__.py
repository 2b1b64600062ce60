"""Synonyms, one file per body region."""
