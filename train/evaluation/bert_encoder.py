"""BERTScore with an encoder from a local folder, without downloads.

bert = open_bert_encoder(Path("roberta-large"), layer=17)
bert.f1("Two renal cysts.", "Two cysts of the kidney.")
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from med3dvlm.errors import ConfigError
from med3dvlm.metrics.bertscore import bert_score

# The layer that BERTScore's authors found best for roberta-large, used for the published figures.
LAYER = 17
LONGEST = 510


@dataclass(frozen=True, slots=True)
class BertEncoder:
    """An encoder whose hidden states of one layer BERTScore compares."""

    tokenizer: Any
    model: Any
    layer: int
    name: str

    def f1(self, prediction: str, reference: str) -> float:
        """F1 of two texts, without idf weights and without rescaling."""
        return bert_score(self.embed(prediction), self.embed(reference)).f1

    @torch.inference_mode()
    def embed(self, text: str) -> NDArray[np.float32]:
        """Hidden states (tokens, width) of the layer, special tokens included."""
        batch = self.tokenizer(
            text.strip(), return_tensors="pt", truncation=True, max_length=LONGEST
        )
        states = self.model(**batch, output_hidden_states=True).hidden_states[self.layer]
        embedded: NDArray[np.float32] = states[0].float().numpy()
        return embedded


def open_bert_encoder(folder: Path, *, layer: int = LAYER) -> BertEncoder:
    """An encoder for BERTScore.

    Raises:
        ConfigError: the folder contains no encoder, or one with fewer layers.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{folder} contains no encoder for BERTScore ({error}). Put roberta-large there, or "
            "leave out --bertscore: the other metrics need no weights."
        ) from None
    layers = int(model.config.num_hidden_layers)
    if not 0 <= layer <= layers:
        raise ConfigError(f"{folder.name} has {layers} layers, so there is no layer {layer}")
    return BertEncoder(tokenizer, model, layer, f"{folder.name}, layer {layer}")
