"""Endpoints for monitoring: liveness, readiness and metrics.

health = Health(required={"model": services}, others={"library": library}, metrics=metrics)
answer = health.answer(head, stopping=False)        # None for any other address
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from med3dvlm.hosting.gate.request_head import RequestHead
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.operations.metrics import Metrics

JSON = "application/json"
Parts = Mapping[str, Loading[Any]]


@dataclass(frozen=True, slots=True)
class PlainResponse:
    """An HTTP response that the guard sends itself.

    Attributes:
        status: of HTTP.
        body: what is sent.
        kind: its content type.
        again: seconds after which to ask again (Retry-After); 0 says nothing of it.
    """

    status: int
    body: bytes
    kind: str = JSON
    again: int = 0


@dataclass(frozen=True, kw_only=True)
class Health:
    """Answers `/healthz`, `/readyz` and `/metrics`.

    Attributes:
        required: parts that must be loaded before the app is ready.
        others: parts that are only reported.
        metrics: numbers for Prometheus.
        readers: who may read the metrics: `off`, `local` or `all`.
    """

    required: Parts = field(default_factory=dict)
    others: Parts = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    readers: str = "local"

    def alive(self, head: RequestHead) -> PlainResponse | None:
        """The response to whoever asks whether the server lives; it tells nothing else."""
        if head.path == "/healthz" and head.method in {"GET", "HEAD"}:
            return PlainResponse(200, b'{"status": "ok"}')
        return None

    def answer(self, head: RequestHead, *, stopping: bool) -> PlainResponse | None:
        """The response to another monitoring request; None for any other request."""
        if head.method not in {"GET", "HEAD"}:
            return None
        if head.path == "/readyz":
            return self._ready(stopping=stopping)
        if head.path == "/metrics":
            return self._numbers(head)
        return None

    def _ready(self, *, stopping: bool) -> PlainResponse:
        parts = {
            name: _state(loading) for name, loading in {**self.required, **self.others}.items()
        }
        ready = not stopping and all(parts[name] == "ready" for name in self.required)
        word = "stopping" if stopping else "ready" if ready else "not ready"
        return PlainResponse(200 if ready else 503, json.dumps({"status": word} | parts).encode())

    def _numbers(self, head: RequestHead) -> PlainResponse:
        if self.readers == "off" or (self.readers == "local" and not head.direct):
            return PlainResponse(404, b'{"detail": "not here"}')
        body, kind = self.metrics.page()
        return PlainResponse(200, body, kind)


def _state(loading: Loading[Any]) -> str:
    if loading.failed:
        return "failed"
    return "ready" if loading.ready else "loading"
