"""Procedural CT phantoms with known truth: volume, findings, report and questions for a seed."""
