"""Numbers for Prometheus: counts, times and memory; nothing about individual visitors.

metrics = Metrics()
with metrics.timed("encode"): ...
text, kind = metrics.page()
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)


class Metrics:
    """The app's metrics, in their own registry."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._steps = Histogram(
            "med3dvlm_step_seconds", "Time of a step", ["step"],
            buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._errors = Counter(
            "med3dvlm_errors_total", "Steps that failed, by kind of error", ["step", "error"],
            registry=self._registry,
        )  # fmt: skip
        self._refused = Counter(
            "med3dvlm_refused_requests_total", "Requests that were refused", ["kind"],
            registry=self._registry,
        )  # fmt: skip
        self._answers = Counter(
            "med3dvlm_requests_total", "Requests by class of status", ["status"],
            registry=self._registry,
        )  # fmt: skip
        process = psutil.Process()
        self.gauge(
            "med3dvlm_resident_bytes", "Memory of the process", lambda: process.memory_info().rss
        )

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a number that is read each time the metrics are read."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Time a step, and count a failure by the type of its error."""
        started = time.perf_counter()
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self._errors.labels(step, type(error).__name__).inc()
            raise
        finally:
            self.took(step, time.perf_counter() - started)

    def took(self, step: str, seconds: float) -> None:
        """Record how long a step took."""
        self._steps.labels(step).observe(seconds)

    def refused(self, kind: str) -> None:
        """Count a refused request."""
        self._refused.labels(kind).inc()

    def answered(self, status: int) -> None:
        """Count a request that was answered."""
        self._answers.labels(f"{status // 100}xx").inc()

    def page(self) -> tuple[bytes, str]:
        """What Prometheus reads, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
