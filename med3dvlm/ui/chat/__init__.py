"""The chat tab: a question, its answer as it is generated, and the probability of each word."""
