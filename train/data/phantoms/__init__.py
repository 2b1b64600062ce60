"""Phantoms as training data: cached volumes, labels, texts and dialogues."""
