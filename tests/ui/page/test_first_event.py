import builtins
from typing import Any

import pytest
from gradio import route_utils, utils

from med3dvlm.ui.page.first_event import spare_matplotlib


def test_an_event_does_not_import_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first visitor's event imported it, and nobody was answered meanwhile."""
    monkeypatch.setattr(utils, "MatplotlibBackendMananger", utils.MatplotlibBackendMananger)
    imported, plainly = [], builtins.__import__

    def noted(name: str, *more: Any, **named: Any) -> Any:
        imported.append(name)
        return plainly(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", noted)
    for spared in (False, True):
        imported.clear()
        with route_utils.utils.MatplotlibBackendMananger():
            pass
        assert ("matplotlib" in imported) is not spared
        spare_matplotlib()
