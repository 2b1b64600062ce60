"""Makes a folder to push to a Hugging Face Space from a checkout.

    python -m med3dvlm.hosting.space OUT                  # the embedded model
    python -m med3dvlm.hosting.space OUT --model NAME     # a hub model, downloaded at build time

The platform provides gradio (by `sdk_version` in the README) and `spaces`, and lists the torch
builds that its GPUs support. Everything else in requirements.txt is installed unchanged.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from med3dvlm.errors import ConfigError, Med3DVLMError

ROOT = Path(__file__).resolve().parents[2]
# The newest build that the platform listed when this was written; see docs/spaces.md.
TORCH = "2.11.0"
PROVIDED = {"gradio", "spaces"}
LEFT_OUT = (
    "tests/", ".ci/", ".github/", "benchmarks/", "train/", "Makefile", "Dockerfile", "setup.py",
    ".gitignore", ".pre-commit-config.yaml", "constraints.txt", "CONTRIBUTING.md",
)  # fmt: skip
# Gradio's extras that the page uses; the platform installs it without them.
EXTRAS = ("mcp>=1.30,<2",)
EMBEDDED_WAIT, DOWNLOADED_WAIT = "30m", "1h"
NOTE = "# Written by med3dvlm/hosting/space.py from requirements.txt; see docs/spaces.md.\n"


def space_requirements(text: str, torch: str = TORCH) -> str:
    """The Space's requirements, from the text of requirements.txt.

    Raises:
        ConfigError: the torch of the platform is outside the range of requirements.txt.
    """
    lines = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        need = Requirement(line)
        if need.name == "torch":
            if torch not in need.specifier:
                raise ConfigError(f"torch {torch} is not in {need.specifier} of requirements.txt")
            line = f"torch=={torch}"
        if need.name not in PROVIDED:
            lines.append(line)
    return NOTE + "\n".join((*lines, *EXTRAS)) + "\n"


def with_model(readme: str, name: str) -> str:
    """The README with a hub model in its front matter, downloaded when the Space is built.

    Raises:
        ConfigError: it is not the name of a hub model, or the front matter is not ours.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ConfigError(f"{name!r} is not the name of a hub model: expected OWNER/NAME")
    _, head, rest = readme.split("---\n", 2)
    known = [line for line in head.splitlines() if not line.startswith("startup_duration_timeout")]
    more = [
        f"startup_duration_timeout: {DOWNLOADED_WAIT}",
        "models:", f"  - {name}",
        "preload_from_hub:", f"  - {name}",
    ]  # fmt: skip
    return "---\n" + "\n".join((*known, *more)) + "\n---\n" + rest


def tracked(root: Path) -> Iterator[Path]:
    """Files of the checkout that a Space needs."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith(LEFT_OUT):
            yield Path(name)


def write_space(root: Path, out: Path, *, model: str = "") -> int:
    """Copy the files that a Space needs; returns their number.

    Raises:
        ConfigError: the folder is not empty, a name or version is not accepted, or this is an
            installed package, which lacks what a Space needs.
    """
    if not (root / "requirements.txt").is_file():
        raise ConfigError("A Space is made from a checkout of the project, not from a wheel.")
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out} is not empty; name a new folder")
    count = 0
    for name in tracked(root):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target)
        count += 1
    needs = space_requirements((root / "requirements.txt").read_text(encoding="utf-8"))
    (out / "requirements.txt").write_text(needs, encoding="utf-8")
    if model:
        readme = out / "README.md"
        readme.write_text(with_model(readme.read_text(encoding="utf-8"), model), encoding="utf-8")
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder and say how to push it."""
    parser = argparse.ArgumentParser(
        prog="python -m med3dvlm.hosting.space",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, help="folder to write; must be new or empty")
    parser.add_argument("--model", default="", help="hub model: OWNER/NAME")
    chosen = parser.parse_args(arguments)
    try:
        count = write_space(ROOT, chosen.out, model=chosen.model)
    except Med3DVLMError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{count} files in {chosen.out}. docs/spaces.md says how to push them.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
