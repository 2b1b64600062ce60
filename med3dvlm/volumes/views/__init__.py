"""Views of a volume: histogram, surface, thumbnail, model input."""
