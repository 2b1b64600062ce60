"""Assembles a VLM from the results of earlier stages and the configured starting weights.

assembly = Assembly(config, source.corpus, run=Path("runs/m3d"))
model = assembly.base()             # encoder, new projector, language model
model = assembly.prepared(model)    # with adapters, trained weights in float32
model = assembly.merged()           # for export: the stage's own result, adapters merged
"""

from collections.abc import Callable
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
from train.loop.accelerated import precision_here
from train.stages.config import AnsweringConfig, LoraSettings
from train.stages.names import DUAL_ENCODER, LEARNED, SUPERVISED
from train.stages.readouts import Readouts, open_readouts
from train.stages.towers import Corpus, Language, encoder_state, open_language

ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Assembly:
    """The parts of stage 2's or 3's model."""

    def __init__(self, config: AnsweringConfig, corpus: Corpus, *, run: Path) -> None:
        self.config, self.corpus, self.run = config, corpus, run

    @cached_property
    def language(self) -> Language:
        """Tokenizer, sizes and factory of the language model."""
        whole = torch.get_default_dtype()
        half = (
            self.config.frozen_dtype == "bfloat16"
            and "language" not in self.config.trains
            and precision_here(self.config.schedule.precision) == "bf16"
        )
        return open_language(
            self.config.language,
            self.corpus,
            warm=self.run / "language" if "language" in self.config.warm else None,
            dtype=torch.bfloat16 if half else whole,
        )

    @cached_property
    def prompt(self) -> Prompt:
        """How questions and answers become tokens."""
        return Prompt(
            self.language.tokenizer,
            PromptConfig(
                image_tokens=self.config.projector.image_tokens,
                style="published" if self.config.splice == "published" else "turns",
                max_length=self.config.max_length,
            ),
        )

    @property
    def sizes(self) -> VLMConfig:
        """Sizes of the VLM."""
        return VLMConfig(
            encoder=self.config.image.encoder,
            projector=self.config.projector,
            language=self.language.config,
            grid=self.config.image.input.grid,
            placeholder_id=int(self.language.tokenizer.get_vocab()[PLACEHOLDER]),
            splice=self.config.splice,
        )

    def base(self) -> VLM:
        """The encoder of the previous stage, a new projector, and the language model."""
        with torch.device("meta"):
            model = VLM(self.sizes)
        model.encoder = DCFormer(self.config.image.encoder)
        model.projector = MixerProjector(self.config.projector)
        model.language_model = self.language.make()
        model.encoder.load_state_dict(self._encoder())
        return model

    def _encoder(self) -> dict[str, Tensor]:
        if "encoder" in self.config.warm:
            return encoder_state(self.run / "encoder" / SUPERVISED)
        before = load_dual_encoder(self.run / "contrastive" / DUAL_ENCODER)
        state: dict[str, Tensor] = before.model.encoder.state_dict()
        return state

    def prepared(self, model: VLM) -> VLM:
        """Ready to train: checkpointing and adapters if configured, trained weights in float32."""
        if self.config.checkpointing:
            _recompute(model.language_model)
        if self.config.lora is not None:
            _adapt(model, self.config.lora)
        for part, mark in (("embeddings", "embed_tokens"), ("head", "lm_head")):
            for name, parameter in model.named_parameters():
                if part in self.config.trains and mark in name:
                    parameter.data = parameter.data.to(torch.get_default_dtype())
        return model

    def readouts(self) -> Readouts | None:
        """The direct task for the projector, if the data has labels."""
        return open_readouts(
            self.config.projector, weight=self.config.readout, warm=self.run / "language"
        )

    def merged(self) -> VLM:
        """The result of the stage as a plain VLM in float32."""
        model = self.base().float()
        if self.config.stage == "instruction":
            load_learned(model, self.run / "alignment")
        if self.config.lora is not None:
            _adapt(model, self.config.lora)
        load_learned(model, self.run / self.config.stage)
        if self.config.lora is not None:
            adapted: Any = model.language_model
            model.language_model = adapted.merge_and_unload()
        return model.eval()


def _recompute(language_model: Any) -> None:
    """Store only a layer's input, and recompute the layer in the backward pass."""
    old, new = "gradient_checkpointing_enable", "activation_checkpointing_enable"
    name = new if hasattr(language_model, new) else old  # transformers renamed it
    getattr(language_model, name)({"use_reentrant": False})


def _adapt(model: VLM, settings: LoraSettings) -> None:
    """Put adapters on the linear layers of the language model."""
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, lora_dropout=settings.dropout,
        target_modules=list(ADAPTED), bias="none", task_type="CAUSAL_LM",
    )  # fmt: skip
    model.language_model = get_peft_model(model.language_model, config)


def save_learned(model: nn.Module, out: Path, *, learns: Callable[[str], bool]) -> None:
    """Write the trained weights, with the encoder's buffers if the encoder was trained."""
    state: dict[str, Tensor] = {}
    seen: set[int] = set()  # a tensor with two names is written once
    for name, tensor in model.state_dict().items():
        if learns(name) and tensor.data_ptr() not in seen:
            state[name] = tensor.detach().cpu().contiguous()
            seen.add(tensor.data_ptr())
    save_file(state, out / LEARNED)


def load_learned(model: nn.Module, folder: Path) -> None:
    """Load the weights that a stage trained.

    Raises:
        TrainingError: the stage isn't finished, or it trained a different model.
    """
    path = folder / LEARNED
    if not path.exists():
        raise TrainingError(f"{folder.name} isn't finished: run that stage first")
    state = load_file(path)
    own = model.state_dict()
    for name, tensor in state.items():
        if name not in own or own[name].shape != tensor.shape:
            raise TrainingError(f"{folder.name} trained {name}, which this model lacks")
        own[name].copy_(tensor)
