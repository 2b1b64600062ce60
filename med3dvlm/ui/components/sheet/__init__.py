"""A report on the page, sentence by sentence, to be read and changed in place."""

from med3dvlm.ui.components.sheet.component import Sheet

__all__ = ["Sheet"]
