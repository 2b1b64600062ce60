import logging

from gradio import queueing, route_utils, routes

from med3dvlm.hosting.operations.logs import JsonLogFormatter, LogFormatter
from med3dvlm.ui.page.quiet import quieten


def test_gradios_tracebacks_are_logged_without_their_texts(caplog, capsys, monkeypatch) -> None:
    """An error before a handler quotes the value that could not be used, perhaps a question."""
    for module in (queueing, routes, route_utils):
        monkeypatch.setattr(module, "traceback", module.traceback)
    quieten()
    for module in (queueing, routes, route_utils):
        try:
            raise ValueError("input was: does Mrs Shelley have a tumour?")
        except ValueError:
            module.traceback.print_exc()
    assert len(caplog.records) == 3
    for record in caplog.records:
        assert record.levelno == logging.ERROR
        for formatter in (LogFormatter(), JsonLogFormatter()):
            assert "Shelley" not in formatter.format(record)
            assert "ValueError at" in formatter.format(record)
    assert capsys.readouterr() == ("", "")
