"""Pairs of prompts on phantoms of known truth and on the open scan."""
