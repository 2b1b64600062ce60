"""One of several models at a time: another choice drops the old one and frees its memory."""

import gc
import threading
import weakref
from pathlib import Path

import pytest

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.open_model import open_engine
from med3dvlm.errors import ConfigError, Med3DVLMError
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.loading import Loading, Progress, Tell
from med3dvlm.hosting.models.services import Services, services_of

LONG = 60.0


class Thing:
    """Something that a weak reference can watch."""

    def __init__(self, name: str) -> None:
        self.name = name


def chain(choice: ModelChoice) -> tuple[Loading[Thing], Loading[list[Thing]]]:
    """A model, and something that is made of it and keeps it."""
    model = Loading("The model", lambda _tell: Thing(choice.current))
    services = Loading("The services", lambda _tell: [model.value()])
    choice.reload_on_change(model, services)
    return model, services


def test_the_first_one_is_loaded_and_another_one_on_choice() -> None:
    choice = ModelChoice(("small", "large"))
    model, services = chain(choice)
    assert model.value().name == "small"
    choice.choose("large")
    assert choice.current == "large"
    assert services.value()[0].name == model.value().name == "large"


def test_the_old_one_is_gone_before_the_new_one_is_made() -> None:
    choice = ModelChoice(("small", "large"))
    alive: list[bool] = []
    old: list[weakref.ref[Thing]] = []

    def make(_tell: Tell) -> Thing:
        alive.extend(ref() is not None for ref in old)
        return Thing(choice.current)

    model = Loading("The model", make)
    services = Loading("The services", lambda _tell: [model.value()])
    choice.reload_on_change(model, services)
    old.append(weakref.ref(services.value()[0]))
    choice.choose("large")
    assert model.value().name == "large"
    assert alive == [False]


def test_the_same_choice_changes_nothing() -> None:
    choice = ModelChoice(("small", "large"))
    model, _ = chain(choice)
    first = model.value()
    choice.choose("small")
    assert model.value() is first


def test_visitors_are_not_shown_where_folders_lie() -> None:
    choice = ModelChoice(("embedded", "/srv/a/vlm+A/dual", "/srv/b/vlm + A/dual"))
    assert list(choice.labels) == ["embedded", "vlm + A/dual", "vlm + A/dual (3)"]
    assert choice.labels["vlm + A/dual (3)"] == choice.names[2]
    assert choice.current_label == "embedded"


def test_an_unknown_model_is_refused() -> None:
    choice = ModelChoice(("small",))
    with pytest.raises(ConfigError, match="not a configured model"):
        choice.choose("../../etc")
    assert choice.current == "small"


def test_a_loading_that_runs_is_given_up_and_never_doubled() -> None:
    choice = ModelChoice(("slow", "quick"))
    began, go_on = threading.Event(), threading.Event()
    at_once, most = [0], [0]

    def make(tell: Tell) -> Thing:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        try:
            name = choice.current
            if name == "slow":
                began.set()
                assert go_on.wait(LONG)
                tell(Progress("Half of it.", 0.5))
            return Thing(name)
        finally:
            at_once[0] -= 1

    model = Loading("The model", make)
    choice.reload_on_change(model)
    model.start()
    assert began.wait(LONG)
    abandoned = model._future
    choice.choose("quick")
    assert not model.wait(0.05), "the new one waits until the old one has ended"
    go_on.set()
    assert model.value().name == "quick"
    assert most == [1]
    assert abandoned is not None
    assert isinstance(abandoned.exception(), Med3DVLMError)


def test_a_failed_model_can_be_left_for_another_one() -> None:
    choice = ModelChoice(("broken", "fine"))

    def make(_tell: Tell) -> Thing:
        if choice.current == "broken":
            raise Med3DVLMError("no weights")
        return Thing(choice.current)

    model = Loading("The model", make)
    choice.reload_on_change(model)
    with pytest.raises(Med3DVLMError, match="no weights"):
        model.value()
    choice.choose("fine")
    assert model.value().name == "fine"


def test_weights_of_the_old_model_are_freed(random_model: Path) -> None:
    """Engine, services and their features: nothing keeps a tensor of the model that was left."""
    choice = ModelChoice((str(random_model), "embedded"))
    engine: Loading[Engine] = Loading("The checkpoint", lambda _tell: open_engine(choice.current))
    services: Loading[Services] = Loading("The model", lambda _tell: services_of(engine.value()))
    choice.reload_on_change(engine, services)
    assert services.value().card.info.name == "Random test model"
    model = engine.value()._vlm.model
    watched = [weakref.ref(model), weakref.ref(model.language_model.lm_head.weight)]
    del model
    choice.choose("embedded")
    assert services.value().card.info.name != "Random test model"
    gc.collect()
    assert [ref() for ref in watched] == [None, None]
