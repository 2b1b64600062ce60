"""What the model makes of single cells."""
