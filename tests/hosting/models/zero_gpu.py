"""ZeroGPU on a machine without a GPU: the real machinery of `spaces`, over a fake device service.

    with device_service(folder) as service:
        # python -m tests.hosting.models.zero_gpu functions MODEL, with service.environment

What is stubbed is what only a CUDA build of torch has. Forks, queues, pickles and durations are
those of the platform's own package.
"""

import json
import os
import runpy
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[3]
FACTOR = 1.5  # what `spaces` multiplies durations with, on half a GPU


@dataclass
class Service:
    """What the workers asked for, and the variables that lead a process here."""

    environment: dict[str, str]
    asked: list[str] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)


@contextmanager
def device_service(folder: Path, *, warm: bool = True) -> Iterator[Service]:
    """Grants every wish; with `warm`, a worker that has done its work is used again."""
    cgroup = folder / "cgroup"
    cgroup.write_text("0::/test\n")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            service.asked.append(parts.path)
            answer: dict[str, Any] = {}
            if parts.path == "/schedule":
                service.seconds.append(int(parse_qs(parts.query)["durationSeconds"][0]))
                answer = {
                    "idle": warm, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "token",
                }  # fmt: skip
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(
        {
            "SPACES_ZERO_GPU": "1",
            "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{server.server_port}",
            "ZEROGPU_PROC_SELF_CGROUP_PATH": str(cgroup),
            "ZEROGPU_OFFLOAD_DIR": str(folder / "tensors"),
            "SYSTEM": "spaces",
            "SPACE_ID": "somebody/med3dvlm",
            "SPACE_HOST": "somebody-med3dvlm.hf.space",
            "GRADIO_ANALYTICS_ENABLED": "False",
        }
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def is_in_bad_fork() -> bool:
    """As torch's own says before CUDA is used; by name, since it is pickled."""
    return False


def emulate() -> None:
    """Give torch what a CUDA build has, and leave the weights where they are in the worker."""
    import torch

    torch.version.cuda = "12.8"
    torch._C._cuda_init = lambda: None
    torch.cuda._is_in_bad_fork = is_in_bad_fork
    import spaces.zero.torch as zero_torch

    zero_torch.init = lambda nvidia_uuid: None
    zero_torch.move = lambda callback=None: None


def functions(model: str) -> None:
    """Each function once, in workers; what is found is printed as JSON."""
    from dataclasses import asdict

    from med3dvlm.engine.conversation import Conversation
    from med3dvlm.engine.decoding import Decoding
    from med3dvlm.engine.engine import load_engine
    from med3dvlm.hosting.models import gpu
    from med3dvlm.hosting.models.services import services_of
    from med3dvlm.phantoms.case import make_case
    from med3dvlm.volumes.grid import AS_TRAINED

    @gpu.on_gpu(lambda *_: 1)
    def pid() -> int:
        return os.getpid()

    engine = load_engine(Path(model))
    engine.calls = 0  # what a worker changes is not seen here

    own_encode = engine.encode

    def counting(*given: Any) -> Any:
        engine.calls += 1
        return own_encode(*given)

    engine.encode = counting
    services = services_of(engine)
    volume = make_case(3, shape=(16, 32, 32)).volume
    features = services.encode(volume, AS_TRAINED)
    here = own_encode(volume, AS_TRAINED)
    stream = services.answer(features, Conversation(), "Is there a kidney stone?")
    pieces = [next(stream) for _ in range(5)]
    stream.close()
    brief = Decoding(max_new_tokens=4, temperature=1.5)
    given = (Conversation(), "Is there a kidney stone?")
    *_, samples = services.sample(features, *given, brief, 3)
    *_, own_samples = engine.sample(here, *given, count=3, decoding=brief)
    states = services.report(features, volume)
    first_state = next(states)
    states.close()
    own = engine.answer(here, Conversation(), "Is there a kidney stone?")
    found = {
        "elsewhere": pid() != os.getpid(),
        "calls seen here": engine.calls,
        "same features": bool((features.image_tokens == here.image_tokens).all()),
        "same words": [piece.text for piece in pieces] == [next(own).text for _ in range(5)],
        "plain": all(isinstance(v, str | int | float | tuple) for v in asdict(pieces[0]).values()),
        "same samples": samples == own_samples,
        "stopped": next(stream, None) is None,
        "report": [part.title for part in first_state.sections],
        "embedded": services.embed("kidney stone").shape[0] == engine.retrieval_width,
        "again": services.encode(volume, AS_TRAINED).digest == features.digest,
    }  # fmt: skip
    sys.stdout.write(json.dumps(found) + "\n")


def packing(model: str) -> None:
    """Load for the GPU as on a Space: in the main thread, before launch, with no CUDA touched."""
    import torch
    from spaces.zero.torch import patching

    from med3dvlm.engine.engine import load_engine

    def touched() -> None:
        raise AssertionError("CUDA was touched before the worker")

    torch._C._cuda_init = touched
    engine = load_engine(Path(model), device="cuda")
    held = len(patching.cuda_aliases)
    found = {"held": held, "packed": patching.pack(), "device": engine.card.device}
    sys.stdout.write(json.dumps(found) + "\n")


def main() -> None:
    """`functions MODEL`, `packing MODEL`, or `app`."""
    emulate()
    import spaces  # noqa: F401  (before everything else, as app.py does)

    what, *more = sys.argv[1:]
    if what == "app":
        sys.argv = ["app.py"]
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
    else:
        {"functions": functions, "packing": packing}[what](*more)


if __name__ == "__main__":
    main()
