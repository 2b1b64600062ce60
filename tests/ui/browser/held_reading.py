"""The app, whose model can be held while it reads a scan: `python held_reading.py`.

In the folder that READING names every scan adds a line to `begun`; none is read while `hold` is
there.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from med3dvlm import app
from med3dvlm.hosting.models.services import Services

make_services = app.make_services


def holding(encode: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    def held(*given: Any) -> Any:
        with (folder / "begun").open("a") as stream:
            stream.write("1\n")
        while (folder / "hold").exists():
            time.sleep(0.02)
        return encode(*given)

    return held


def make_held_services(*given: Any) -> Services:
    services = make_services(*given)
    return replace(services, encode=holding(services.encode, Path(os.environ["READING"])))


if __name__ == "__main__":
    app.make_services = make_held_services
    app.main()
