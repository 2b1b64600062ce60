"""The app, whose model speaks slowly, however quick the machine is: `python slow_words.py`."""

import time
from typing import Any

from med3dvlm import app
from med3dvlm.engine import agreement, decoding

SECONDS_A_TOKEN = 0.05
choose_token = decoding.choose_token


def choose_slowly(*given: Any, **named: Any) -> int:
    time.sleep(SECONDS_A_TOKEN)
    return choose_token(*given, **named)


if __name__ == "__main__":
    decoding.choose_token = agreement.choose_token = choose_slowly
    app.main()
