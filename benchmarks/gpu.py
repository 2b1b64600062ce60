"""A model of the released size with random weights: how fast it loads, encodes and answers here.

python -m benchmarks.gpu                              # released size on a GPU, a small one on a CPU
python -m benchmarks.gpu --size small --device cpu --precisions bf16,nf4 --rounds 3

It needs no checkpoint: weights are random, created on the device in bfloat16, and quantised there
by bitsandbytes for 8 and 4 bit. Speed does not depend on their values. It measures the time to
create the model, to encode a volume, to the first token of the first question (which reads the
image) and of a later one (image cached), tokens per second, and peak memory.
"""

import argparse
import gc
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from benchmarks.hardware import hardware
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import decode
from med3dvlm.model.dcformer_config import small, tiny
from med3dvlm.model.footprint import parameter_count, weights_bytes
from med3dvlm.model.loading import LoadPlan, quantise_layers
from med3dvlm.model.mixer import MixerConfig, StreamConfig, released_mixer
from med3dvlm.model.precision import QUANTISED, Precision, available
from med3dvlm.model.vlm import VLM, LanguageConfig, VLMConfig
from med3dvlm.volumes.grid import PUBLISHED_GRID

HERE = Path(__file__).resolve().parent
GIB = 2**30
QUESTION = 24  # tokens
SPREAD = 0.02  # standard deviation of random weights

T = TypeVar("T")


def released() -> VLMConfig:
    """The published architecture: 7.68 billion parameters."""
    language = LanguageConfig(
        vocabulary=151_666, width=3584, layers=28, heads=28, key_heads=4, hidden=18_944, tied=False
    )
    return VLMConfig(
        encoder=small(), projector=released_mixer(), language=language, grid=PUBLISHED_GRID,
        placeholder_id=151_665, splice="published",
    )  # fmt: skip


def modest() -> VLMConfig:
    """The same shape at 60 million parameters, for a CPU."""
    language = LanguageConfig(
        vocabulary=8192, width=512, layers=8, heads=8, key_heads=2, hidden=2048, tied=False
    )
    return VLMConfig(
        encoder=tiny(),
        projector=MixerConfig(
            low=StreamConfig(tokens=(32, 64, 128), channels=(384, 512, 512)),
            high=StreamConfig(tokens=(4, 64, 128), channels=(768, 512, 512)),
        ),
        language=language, grid=(64, 128, 128), placeholder_id=8191, splice="published",
    )  # fmt: skip


SIZES: dict[str, Callable[[], VLMConfig]] = {"released": released, "small": modest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Figures of one precision; seconds are medians over the rounds."""

    precision: str
    parameters: int
    weights: int
    making: float
    encoding: float
    first_token: float
    later_token: float
    tokens_per_second: float
    peak: int


def random_model(config: VLMConfig, precision: Precision, device: str) -> VLM:
    """A model with random weights on the device; 8- and 4-bit layers are quantised there."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("meta" if precision in QUANTISED else device):
            model = VLM(config)
    finally:
        torch.set_default_dtype(before)
    if precision in QUANTISED:
        quantise_layers(model.language_model, LoadPlan(device=device, precision=precision))
        draw(model, device)
        inner = model.language_model.model
        with torch.device(device):  # its frequencies are computed, not random
            inner.rotary_emb = type(inner.rotary_emb)(inner.config)
    return model.eval()


def draw(model: nn.Module, device: str) -> None:
    """Give every meta tensor random values, and quantise the layers that need it."""
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            value = torch.randn(parameter.shape, dtype=torch.bfloat16, device=device) * SPREAD
            if type(parameter).__name__ in {"Params4bit", "Int8Params"}:
                source = value.cpu() if type(parameter).__name__ == "Int8Params" else value
                made = type(parameter)(source, requires_grad=False, **vars(parameter)).to(device)
            else:
                made = nn.Parameter(value, requires_grad=False)
            setattr(module, name, made)
        for name, buffer in list(module.named_buffers(recurse=False)):
            if buffer.is_meta:
                setattr(module, name, torch.ones(buffer.shape, dtype=buffer.dtype, device=device))


@torch.inference_mode()
def measure(
    config: VLMConfig, precision: Precision, device: str, rounds: int, tokens: int
) -> Timing:
    """All figures of one precision, after one round to warm up."""
    reset_peak(device)
    started = time.perf_counter()
    model = random_model(config, precision, device)
    wait_for(device)
    making = time.perf_counter() - started
    volume = torch.rand(1, 1, *config.grid, device=device)
    ids = questions(config, device)
    seen = [one_round(model, volume, ids, tokens, device) for _ in range(rounds + 1)]
    medians = {name: statistics.median(r[name] for r in seen[1:]) for name in seen[0]}
    return Timing(
        precision=precision, parameters=parameter_count(model), weights=weights_bytes(model),
        making=making, encoding=medians["encoding"], first_token=medians["first"],
        later_token=medians["later"], tokens_per_second=medians["speed"], peak=peak_bytes(device),
    )  # fmt: skip


def questions(config: VLMConfig, device: str) -> tuple[Tensor, Tensor]:
    """Two prompts about the same image."""
    image = torch.full((1, config.projector.image_tokens), config.placeholder_id)
    words = torch.randint(0, config.placeholder_id, (2, QUESTION))
    both = [torch.cat([image, row[None]], dim=1).to(device) for row in words]
    return both[0], both[1]


def one_round(
    model: VLM, volume: Tensor, ids: tuple[Tensor, Tensor], tokens: int, device: str
) -> dict[str, float]:
    """Encode, ask, and ask again with the image cached."""
    image, encoding = timed(lambda: model.encode(volume), device)
    prompts = [model.embed(question, image) for question in ids]
    cache = DynamicCache(config=model.language_model.config)
    _, first = timed(lambda: answer(model, prompts[0], cache, 1), device)
    kept = model.config.projector.image_tokens + 1  # the published splice puts one in front
    cache.crop(-(cache.get_seq_length() - kept))
    _, later = timed(lambda: answer(model, prompts[1], cache, 1), device)
    cache.crop(-(cache.get_seq_length() - kept))
    count, whole = timed(lambda: answer(model, prompts[1], cache, tokens), device)
    return {
        "encoding": encoding, "first": first, "later": later,
        "speed": (count - 1) / max(whole - later, 1e-9),
    }  # fmt: skip


def answer(model: VLM, prompt: Tensor, cache: DynamicCache, tokens: int) -> int:
    """Decode greedily; returns the number of tokens."""
    decoding = Decoding(max_new_tokens=tokens)
    return len(list(decode(model.language_model, prompt, ends=(), decoding=decoding, cache=cache)))


def timed(work: Callable[[], T], device: str) -> tuple[T, float]:
    """The result of some work, and its time in seconds."""
    wait_for(device)
    started = time.perf_counter()
    made = work()
    wait_for(device)
    return made, time.perf_counter() - started


def wait_for(device: str) -> None:
    """Wait until the device has finished."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def reset_peak(device: str) -> None:
    """Reset the device's peak memory."""
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_bytes(device: str) -> int:
    """Peak memory of the GPU since the last reset; on a CPU, of the process since its start."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def page(timings: list[Timing], heading: list[str]) -> str:
    """The figures as Markdown."""
    lines = [*heading, ""]
    lines.append(
        "| precision | weights GiB | create s | encode s | first token s | later question s "
        "| first / later | tokens/s | peak GiB |"
    )
    lines.append("|---|---|---|---|---|---|---|---|---|")
    lines += [
        f"| {t.precision} | {t.weights / GIB:.2f} | {t.making:.1f} | {t.encoding:.3f} "
        f"| {t.first_token:.3f} | {t.later_token:.3f} | {t.first_token / t.later_token:.1f} "
        f"| {t.tokens_per_second:.1f} | {t.peak / GIB:.2f} |"
        for t in timings
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    on_gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="released" if on_gpu else "small")
    parser.add_argument("--device", default="cuda" if on_gpu else "cpu")
    parser.add_argument("--precisions", default="bf16,int8,nf4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    config = SIZES[chosen.size]()
    wanted: list[Precision] = [p for p in chosen.precisions.split(",") if available(p)]
    timings = [
        measure(config, precision, chosen.device, chosen.rounds, chosen.tokens)
        for precision in wanted
    ]
    place = hardware(chosen.device)
    day = datetime.now(UTC).date().isoformat()
    written = page(
        timings,
        [
            "# A random model of the released architecture",
            "",
            f"{day}, {place}, torch {torch.__version__}. Size `{chosen.size}`: "
            f"{timings[0].parameters:,} parameters, volume "
            f"{' x '.join(map(str, config.grid))}, {config.projector.image_tokens} image tokens, "
            f"questions of {QUESTION} tokens, answers of {chosen.tokens}; medians of "
            f"{chosen.rounds} rounds. On a CPU the peak is that of the whole process so far.",
        ],
    )
    print(written)
    (chosen.out / f"gpu-{chosen.size}_{place}_{day}.md").write_text(written)


if __name__ == "__main__":
    main()
