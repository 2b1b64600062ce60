"""Which findings a report may claim: those of which the model is sure enough when asked directly.

    claims = read_claims(folder, digest)
    claims.threshold("ascites", unfamiliar=True)
    check = ClaimCheck(lambda kind: engine.presence(features, kind), claims, unfamiliar=False)
    check(sentences)             # without the claims that are not sure enough
    check.withheld               # their kinds

A report that is written word by word states whatever is likeliest at each word. Every finding that
it states is therefore asked about once more, as a yes/no question, and left out if the probability
of a yes is below a threshold. The thresholds were fitted on validation phantoms, and are stricter
for scans that are unlike the training data.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.sentences import Sentence
from med3dvlm.errors import ConfigError
from med3dvlm.model.beside_weights import read_fitted_json
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.values import to_json

CLAIMS = "claims.json"
FORMAT = 1
WITHHELD = "Not assessed, as the model is not sure enough: {}."
# What stands between findings in an impression.
SEPARATOR = ";"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The least probability of a yes at which a report may claim a finding.

    Attributes:
        weights: digest of the weights they were fitted for.
        usual: threshold of each kind of finding, for scans like the training data.
        unfamiliar: the same for other scans.
        cases: number of validation phantoms they were fitted on.
    """

    weights: str
    usual: Mapping[str, float] = field(default_factory=dict)
    unfamiliar: Mapping[str, float] = field(default_factory=dict)
    cases: int = 0
    format: int = FORMAT

    def __post_init__(self) -> None:
        for name, value in (*self.usual.items(), *self.unfamiliar.items()):
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ConfigError(f"the threshold of {name} must be in [0, 1], got {value!r}")
        if self.format != FORMAT:
            raise ConfigError(
                f"the claims have format {self.format}, but this version reads {FORMAT}"
            )

    def threshold(self, kind: str, *, unfamiliar: bool) -> float:
        """The threshold of a kind; 0 if none was fitted."""
        return (self.unfamiliar if unfamiliar else self.usual).get(kind, 0.0)


class ClaimCheck:
    """Takes claims that are not sure enough out of one report; asks once about each kind.

    Args:
        presence: probability that a kind of finding is present.
        claims: the thresholds.
        unfamiliar: whether the scan is unlike the training data.
    """

    def __init__(
        self, presence: Callable[[str], float], claims: Claims, *, unfamiliar: bool
    ) -> None:
        self._presence = presence
        self._claims = claims
        self.unfamiliar = unfamiliar
        self._sure: dict[str, bool] = {}
        # A report is checked after every word: each text is only read for findings once.
        self._kinds: dict[str, list[str]] = {}

    @property
    def withheld(self) -> tuple[str, ...]:
        """Kinds that were stated but are not sure enough, in the order of the report."""
        return tuple(kind for kind, sure in self._sure.items() if not sure)

    def __call__(self, sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
        """The sentences that are left; of an impression's sentence, the parts that are left."""
        left = (self._kept(sentence) for sentence in sentences)
        return tuple(sentence for sentence in left if sentence is not None)

    def note(self) -> tuple[Sentence, ...]:
        """A sentence that names what was withheld; none if nothing was."""
        names = ", ".join(self.withheld)
        return (Sentence(WITHHELD.format(names)),) if names else ()

    def _kept(self, sentence: Sentence) -> Sentence | None:
        parts = _parts(sentence)
        kept = [part for part in parts if self._is_sure(part.text)]
        if len(kept) == len(parts):
            return sentence
        if not kept:
            return None
        text = f"{SEPARATOR} ".join(part.text.rstrip(". ") for part in kept)
        return replace(
            sentence,
            text=f"{text[:1].upper()}{text[1:]}.",
            tokens=tuple(token for part in kept for token in part.tokens),
        )

    def is_sure(self, kind: str) -> bool:
        """Whether the model is sure enough of a kind."""
        if kind not in self._sure:
            least = self._claims.threshold(kind, unfamiliar=self.unfamiliar)
            self._sure[kind] = self._presence(kind) >= least
        return self._sure[kind]

    def _is_sure(self, text: str) -> bool:
        if text not in self._kinds:
            self._kinds[text] = sorted({kind for kind, _ in read_findings(text)})
        sure = [self.is_sure(kind) for kind in self._kinds[text]]  # each is named if withheld
        return all(sure)


def _parts(sentence: Sentence) -> list[Sentence]:
    """A sentence cut where a semicolon separates findings, each part with its tokens."""
    groups: list[list[TokenEvent]] = [[]]
    for token in sentence.tokens:
        if SEPARATOR in token.text:
            groups.append([])
        else:
            groups[-1].append(token)
    if len(groups) == 1:
        return [sentence]
    return [
        replace(sentence, text=text, tokens=tuple(group))
        for group in groups
        if (text := "".join(token.text for token in group).strip())
    ]


def write_claims(folder: Path, claims: Claims) -> None:
    """Write the thresholds next to a VLM's weights."""
    (folder / CLAIMS).write_text(to_json(claims) + "\n")


def read_claims(folder: Path, weights: str) -> Claims | None:
    """The thresholds of a VLM; None if there are none, or if they are for other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    return read_fitted_json(folder / CLAIMS, Claims, weights=weights)
