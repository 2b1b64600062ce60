"""How much of what the model answers needs the image."""
