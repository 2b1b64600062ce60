"""Which events of the report lead to which handlers.

`wire` connects them, for one page.
"""

from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK, SHARED
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.report.tab import ReportTab
from med3dvlm.ui.scan.panel import ScanPanel


def wire(report: ReportTab, status: ModelStatus, panel: ScanPanel, turning: Turning) -> None:
    """Connect the events; `status` has the model read the scan before it is reported on."""
    session = report.session
    kept = [report.written, session.scan]
    turning.add(
        report.turn_to, [session.scan, report.written, report.reference, report.offered],
        [*report.shown, report.written, report.reference, report.use_truth], report.say,
    )  # fmt: skip
    beginning = [report.waits, report.warned, report.signal, *report.shown]
    for begun in (
        report.write.click(
            guarded(report.begin, report.refuse), [session.scan, report.written, report.warned],
            beginning, **QUICK,
        ),
        turning.resuming(bool, [report.waits])(
            guarded(report.begin_held, report.refuse), [report.waits, session.scan, report.written],
            beginning, **QUICK,
        ),
    ):  # fmt: skip
        status.read_after(begun.then).then(
            guarded(report.compose, report.say),
            [report.signal, session.scan, session.encoded, report.written],
            [*report.shown, report.written],
            **IN_QUEUE,
        )
    panel.failed.change(
        guarded(report.give_up, report.refuse), report.waits, [report.waits, report.notice], **QUICK
    )
    report.sheet.edit(
        guarded(report.change, report.refuse), kept, [*report.shown, report.written], **SHARED
    )
    report.stop.click(report.stop_writing, None, report.shown, **QUICK)
    report.use_truth.click(
        report.take_truth, session.scan, [report.reference, report.offered], **QUICK
    )
    report.compare.click(
        guarded(report.put_beside, report.say_of_comparison), [report.reference, *kept],
        report.compared, **SHARED,
    )  # fmt: skip
