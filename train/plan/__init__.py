"""Estimates memory, steps and hours of a configuration before anything runs."""
