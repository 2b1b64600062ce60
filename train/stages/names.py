"""The names of all stages, and of the files in which they pass on their results.

Each stage has a folder of its name inside the folder of a run.
"""

from typing import Literal

WarmStart = Literal["encoder", "language", "facts", "reading"]

WARM_STARTS: tuple[WarmStart, ...] = ("encoder", "language", "facts", "reading")
PUBLISHED = ("contrastive", "alignment", "instruction")
# Independent of all others: it reads questions, and knows no image.
READING_ALONE = ("reader",)
STAGES = (*WARM_STARTS, *PUBLISHED, *READING_ALONE)

# encoder
SUPERVISED = "supervised.safetensors"
# language
LANGUAGE, FACT_TOKENS, TOKENIZER = "language.safetensors", "facts.safetensors", "tokenizer"
# facts
FACTS_ENCODER, VOLUME_SIDE = "facts.safetensors", "volume_side.safetensors"
# reading
TEXT_SIDE = "text_side.safetensors"
# contrastive
DUAL_ENCODER = "dual_encoder"
# alignment and instruction
LEARNED, READOUTS = "learned.safetensors", "readouts.safetensors"
# reader
READER = "question_reader"
