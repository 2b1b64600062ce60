"""Label maps of other programs, laid onto the grid of an open scan."""
