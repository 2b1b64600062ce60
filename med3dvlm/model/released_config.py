"""config.json of the published models to ours, and back.

    kind = released_kind(stored)                       # None when it isn't theirs
    file = vlm_file(folder, stored, shapes, placeholder)

Sizes come from the tensors' shapes; config.json adds what shapes can't tell (heads, rotation,
volume size). It may be of any age: lists or tuples, `architectures` as a list or a bare string,
`rope_theta` at the top or inside, and keys of the training scripts, which are ignored.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.checkpoint_file import (
    CONFIG,
    FORMAT,
    CheckpointKind,
    DualEncoderFile,
    InputSpec,
    ModelInfo,
    VLMFile,
)
from med3dvlm.model.dual_encoder import DualEncoderConfig, TextConfig
from med3dvlm.model.prompt import PLACEHOLDER, PromptConfig
from med3dvlm.model.released_sizes import (
    Shapes,
    count_of,
    encoder_sizes,
    mixer_sizes,
    shape_of,
)
from med3dvlm.model.vlm import LanguageConfig, VLMConfig
from med3dvlm.volumes.grid import PUBLISHED_GRID, Grid
from med3dvlm.volumes.window import MODEL_CT

VLM_TYPE, DUAL_TYPE = "vlm_qwen", "dec_clip"
VLM_CLASS, DUAL_CLASS = "VLMQwenForCausalLM", "DEC_CLIP"
TOWER, PROJECTOR = "model.vision_tower.vision_tower", "model.mm_projector"
DUAL_TOWER, TEXT_TOWER = "vision_encoder", "language_encoder"
# What the published training used where a config.json does not say.
ROPE_THETA = 1_000_000.0
TEXT_HEAD_WIDTH = 64
TEXT_MODEL = "medicalai/ClinicalBERT"

TRAINED_ON = (
    "M3D-Cap (120,092 CT image series with 42,496 reports) and M3D-VQA: 8-bit pictures, windowed, "
    "without Hounsfield units and millimetres."
)
VLM_LIMITS = (
    "Left and right can't have been learned: training turned and flipped the scans but not their "
    "texts. In an independent test of place and side it did no better than guessing.",
    "It answers one question at a time; earlier questions and answers are not seen.",
    "The first word piece of a question is overwritten by the published way of joining image and "
    "text, in training as here.",
    "The published retrieval figures, 61.00 % against 19.10 % of M3D-CLIP, are not like for like: "
    "the second was measured on a test split that was withdrawn; a re-run on the split that "
    "Med3DVLM uses gave about 78 %.",
    "Nothing here was checked against its original weights: only against the published code with "
    "made-up weights.",
)
DUAL_LIMITS = VLM_LIMITS[:1] + VLM_LIMITS[3:]


def released_kind(stored: Mapping[str, Any]) -> CheckpointKind | None:
    """The kind of a published checkpoint, by its type or its class; None for other files."""
    classes = stored.get("architectures") or ()
    named = {stored.get("model_type"), *([classes] if isinstance(classes, str) else classes)}
    if named & {VLM_TYPE, VLM_CLASS}:
        return "vlm"
    if named & {DUAL_TYPE, DUAL_CLASS}:
        return "dual encoder"
    return None


def vlm_file(folder: Path, stored: Mapping[str, Any], shapes: Shapes, placeholder: int) -> VLMFile:
    """A `vlm_qwen` checkpoint in our words.

    Args:
        folder: it lends the model its name.
        stored: its config.json.
        shapes: of its tensors by plain published name.
        placeholder: id of `<im_patch>` in its tokenizer.

    Raises:
        CheckpointError: sizes are missing or don't fit each other.
    """
    grid = volume_grid(folder, stored)
    try:
        projector = mixer_sizes(shapes, PROJECTOR)
        model = VLMConfig(
            encoder=encoder_sizes(shapes, TOWER),
            projector=projector,
            language=_language(folder, stored, shapes),
            grid=grid,
            placeholder_id=placeholder,
            splice="published",
        )
    except ConfigError as error:
        raise CheckpointError(
            f"{folder}: {error}. {CONFIG} says input_size {stored.get('input_size')} "
            "(height, width, depth): is it this checkpoint's own, and are all weights there?"
        ) from None
    if placeholder >= model.language.vocabulary:
        raise CheckpointError(
            f"{folder}: its tokenizer puts {PLACEHOLDER} at {placeholder}, the model has "
            f"{model.language.vocabulary} token embeddings: copy the tokenizer of this checkpoint"
        )
    return VLMFile(
        format=FORMAT,
        kind="vlm",
        info=_info(folder, stored, VLM_LIMITS),
        input=InputSpec(grid=grid, window=MODEL_CT, published=True),
        model=model,
        prompt=PromptConfig(image_tokens=projector.image_tokens, style="published"),
    )


def dual_encoder_file(folder: Path, stored: Mapping[str, Any], shapes: Shapes) -> DualEncoderFile:
    """A `dec_clip` checkpoint in our words; raises like `vlm_file`."""
    if "logit_scale" in shapes:
        raise CheckpointError(
            f"{folder} was trained with the loss 'nce' (it holds logit_scale): only the sigmoid "
            "loss of the release is known. Train it with loss_type sigmoid."
        )
    model = DualEncoderConfig(
        encoder=encoder_sizes(shapes, DUAL_TOWER),
        text=_text(folder, stored, shapes),
        width=shape_of(shapes, "mm_vision_proj.weight")[0],
    )
    return DualEncoderFile(
        format=FORMAT,
        kind="dual encoder",
        info=_info(folder, stored, DUAL_LIMITS),
        input=InputSpec(grid=volume_grid(folder, stored), window=MODEL_CT, published=True),
        model=model,
    )


def volume_grid(folder: Path, stored: Mapping[str, Any]) -> Grid:
    """The published (H, W, D) as our (D, H, W)."""
    size = stored.get("input_size")
    if not size:
        return PUBLISHED_GRID
    if not (isinstance(size, list | tuple) and len(size) == 3):
        raise CheckpointError(f"{folder / CONFIG}: input_size must be three numbers, not {size!r}")
    height, width, depth = (int(n) for n in size)
    return depth, height, width


def name_of(folder: Path) -> str:
    """A checkpoint's name: its folder, or the hub's name for a snapshot of the hub's cache."""
    if folder.parent.name == "snapshots" and folder.parents[1].name.startswith("models--"):
        return folder.parents[1].name.removeprefix("models--").replace("--", "/")
    return folder.resolve().name


def text_model(stored: Mapping[str, Any]) -> str:
    """The hub name of the text tower, whose tokenizer a `dec_clip` checkpoint may leave out."""
    named = stored.get("language_model_name_or_path") or stored.get("language_model")
    return named if isinstance(named, str) else TEXT_MODEL


def _info(folder: Path, stored: Mapping[str, Any], limits: tuple[str, ...]) -> ModelInfo:
    facts = {"layout": f"published ({stored.get('model_type', 'type not said')})"}
    return ModelInfo(
        name=name_of(folder), trained_on=TRAINED_ON, phantom=False, limits=limits, facts=facts
    )


def _language(folder: Path, stored: Mapping[str, Any], shapes: Shapes) -> LanguageConfig:
    vocabulary, width = shape_of(shapes, "model.embed_tokens.weight")
    heads = _whole(folder, stored, "num_attention_heads")
    head_width = width // heads
    return LanguageConfig(
        vocabulary=vocabulary,
        width=width,
        layers=count_of(shapes, r"model\.layers\.(\d+)\.self_attn\.q_proj\.weight"),
        heads=heads,
        key_heads=shape_of(shapes, "model.layers.0.self_attn.k_proj.weight")[0] // head_width,
        hidden=shape_of(shapes, "model.layers.0.mlp.gate_proj.weight")[0],
        tied=bool(stored.get("tie_word_embeddings", False)),
        positions=int(stored.get("max_position_embeddings", 32768)),
        rope_theta=rope_theta(stored),
        norm_eps=float(stored.get("rms_norm_eps", 1e-6)),
    )


def rope_theta(stored: Mapping[str, Any]) -> float:
    """Base of the rotary embedding: at the top (older files) or inside `rope_parameters`."""
    inside = stored.get("rope_parameters") or {}
    return float(inside.get("rope_theta") or stored.get("rope_theta") or ROPE_THETA)


def _text(folder: Path, stored: Mapping[str, Any], shapes: Shapes) -> TextConfig:
    """Sizes of the DistilBERT; its own config may be missing, then heads are 64 wide as usual."""
    named = stored.get("language_model") or stored.get("language_config")
    own = cast("Mapping[str, Any]", named if isinstance(named, dict) else {})
    vocabulary, width = shape_of(shapes, f"{TEXT_TOWER}.embeddings.word_embeddings.weight")
    if not own and width % TEXT_HEAD_WIDTH:
        raise CheckpointError(
            f"{folder / CONFIG} does not describe the text tower, and its number of heads can't "
            f"be told from a width of {width}: add 'language_model' with the config of the tower"
        )
    layers = rf"{TEXT_TOWER}\.transformer\.layer\.(\d+)\.ffn\.lin1\.weight"
    return TextConfig(
        vocabulary=vocabulary,
        width=width,
        layers=count_of(shapes, layers),
        heads=_whole(folder, own, "n_heads") if own else width // TEXT_HEAD_WIDTH,
        hidden=shape_of(shapes, f"{TEXT_TOWER}.transformer.layer.0.ffn.lin1.weight")[0],
        positions=shape_of(shapes, f"{TEXT_TOWER}.embeddings.position_embeddings.weight")[0],
        dropout=float(own.get("dropout", 0.1)),
        padding_id=int(own.get("pad_token_id") or 0),
    )


def _whole(folder: Path, stored: Mapping[str, Any], key: str) -> int:
    value = stored.get(key)
    if not isinstance(value, int) or value < 1:
        raise CheckpointError(
            f"{folder / CONFIG}: {key} must be a whole number above 0, not {value!r}. Copy the "
            "file of this checkpoint again."
        )
    return value
