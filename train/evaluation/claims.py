"""How sure a report has to be to claim a finding: fits thresholds on validation phantoms.

    fit_claims(folder, count=256)      # writes claims.json next to the VLM's weights

Each kind of finding that a report states is asked about as a yes/no question. Its threshold is the
smallest probability of a yes above which such claims are precise enough. Half of the phantoms are
as various as real scans; those that are unlike the training data give the thresholds of unfamiliar
scans, whose claims must be more precise.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.claims import Claims, write_claims
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.report import FINDINGS_PROMPT, LONGEST
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import VALIDATION
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.volumes.volume import Volume

# Probability of a yes of each claim, and whether the claim is true.
Claimed = Mapping[str, Sequence[tuple[float, bool]]]

# Wanted share of true claims, and the least probability of a yes, for usual and unfamiliar scans.
USUAL, UNFAMILIAR = (0.6, 0.3), (0.85, 0.6)
# A kind that is never precise enough is claimed only at this probability.
SUREST = 0.98


def fit_claims(folder: Path, *, count: int) -> Claims:
    """Fit thresholds for the model in `folder` and write them there, next to its VLM's weights."""
    engine = load_engine(folder)
    cases = (
        make_case(seed, variety="mixed")
        for seed in tqdm(range(VALIDATION.start, VALIDATION.start + count), desc="claims")
    )
    claimed = collect_claims(engine, ((case.facts, case.volume) for case in cases))
    usual, unfamiliar = (
        thresholds_for(found, precision=precision, least=least)
        for found, (precision, least) in zip(claimed, (USUAL, UNFAMILIAR), strict=True)
    )
    found = Claims(weights=engine.card.digest, usual=usual, unfamiliar=unfamiliar, cases=count)
    write_claims(folder / VLM_FOLDER, found)
    return found


def collect_claims(
    engine: Engine, cases: Iterable[tuple[Facts, Volume]]
) -> tuple[Claimed, Claimed]:
    """What reports claim of known cases, with the probability of a yes about each claim.

    First of cases like the training data, then of the others.
    """
    usual: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    unfamiliar: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    decoding = Decoding(max_new_tokens=LONGEST)
    for facts, volume in cases:
        features = engine.encode(volume)
        events = engine.answer(features, Conversation(), FINDINGS_PROMPT, decoding=decoding)
        stated = {kind for kind, _ in read_findings("".join(event.text for event in events))}
        told = engine.familiarity(features)
        claimed = unfamiliar if told is not None and told.outside else usual
        for kind in stated:
            claimed[kind].append((engine.presence(features, kind), facts.has(kind)))
    return usual, unfamiliar


def thresholds_for(claimed: Claimed, *, precision: float, least: float) -> dict[str, float]:
    """The smallest threshold of each kind from which on its claims are precise enough.

    Precision counts one imaginary true claim and one false one, so that few claims say little.
    """
    return {kind: _threshold(claimed.get(kind, ()), precision, least) for kind in KINDS}


def _threshold(found: Sequence[tuple[float, bool]], precision: float, least: float) -> float:
    for candidate in sorted({least, *(p for p, _ in found if least < p < SUREST)}):
        above = [true for p, true in found if p >= candidate]
        if (sum(above) + 1) / (len(above) + 2) >= precision:
            return round(candidate, 4)
    return SUREST
