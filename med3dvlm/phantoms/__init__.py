"""Procedural CT phantoms whose truth is known: volume, findings, report, questions of a seed."""
