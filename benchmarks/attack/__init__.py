"""Attacks on a fresh server, and what became of it: `make attack`."""
