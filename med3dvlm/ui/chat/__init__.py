"""The chat tab: a question, its answer as it is generated, and what is known of each word."""
