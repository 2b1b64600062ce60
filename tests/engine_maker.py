"""A checkpoint with random weights, of the default model's kind but smaller.

For tests of what surrounds a model: it loads like one and answers noise, always at full length.

    make_checkpoints(folder)        # or: python tests/engine_maker.py FOLDER
"""

import sys
from pathlib import Path
from unittest.mock import patch

import torch

from med3dvlm.model.checkpoint import InputSpec, ModelInfo, save_dual_encoder, save_vlm
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.dual_encoder import DualEncoder, DualEncoderConfig, TextConfig
from med3dvlm.model.mixer import MixerConfig, StreamConfig
from med3dvlm.model.prompt import PLACEHOLDER, Prompt, PromptConfig
from med3dvlm.model.vlm import VLM, LanguageConfig, VLMConfig
from med3dvlm.volumes.window import MODEL_CT
from train.data.phantoms import text as words

GRID = (64, 128, 128)
VOCABULARY = 768
CORPUS = 150
WIDTH = 64
ENCODER = DCFormerConfig(channels=(8, 8, 16, 24, 32), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3))
SPEC = InputSpec(grid=GRID, window=MODEL_CT)
INFO = ModelInfo(
    name="Random test model",
    trained_on="Nothing: its weights are random.",
    phantom=True,
    limits=("Its answers are noise.",),
)


def make_checkpoints(folder: Path) -> Path:
    """Write `vlm` and `dual_encoder` into a folder; the same weights each time."""
    torch.manual_seed(0)
    with patch.object(words, "CORPUS", CORPUS):
        _make_vlm(folder / "vlm")
        _make_dual_encoder(folder / "dual_encoder")
    return folder


def _make_vlm(folder: Path) -> None:
    tokenizer = words.language_tokenizer(VOCABULARY, words.corpus())
    low = int(torch.tensor(ENCODER.grid(GRID, 3)).prod())
    high = int(torch.tensor(ENCODER.grid(GRID, 4)).prod())
    config = VLMConfig(
        encoder=ENCODER,
        projector=MixerConfig(
            low=StreamConfig(tokens=(low, 8), channels=(ENCODER.channels[3], WIDTH)),
            high=StreamConfig(tokens=(high, 8), channels=(ENCODER.channels[4], WIDTH)),
        ),
        language=LanguageConfig(
            vocabulary=len(tokenizer),
            width=WIDTH,
            layers=2,
            heads=2,
            key_heads=1,
            hidden=128,
            tied=True,
            positions=1024,
        ),
        grid=GRID,
        placeholder_id=tokenizer.convert_tokens_to_ids(PLACEHOLDER),
    )
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=16))
    model = VLM(config)
    with torch.no_grad():  # never the likeliest token, so that answers are long enough to stop
        model.language_model.get_input_embeddings().weight[prompt.end_id] = 0
    save_vlm(folder, model, prompt, spec=SPEC, info=INFO)


def _make_dual_encoder(folder: Path) -> None:
    tokenizer = words.query_tokenizer(VOCABULARY, words.corpus())
    text = TextConfig(vocabulary=len(tokenizer), width=WIDTH, layers=1, heads=2, hidden=128)
    model = DualEncoder(DualEncoderConfig(encoder=ENCODER, text=text, width=32))
    save_dual_encoder(folder, model, tokenizer, spec=SPEC, info=INFO)


if __name__ == "__main__":
    make_checkpoints(Path(sys.argv[1]))
