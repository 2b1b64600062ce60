"""A written report as a value that prints as Markdown.

report = report_on(engine, features, volume)
report.sections["Impression"]
"""

from dataclasses import dataclass

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.report import ReportState, write_report
from med3dvlm.volumes.volume import Volume


@dataclass(frozen=True, slots=True)
class Report:
    """A report in sections.

    Attributes:
        state: the sections with their sentences and the probability of each.
    """

    state: ReportState

    @property
    def sections(self) -> dict[str, str]:
        """The text of each section by its title: Technique, Findings, Impression."""
        return {section.title: section.text for section in self.state.sections}

    @property
    def text(self) -> str:
        """Findings and impression alone, in the form of the reports that the model learned."""
        return self.state.text

    def __str__(self) -> str:
        return self.state.markdown()

    def _repr_markdown_(self) -> str:
        return self.state.markdown()


def report_on(engine: Engine, features: VolumeFeatures, volume: Volume) -> Report:
    """Have a whole report written."""
    *_, last = write_report(engine, features, volume)
    return Report(last)
