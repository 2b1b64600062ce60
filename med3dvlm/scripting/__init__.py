"""What `import med3dvlm` offers to scripts and notebooks; docs/python.md shows each name in use."""
