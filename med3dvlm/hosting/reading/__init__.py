"""Uploads are read in child processes, which can be ended whatever a file does to them."""
