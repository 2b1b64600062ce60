"""Inside the answer: every word, and where it comes from."""
