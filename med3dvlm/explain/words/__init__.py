"""Where each word of an answer comes from."""
