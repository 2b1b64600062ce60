"""M3D at full size: its files as published, made ready once, then learned from at random."""
