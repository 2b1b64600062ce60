"""Visitors' words: synonyms for what a scan shows, and sentences that ask about it.

The words are in three disjoint splits, so that one can measure whether a model understands words it
has never read.
"""
