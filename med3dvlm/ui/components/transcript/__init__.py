"""The turns of a conversation, with probabilities, options and cautions for each answer."""

from med3dvlm.ui.components.transcript.component import Transcript, TranscriptView

__all__ = ["Transcript", "TranscriptView"]
