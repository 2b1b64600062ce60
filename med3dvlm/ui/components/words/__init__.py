"""Words with their probabilities, as the chat and the report show them."""

from med3dvlm.ui.components.words.data import WordData, script, style, word_data

__all__ = ["WordData", "script", "style", "word_data"]
