"""What the lessons' experiments do with the loaded model."""
