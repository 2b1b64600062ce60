"""Procedural CT phantoms whose truth is known: volume, findings, report and questions from a seed."""
