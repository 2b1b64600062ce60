"""Synthetic checkpoints in the published layout, of any size, without any published weight.

Names come from the manifests of the two released models (tests/golden/manifests.json), values from
the golden recipe by name, shapes from the manifests with their sizes exchanged. So nothing of the
key table under test is used. Everything around is as the published training leaves it: shards,
config.json with its quirks, a tokenizer with `<im_patch>` as its last token.

    folder = make_vlm(folder, GOLDEN_HALF)          # the tiny VLM of the goldens
    folder = make_dual_encoder(folder, GOLDEN_CLIP)
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from tests.golden import named_tensors

Tower = tuple[tuple[int, ...], tuple[int, ...]]  # channels and blocks of five stages
SMALL: Tower = ((64, 96, 192, 384, 768), (1, 2, 3, 6, 2))
NANO: Tower = ((8, 8, 16, 16, 24), (1, 1, 1, 2, 1))
Style = Literal["safetensors", "bin"]
Value = Callable[[str, tuple[int, ...]], Any]


@dataclass(frozen=True, kw_only=True)
class VLMSizes:
    """Sizes of a `vlm_qwen`; the released one is `RELEASED`."""

    grid: tuple[int, int, int]
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    middle: int
    width: int
    hidden: int
    heads: int
    key_heads: int
    layers: int
    vocabulary: int
    tower: Tower = SMALL

    @property
    def image_tokens(self) -> int:
        return self.low[-1] + self.high[-1]


@dataclass(frozen=True, kw_only=True)
class DualSizes:
    """Sizes of a `dec_clip`."""

    vocabulary: int
    dim: int
    layers: int
    heads: int
    hidden: int
    positions: int
    width: int
    tower: Tower = SMALL


RELEASED = VLMSizes(
    grid=(128, 256, 256), low=(256, 192, 128), high=(32, 64, 128), middle=1792, width=3584,
    hidden=18944, heads=28, key_heads=4, layers=28, vocabulary=151_666,
)  # fmt: skip
GOLDEN_HALF = VLMSizes(
    grid=(64, 128, 128), low=(32, 24, 16), high=(4, 8, 16), middle=32, width=64, hidden=128,
    heads=4, key_heads=2, layers=2, vocabulary=200,
)  # fmt: skip
GOLDEN_FULL = VLMSizes(
    grid=(128, 256, 256), low=(256, 192, 128), high=(32, 64, 128), middle=32, width=64,
    hidden=128, heads=4, key_heads=2, layers=2, vocabulary=200,
)  # fmt: skip
TINY = VLMSizes(
    grid=(32, 64, 64), low=(4, 6, 5), high=(1, 2, 3), middle=32, width=64, hidden=192, heads=4,
    key_heads=2, layers=3, vocabulary=300, tower=NANO,
)  # fmt: skip
RELEASED_CLIP = DualSizes(
    vocabulary=119_547, dim=768, layers=6, heads=12, hidden=3072, positions=512, width=768
)
GOLDEN_CLIP = DualSizes(
    vocabulary=120, dim=32, layers=2, heads=4, hidden=64, positions=64, width=48
)
TINY_CLIP = DualSizes(
    vocabulary=120, dim=64, layers=2, heads=1, hidden=96, positions=64, width=40, tower=NANO
)


# In the models but in no file: computed from their configurations.
NOT_STORED = ("rotary_emb.inv_freq", "rotary_emb.original_inv_freq", "embeddings.position_ids")


@cache
def manifest(kind: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a released model, without the buffers that no file holds."""
    path = Path(__file__).parent / "golden" / "manifests.json"
    listed = json.loads(path.read_text())[kind]
    return {
        name: tuple(shape) for name, (shape, _) in listed.items() if not name.endswith(NOT_STORED)
    }


def vlm_shapes(sizes: VLMSizes) -> dict[str, tuple[int, ...]]:
    """The manifest of `vlm_qwen` in other sizes."""
    head_width = sizes.width // sizes.heads
    language = {
        3584: sizes.width, 512: head_width * sizes.key_heads, 18944: sizes.hidden,
        151_666: sizes.vocabulary,
    }  # fmt: skip
    channels = sizes.tower[0]
    streams = {
        "low": dict(zip((256, 192, 128), sizes.low, strict=True)) | {384: channels[3]},
        "high": dict(zip((32, 64, 128), sizes.high, strict=True)) | {768: channels[4]},
    }
    found: dict[str, tuple[int, ...]] = {}
    for name, shape in manifest("vlm_qwen").items():
        if ".vision_tower." in name:
            found |= _tower_entry(name, shape, sizes.tower)
        elif stream := re.search(r"mm_projector\.(low|high)_mixer", name):
            exchange = streams[stream[1]] | {1792: sizes.middle, 3584: sizes.width}
            found[name] = tuple(exchange[n] for n in shape)
        elif _layer_of(name, "layers") < sizes.layers:
            found[name] = tuple(language[n] for n in shape)
    return found


def dual_shapes(sizes: DualSizes) -> dict[str, tuple[int, ...]]:
    """The manifest of `dec_clip` in other sizes."""
    text = {119_547: sizes.vocabulary, 512: sizes.positions, 768: sizes.dim, 3072: sizes.hidden}
    found: dict[str, tuple[int, ...]] = {}
    for name, shape in manifest("dec_clip").items():
        if name.startswith("vision_encoder."):
            found |= _tower_entry(name, shape, sizes.tower)
        elif name.startswith("mm_"):
            inputs = sizes.tower[0][4] if "vision" in name else sizes.dim
            found[name] = (sizes.width, inputs)[: len(shape)]
        elif _layer_of(name, "layer") < sizes.layers:
            found[name] = tuple(text[n] for n in shape)
    return found


def _layer_of(name: str, word: str) -> int:
    number = re.search(rf"\.{word}\.(\d+)\.", name)
    return int(number[1]) if number else -1


def _tower_entry(name: str, shape: tuple[int, ...], tower: Tower) -> dict[str, tuple[int, ...]]:
    """One tensor of the encoder in other channels; none where the block is left out."""
    stage, block = (int(n) for n in re.search(r"encoder\.s(\d)\.(\d+)\.", name).groups())
    channels, blocks = tower
    if block >= blocks[stage]:
        return {}
    exchange = {1: 1, SMALL[0][stage]: channels[stage], 4 * SMALL[0][stage]: 4 * channels[stage]}
    if stage and ".proj." in name:
        return {name: (channels[stage], channels[stage - 1], 1, 1, 1)}
    return {name: (*(exchange[n] for n in shape[:2]), *shape[2:])}


def values(shapes: Mapping[str, tuple[int, ...]], value: Value = named_tensors.parameter):
    """A published state: by the golden recipe, or by another function of name and shape."""
    return {name: torch.as_tensor(value(name, shape)) for name, shape in shapes.items()}


def vlm_config(sizes: VLMSizes) -> dict[str, Any]:
    """config.json as an early save left it: a bare class name, `rope_theta` at the top, extras."""
    depth, height, width = sizes.grid
    return {
        "_name_or_path": "./output/Med3DVLM-Qwen-2.5-7B-finetune",
        "architectures": "VLMQwenForCausalLM",
        "attention_dropout": 0.0,
        "bos_token_id": 151643,
        "eos_token_id": 151645,
        "hidden_act": "silu",
        "hidden_size": sizes.width,
        "high_input_size": [sizes.high[0], sizes.tower[0][4]],
        "high_output_size": list(sizes.high[1:]),
        "initializer_range": 0.02,
        "input_size": [height, width, depth],
        "intermediate_size": sizes.hidden,
        "low_input_size": [sizes.low[0], sizes.tower[0][3]],
        "low_output_size": list(sizes.low[1:]),
        "max_position_embeddings": 32768,
        "max_window_layers": 28,
        "mm_hidden_size": 768,
        "mm_mlp_depth": 2,
        "mm_projector_type": "mixer",
        "model_type": "vlm_qwen",
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "num_key_value_heads": sizes.key_heads,
        "patch_size": [16, 16, 16],
        "proj_out_num": sizes.image_tokens,
        "rms_norm_eps": 1e-06,
        "rope_scaling": None,
        "rope_theta": 1000000.0,
        "sliding_window": 131072,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "transformers_version": "4.48.3",
        "tune_mm_mlp_adapter": False,
        "use_cache": False,
        "use_sliding_window": False,
        "vision_select_feature": "cls_patch",
        "vision_select_layer": -2,
        "vision_tower": "dcformer",
        "vocab_size": sizes.vocabulary,
    }


def dual_config(sizes: DualSizes, *, text_config: bool = True) -> dict[str, Any]:
    """config.json with the arguments of the training script in it."""
    config: dict[str, Any] = {
        "architectures": ["DEC_CLIP"],
        "cache_dir": None,
        "depth": 12,
        "dim": 768,
        "gather_loss": True,
        "hidden_size": sizes.width,
        "input_size": [256, 256, 128],
        "language_model_name_or_path": "medicalai/ClinicalBERT",
        "local_loss": False,
        "loss_type": "sigmoid",
        "mlp_depth": 2,
        "model_type": "dec_clip",
        "pretrained_model": None,
        "siglip_margin": 0.1,
        "torch_dtype": "float32",
        "transformers_version": "4.48.3",
        "vision_encoder": "dcformer",
        "wb_name": "DCFormer_SigLIP",
    }
    if text_config:
        config["language_model"] = {
            "model_type": "distilbert", "dim": sizes.dim, "n_heads": sizes.heads,
            "n_layers": sizes.layers, "hidden_dim": sizes.hidden, "vocab_size": sizes.vocabulary,
            "max_position_embeddings": sizes.positions, "dropout": 0.1, "pad_token_id": 0,
        }  # fmt: skip
    return config


def make_vlm(
    folder: Path,
    sizes: VLMSizes = TINY,
    *,
    style: Style = "safetensors",
    shards: int = 3,
    dtype: torch.dtype = torch.float32,
    value: Value = named_tensors.parameter,
    extra: Mapping[str, Tensor] | None = None,
    **config: Any,
) -> Path:
    """Write a `vlm_qwen` folder with `extra` tensors; `config` changes config.json."""
    state = values(vlm_shapes(sizes), value) | dict(extra or {})
    write_state(folder, state, style=style, shards=shards, dtype=dtype)
    _write_json(folder / "config.json", vlm_config(sizes) | config)
    save_tokenizer(folder, "Qwen2Tokenizer", sizes.vocabulary)
    generation = {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.8,
                  "repetition_penalty": 1.05, "eos_token_id": [151645, 151643]}  # fmt: skip
    _write_json(folder / "generation_config.json", generation)
    return folder


def make_dual_encoder(
    folder: Path,
    sizes: DualSizes = TINY_CLIP,
    *,
    style: Style = "safetensors",
    shards: int = 1,
    text_config: bool = True,
    value: Value = named_tensors.parameter,
    extra: Mapping[str, Tensor] | None = None,
    **config: Any,
) -> Path:
    """Write a `dec_clip` folder, with the text tower's config inside or, as released, without."""
    state = values(dual_shapes(sizes), value) | dict(extra or {})
    write_state(folder, state, style=style, shards=shards)
    _write_json(folder / "config.json", dual_config(sizes, text_config=text_config) | config)
    save_tokenizer(folder, "DistilBertTokenizer", sizes.vocabulary)
    return folder


def write_state(
    folder: Path,
    state: Mapping[str, Tensor],
    *,
    style: Style = "safetensors",
    shards: int = 1,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write tensors into one file, or in so many shards with an index."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
    stem, ending = ("model", "safetensors") if style == "safetensors" else ("pytorch_model", "bin")
    names = list(state)
    parts = [names[i::shards] for i in range(shards)]
    weight_map = {}
    for number, part in enumerate(parts, start=1):
        file = f"{stem}.{ending}" if shards == 1 else f"{stem}-{number:05}-of-{shards:05}.{ending}"
        tensors = {name: state[name].contiguous() for name in part}
        if style == "safetensors":
            save_file(tensors, folder / file, metadata={"format": "pt"})
        else:
            torch.save(tensors, folder / file)
        weight_map |= dict.fromkeys(part, file)
    if shards > 1:
        total = sum(t.numel() * t.element_size() for t in state.values())
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        _write_json(folder / f"{stem}.{ending}.index.json", index)


def save_tokenizer(folder: Path, kind: str, vocabulary: int) -> None:
    """A byte-level tokenizer of the wanted length; `<im_patch>` comes last, as in the release."""
    specials = (
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
        if kind.startswith("Qwen2")
        else ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    )
    room = vocabulary - 1 - len(specials)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())[:room]
    words = [f"w{i}" for i in range(room - len(letters))]
    entries = {token: i for i, token in enumerate([*letters, *words, *specials])}
    if kind.startswith("Qwen2"):
        inner = Tokenizer(models.BPE(vocab=entries, merges=[]))
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        specials.append("<im_patch>")
        named = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    else:
        inner = Tokenizer(models.WordLevel(vocab=entries, unk_token="[UNK]"))
        inner.pre_tokenizer = pre_tokenizers.Whitespace()
        named = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]",
                 "sep_token": "[SEP]", "mask_token": "[MASK]"}  # fmt: skip
    inner.add_special_tokens(specials)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **named)
    tokenizer.save_pretrained(folder)
    saved = json.loads((folder / "tokenizer_config.json").read_text())
    _write_json(folder / "tokenizer_config.json", saved | {"tokenizer_class": kind})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2))
