"""Encodes a scan once, then answers, reports and embeds: all that pages and commands need."""
