"""Changes of a scan, and what a model does before and after."""
