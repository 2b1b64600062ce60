"""Claims as numbers say the same as claims in words."""

import numpy as np
import torch

from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from train.data.phantoms.claims import FACTS, holds, stack, tell, tell_all, told_of
from train.data.phantoms.text import Claim, describe_case

CASES = [draw_facts(seed, count=seed % 4) for seed in range(60)]


def test_what_holds_by_numbers_holds_by_words() -> None:
    """The fast twin of `Claim.holds`: whole reports belong to their own case."""
    rng = np.random.default_rng(4)
    claims = [describe_case(case, rng)[1] for case in CASES]
    told = stack([tell(claim, case) for claim, case in zip(claims, CASES, strict=True)])
    fast = holds(told, stack([tell_all(case) for case in CASES]))
    slow = torch.tensor([[claim.holds(case) for claim in claims] for case in CASES])
    assert fast.equal(slow)
    assert slow.sum() > len(CASES), "some short claims are true of several cases"


def test_cases_with_equal_facts_share_their_report() -> None:
    case = CASES[3]
    told = stack([tell_all(case)])
    assert holds(told, stack([tell_all(case), tell_all(CASES[4])])).tolist() == [[True], [False]]


def test_another_size_is_another_report_but_the_same_finding() -> None:
    case = next(c for c in CASES if c.findings and KINDS[c.findings[0].kind].size_mm[0] < 20)
    told = tell_all(case)
    larger = told._replace(sizes=torch.where(told.sizes != 0, -told.sizes, told.sizes))
    finding = tell(Claim(findings=frozenset({case.findings[0].label})), case)
    true = holds(stack([told, finding]), stack([told, larger]))
    assert true[0].tolist() == [True, True]
    assert true[1].tolist() == [False, True]


def test_a_pelvis_says_nothing_of_what_it_does_not_show() -> None:
    pelvis = next(case for case in CASES if case.acquisition.region == "pelvis")
    chest = next(case for case in CASES if case.acquisition.region == "chest")
    said = [int(tell_all(case).needs[:19].sum()) for case in (pelvis, chest)]
    assert said == [4, 6]


def test_a_batch_gives_its_claims_back() -> None:
    told = stack([tell_all(case) for case in CASES[:3]])
    again = told_of({**told._asdict(), "other": torch.zeros(1)})
    assert all(a is b for a, b in zip(again, told, strict=True))
    assert told.needs.shape == (3, FACTS)
