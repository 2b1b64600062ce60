"""Timings; each script measures the fast way and the plain way in the same run."""
