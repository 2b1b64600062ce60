"""How the encoder is built: what its layers cost, what they read, and how far a cell sees."""
