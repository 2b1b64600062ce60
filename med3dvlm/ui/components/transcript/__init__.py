"""The turns of a conversation, and all that is known of each answer."""

from med3dvlm.ui.components.transcript.component import Transcript, TranscriptView

__all__ = ["Transcript", "TranscriptView"]
