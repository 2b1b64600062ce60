"""Puts a VLM together from what stages before left and what it was told to start from.

assembly = Assembly(study, data, run=Path("runs/m3d"))
model = assembly.build()            # encoder of stage 1, language model, stage 2's result, adapters
model = assembly.merged()           # for export: the stage's own result, adapters merged

A run's folder holds one folder a stage: `contrastive`, `alignment`, `instruction`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.mixer import MixerProjector
from med3dvlm.model.prompt import PLACEHOLDER, Prompt, PromptConfig
from med3dvlm.model.vlm import VLM, VLMConfig
from train.stages.study import AnsweringStudy, LoraSettings
from train.stages.towers import Language, open_language

LEARNED, STUDY = "learned.safetensors", "study.json"
DUAL_ENCODER = "dual_encoder"
ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
# What must be the same in stages 2 and 3.
SHARED = ("image.encoder", "projector", "language", "splice")


class Assembly:
    """The parts of stage 2's or 3's model."""

    def __init__(self, study: AnsweringStudy, data: Path, *, run: Path) -> None:
        self.study, self.data, self.run = study, data, run
        if study.stage == "instruction":
            _check_shared(study, run / "alignment")

    @cached_property
    def language(self) -> Language:
        """Tokenizer, sizes and maker of the language model."""
        whole = torch.get_default_dtype()
        dtype = whole if "language" in self.study.trains else self._dtype
        return open_language(self.study.language, self.data, dtype=dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return (
            torch.bfloat16 if self.study.frozen_dtype == "bfloat16" else torch.get_default_dtype()
        )

    @cached_property
    def prompt(self) -> Prompt:
        """How questions and answers become tokens."""
        return Prompt(
            self.language.tokenizer,
            PromptConfig(
                image_tokens=self.study.projector.image_tokens,
                style="published" if self.study.splice == "published" else "turns",
                max_length=self.study.max_length,
            ),
        )

    @property
    def config(self) -> VLMConfig:
        """Sizes of the VLM."""
        return VLMConfig(
            encoder=self.study.image.encoder,
            projector=self.study.projector,
            language=self.language.config,
            grid=self.study.image.input.grid,
            placeholder_id=int(self.language.tokenizer.get_vocab()[PLACEHOLDER]),
            splice=self.study.splice,
        )

    def build(self) -> VLM:
        """The model that the stage starts from; what learns is in float32."""
        model = self._before()
        if self.study.checkpointing:
            _recompute(model.language_model)
        if self.study.lora is not None:
            _adapt(model, self.study.lora)
        for part, mark in (("embeddings", "embed_tokens"), ("head", "lm_head")):
            for name, parameter in model.named_parameters():
                if part in self.study.trains and mark in name:
                    parameter.data = parameter.data.to(torch.get_default_dtype())
        return model

    def _before(self) -> VLM:
        """Encoder of stage 1, language model, and in stage 3 what stage 2 learned."""
        with torch.device("meta"):
            model = VLM(self.config)
        model.encoder = DCFormer(self.study.image.encoder)
        model.projector = MixerProjector(self.study.projector)
        model.language_model = self.language.make()
        dual_encoder = load_dual_encoder(self.run / "contrastive" / DUAL_ENCODER)
        model.encoder.load_state_dict(dual_encoder.model.encoder.state_dict())
        if self.study.stage == "instruction":
            load_learned(model, self.run / "alignment")
        return model

    def merged(self) -> VLM:
        """The result of the stage as a plain VLM in float32."""
        model = self._before().float()
        if self.study.lora is not None:
            _adapt(model, self.study.lora)
        load_learned(model, self.run / self.study.stage)
        if self.study.lora is not None:
            adapted: Any = model.language_model
            model.language_model = adapted.merge_and_unload()
        return model.eval()


def _recompute(language_model: Any) -> None:
    """Keep a layer's input only, and compute the layer again in the backward pass."""
    old, new = "gradient_checkpointing_enable", "activation_checkpointing_enable"
    name = new if hasattr(language_model, new) else old  # transformers renamed it
    getattr(language_model, name)({"use_reentrant": False})


def _adapt(model: VLM, settings: LoraSettings) -> None:
    """Put adapters on the linears of the language model."""
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, lora_dropout=settings.dropout,
        target_modules=list(ADAPTED), bias="none", task_type="CAUSAL_LM",
    )  # fmt: skip
    model.language_model = get_peft_model(model.language_model, config)


def save_learned(model: nn.Module, out: Path, *, learns: Callable[[str], bool]) -> None:
    """Write what learned, and the encoder's buffers with it if it did."""
    state: dict[str, Tensor] = {}
    seen: set[int] = set()  # a tensor that goes by two names is written once
    for name, tensor in model.state_dict().items():
        if learns(name) and tensor.data_ptr() not in seen:
            state[name] = tensor.detach().cpu().contiguous()
            seen.add(tensor.data_ptr())
    save_file(state, out / LEARNED)


def load_learned(model: nn.Module, folder: Path) -> None:
    """Put what a stage learned in its place.

    Raises:
        TrainingError: the stage isn't finished, or it was of another model.
    """
    path = folder / LEARNED
    if not path.exists():
        raise TrainingError(f"{folder.name} isn't finished: run that stage first")
    state = load_file(path)
    own = model.state_dict()
    for name, tensor in state.items():
        if name not in own or own[name].shape != tensor.shape:
            raise TrainingError(f"{folder.name} learned {name}, which has no place in this model")
        own[name].copy_(tensor)


def _check_shared(study: AnsweringStudy, before: Path) -> None:
    path = before / STUDY
    if not path.exists():
        raise TrainingError(f"{before.name} isn't finished: run that stage first")
    stored, own = json.loads(path.read_text()), json.loads(json.dumps(asdict(study)))
    for name in SHARED:
        theirs, ours = stored, own
        for key in name.split("."):
            theirs, ours = theirs[key], ours[key]
        if theirs != ours:
            raise TrainingError(f"{before.name} was run with another {name}: {theirs}")
