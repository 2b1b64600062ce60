"""The page opens before libraries are imported that take seconds, and that it doesn't need."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATER = ("torch", "transformers", "safetensors", "bitsandbytes", "fpdf")


def test_the_page_is_made_without_the_libraries_of_models_and_papers() -> None:
    code = (
        "import sys, med3dvlm.app, med3dvlm.ui.app;"
        f"sys.exit(' '.join(name for name in {LATER} if name in sys.modules) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
