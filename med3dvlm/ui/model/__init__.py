"""Which model answers, its card, and the input that it sees."""
