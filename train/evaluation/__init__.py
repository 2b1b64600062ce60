"""Evaluation: any checkpoint, any task list, any cases; one JSON, a table, pictures."""
