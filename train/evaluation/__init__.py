"""Evaluation of any checkpoint on any tasks and cases: one JSON, a table, plots."""
