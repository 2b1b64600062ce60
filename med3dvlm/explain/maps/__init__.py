"""Maps over a volume, and one example of what is none."""
