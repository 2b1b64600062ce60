"""The app, whose model speaks slowly, however quick the machine is: `python slow_words.py`."""

import time
from typing import Any

from med3dvlm import app
from med3dvlm.engine import decoding_loop

SECONDS_A_TOKEN = 0.05
READY_AFTER = 40  # tokens; by then a test has seen that the answer grows
SECONDS_AFTER_THAT = 0.5  # so that a page on a crowded machine can still stop it
choose_token = decoding_loop.choose_token


def choose_slowly(generated: Any, *given: Any, **named: Any) -> int:
    time.sleep(SECONDS_A_TOKEN if generated.shape[1] < READY_AFTER else SECONDS_AFTER_THAT)
    return choose_token(generated, *given, **named)


if __name__ == "__main__":
    decoding_loop.choose_token = choose_slowly
    app.main()
