"""What a script is told of an answer, without a page or a server."""

import pytest

from med3dvlm.engine.confidence import mean_probability
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui import api
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.grid import AS_TRAINED


def test_an_answers_probability_is_the_one_of_tables_and_reports(
    services: Services, scan: Scan
) -> None:
    """It was the arithmetic mean here and the geometric mean of the tokens everywhere else."""
    question = "Is there a kidney stone?"
    told = api._asked(services, scan.volume, api.Asked(question, Decoding(), lambda: False))
    features = services.encode(scan.volume, AS_TRAINED)
    events = list(services.answer(features, Conversation(), question, Decoding()))
    assert told["answer"] == "".join(event.text for event in events).strip()
    assert told["probability"] == pytest.approx(mean_probability(events))
    plain = sum(event.probability for event in events) / len(events)
    assert told["probability"] < plain
