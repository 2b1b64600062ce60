"""The Learn tab: lessons with predictions, and a gallery of failures, on the live model."""
