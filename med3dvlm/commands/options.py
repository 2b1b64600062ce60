"""Options shared by several commands, and the objects made from them."""

import argparse
from pathlib import Path

from med3dvlm.config import EMBEDDED
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.open_model import open_engine
from med3dvlm.errors import Med3DVLMError


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add options for the model and its device."""
    parser.add_argument("--model", default=EMBEDDED, help="embedded, a folder, or a hub name")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")


def add_scans(parser: argparse.ArgumentParser, out: str) -> None:
    """Add arguments for the scans to read and the output."""
    parser.add_argument("scans", type=Path, help="a file, or a folder with its subfolders")
    parser.add_argument("--out", type=Path, required=True, help=out)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add options for the processes that share the work."""
    parser.add_argument("--workers", type=int, default=1, help="processes on this machine")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS",
                        help="use the workers of this Dask scheduler, such as tcp://10.0.0.1:8786"
                        )  # fmt: skip


def has_workers(chosen: argparse.Namespace) -> bool:
    """Whether other processes than this one do the work."""
    return bool(chosen.scheduler) or chosen.workers > 1


def add_decoding(parser: argparse.ArgumentParser) -> None:
    """Add the decoding options."""
    plain = Decoding()
    parser.add_argument("--temperature", type=float, default=plain.temperature)
    parser.add_argument("--top-p", type=float, default=plain.top_p)
    parser.add_argument("--top-k", type=int, default=plain.top_k)
    parser.add_argument("--repetition-penalty", type=float, default=plain.repetition_penalty)
    parser.add_argument("--max-new-tokens", type=int, default=plain.max_new_tokens)
    parser.add_argument("--seed", type=int, default=plain.seed)


def made_folder(path: Path) -> Path:
    """The folder, created if there is none.

    Raises:
        Med3DVLMError: it can't be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Med3DVLMError(
            f"{path}: the folder can't be created ({error.strerror}). Name another one."
        ) from error
    return path


def engine_of(chosen: argparse.Namespace) -> Engine:
    """The chosen model."""
    return open_engine(chosen.model, device=chosen.device)


def decoding_of(chosen: argparse.Namespace) -> Decoding:
    """The chosen decoding settings.

    Raises:
        ConfigError: they are invalid.
    """
    return Decoding(
        temperature=chosen.temperature,
        top_p=chosen.top_p,
        top_k=chosen.top_k,
        repetition_penalty=chosen.repetition_penalty,
        max_new_tokens=chosen.max_new_tokens,
        seed=chosen.seed,
    )
