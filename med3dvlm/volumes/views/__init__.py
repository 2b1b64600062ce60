"""What is made from a volume to be looked at: histogram, surface, thumbnail, model input."""
