"""How the model is built."""
