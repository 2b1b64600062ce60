"""Options that commands share, and what they make."""

import argparse
from pathlib import Path

from med3dvlm.config import EMBEDDED
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.open_model import open_engine


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model, where it runs, and in which precision."""
    parser.add_argument("--model", default=EMBEDDED, help="embedded, a folder, or a hub name")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")


def add_scans(parser: argparse.ArgumentParser, out: str) -> None:
    """What is read, and where results go."""
    parser.add_argument("scans", type=Path, help="a file, or a folder with all below it")
    parser.add_argument("--out", type=Path, required=True, help=out)


def add_decoding(parser: argparse.ArgumentParser) -> None:
    """How answers are chosen."""
    plain = Decoding()
    parser.add_argument("--temperature", type=float, default=plain.temperature)
    parser.add_argument("--top-p", type=float, default=plain.top_p)
    parser.add_argument("--top-k", type=int, default=plain.top_k)
    parser.add_argument("--repetition-penalty", type=float, default=plain.repetition_penalty)
    parser.add_argument("--max-new-tokens", type=int, default=plain.max_new_tokens)
    parser.add_argument("--seed", type=int, default=plain.seed)


def engine_of(chosen: argparse.Namespace) -> Engine:
    """The model that was asked for."""
    return open_engine(chosen.model, device=chosen.device)


def decoding_of(chosen: argparse.Namespace) -> Decoding:
    """The settings that were asked for.

    Raises:
        ConfigError: they can't be used.
    """
    return Decoding(
        temperature=chosen.temperature,
        top_p=chosen.top_p,
        top_k=chosen.top_k,
        repetition_penalty=chosen.repetition_penalty,
        max_new_tokens=chosen.max_new_tokens,
        seed=chosen.seed,
    )
