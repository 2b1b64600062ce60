from fastapi.testclient import TestClient

from med3dvlm.ui.page.not_valid import answer_briefly
from tests.hosting.conftest import run_apart
from tests.ui.page.test_statistics import with_one_event

JOIN = "/gradio_api/queue/join"


def test_what_does_not_fit_is_not_sent_back() -> None:
    """A body of 4 MB came back, written out anew, while nobody else was answered."""
    app = run_apart(with_one_event()).app
    wrong = {"fn_index": "Mrs Shelley" * 1000, "session_hash": "hers"}
    assert "Shelley" in TestClient(app).post(JOIN, json=wrong).text
    answer_briefly(app)
    answer = TestClient(app).post(JOIN, json=wrong)
    assert answer.status_code == 422
    assert "Shelley" not in answer.text
    assert len(answer.text) < 200
    assert TestClient(app).post(JOIN, json={"fn_index": 0, "data": [], "session_hash": "a"})
