"""Encode once, then converse, report and embed: what every page and command asks of the model."""
