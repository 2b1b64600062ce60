"""Phantoms as various as real scans: another person, protocol and scanner for every seed.

The tidy phantoms beside it are all complete, centred and alike; here the field of view cuts the
body anywhere, arms, table and clothes are in the picture, contrast is timed continuously, and a
fifth of the cases show no chest, abdomen or pelvis at all.
"""
