"""Other names, a file a part of the body."""
