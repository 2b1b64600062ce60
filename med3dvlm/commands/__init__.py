"""The commands of `python -m med3dvlm`, a module each: what it yields is printed, line by line."""
