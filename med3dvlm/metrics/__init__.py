"""Metrics: texts, ranks, probabilities and label sets to numbers.

Pure functions, each with its paper named and a case worked by hand in its test. They load, print
and write nothing; inputs that can't be scored are the caller's mistake and fail an assertion.
"""
