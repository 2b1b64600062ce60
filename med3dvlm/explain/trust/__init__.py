"""How far maps and answers can be believed, measured where the truth is known."""
