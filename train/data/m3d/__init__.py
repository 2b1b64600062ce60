"""M3D at full size: reads the published files, prepares them once, serves them at random."""
