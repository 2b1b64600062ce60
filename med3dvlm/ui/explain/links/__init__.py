"""A state of the Explain tab as a link, and back."""
