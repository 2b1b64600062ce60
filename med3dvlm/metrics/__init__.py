"""Metrics for texts, ranks, probabilities and label sets.

Pure functions; each names its paper, and its test has a case worked by hand. They load, print and
write nothing; inputs that can't be scored are the caller's mistake and fail an assertion.
"""
