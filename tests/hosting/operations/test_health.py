import json

from med3dvlm.hosting.gate.request_head import RequestHead
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.operations.health import Health
from med3dvlm.hosting.operations.metrics import Metrics


def head(path: str, address: str = "127.0.0.1") -> RequestHead:
    scope = {"method": "GET", "path": path, "headers": [], "client": (address, 1)}
    return RequestHead(scope, proxy=False)


def broken(tell) -> None:
    raise ValueError("no")


def test_ready_means_that_the_model_is_there() -> None:
    model, library = Loading("The model", lambda tell: 1), Loading("The library", broken)
    health = Health(required={"model": model}, others={"library": library})
    answer = health.answer(head("/readyz"), stopping=False)
    assert answer.status == 503
    assert json.loads(answer.body)["model"] == "loading"
    assert model.value() == 1
    library.wait(5)
    answer = health.answer(head("/readyz"), stopping=False)
    assert (answer.status, json.loads(answer.body)) == (
        200, {"status": "ready", "model": "ready", "library": "failed"},
    )  # fmt: skip
    assert health.answer(head("/readyz"), stopping=True).status == 503


def test_alive_means_that_it_answers() -> None:
    health = Health(required={"model": Loading("The model", broken)})
    assert health.alive(head("/healthz")).status == 200
    assert health.alive(head("/other")) is None
    assert health.answer(head("/other"), stopping=False) is None


def test_numbers_are_given_to_whom_the_setting_names() -> None:
    for readers, near, far in (("off", 404, 404), ("local", 200, 404), ("all", 200, 200)):
        health = Health(readers=readers)
        for address, status in (("127.0.0.1", near), ("10.1.2.3", far)):
            assert health.answer(head("/metrics", address), stopping=False).status == status


def test_steps_are_timed_and_errors_counted() -> None:
    metrics = Metrics()
    with metrics.timed("encode"):
        pass
    try:
        with metrics.timed("encode"):
            raise KeyError("mary")
    except KeyError:
        pass
    metrics.gauge("med3dvlm_waiting", "In the queue", lambda: 7)
    page = metrics.page()[0].decode()
    assert 'med3dvlm_step_seconds_count{step="encode"} 2.0' in page
    assert 'med3dvlm_errors_total{error="KeyError",step="encode"} 1.0' in page
    assert "med3dvlm_waiting 7.0" in page
    assert "med3dvlm_resident_bytes" in page
    assert "mary" not in page
