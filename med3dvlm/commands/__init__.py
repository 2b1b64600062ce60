"""The commands of `python -m med3dvlm`, one module each; each yields the lines to print."""
