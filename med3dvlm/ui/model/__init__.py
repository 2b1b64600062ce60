"""The loaded model, its card, and the input that it sees."""
