"""Tokenizers that are made anew the same each time, and texts with what they claim."""

from collections.abc import Callable

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from med3dvlm.model.prompt import PLACEHOLDER, TURN_END, TURN_START
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.true_report import read_findings, true_report
from train.data.phantoms import text
from train.data.phantoms.text import (
    PADDING,
    Claim,
    corpus,
    describe_case,
    language_tokenizer,
    query_tokenizer,
)

REPORT = true_report(draw_facts(3)).text


@pytest.fixture(autouse=True)
def _small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "CORPUS", 60)


@pytest.mark.parametrize("make", [language_tokenizer, query_tokenizer])
def test_a_tokenizer_is_the_same_each_time(make: Callable[..., PreTrainedTokenizerFast]) -> None:
    one, other = make(500, corpus()), make(500, corpus())
    assert one.get_vocab() == other.get_vocab()
    assert one.encode(REPORT) == other.encode(REPORT)
    assert len(one) <= 500


def test_every_text_can_be_written_and_read_back() -> None:
    tokenizer = language_tokenizer(500, corpus())
    for line in (REPORT, "Ünïcode, 3 mm\n\ttabs  and   spaces \N{LUNGS}", TURN_END):
        ids = tokenizer.encode(line, add_special_tokens=False, split_special_tokens=True)
        assert tokenizer.decode(ids) == line
        assert tokenizer.eos_token_id not in ids


def test_special_tokens_are_single_and_known() -> None:
    tokenizer = language_tokenizer(500, corpus())
    for token in (TURN_START, TURN_END, PLACEHOLDER, PADDING):
        assert len(tokenizer.encode(token, add_special_tokens=False)) == 1
    assert (tokenizer.eos_token, tokenizer.pad_token) == (TURN_END, PADDING)


def test_queries_are_lower_case_and_framed() -> None:
    tokenizer = query_tokenizer(500, corpus())
    upper, lower = tokenizer("Kidney STONE")["input_ids"], tokenizer("kidney stone")["input_ids"]
    assert upper == lower
    assert lower[0] == tokenizer.cls_token_id
    assert lower[-1] == tokenizer.sep_token_id
    assert tokenizer.unk_token_id not in lower


def test_a_text_is_true_of_its_own_case() -> None:
    for seed in range(300):
        facts = draw_facts(seed)
        said, claim = describe_case(facts, np.random.default_rng(seed))
        assert claim.holds(facts), said


def test_a_claim_is_what_its_text_says() -> None:
    for seed in range(300):
        facts = draw_facts(seed)
        said, claim = describe_case(facts, np.random.default_rng(seed))
        if claim.seed is not None:
            assert read_findings(said) == facts.labels
        elif claim.findings:
            ((kind, place),) = claim.findings
            ((read, where),) = read_findings(said)
            assert kind == read
            assert place in ("", where)
        else:
            for _, value in claim.attributes:
                assert value.split("-")[-1].split()[0] in said


def test_reports_and_short_queries_both_occur() -> None:
    claims = [describe_case(draw_facts(s), np.random.default_rng(s))[1] for s in range(300)]
    reports = sum(claim.seed is not None for claim in claims)
    settings = sum(bool(claim.attributes) for claim in claims)
    assert 0.4 < reports / 300 < 0.6
    assert settings > 5
    assert 300 - reports - settings > 60


def test_a_claim_holds_for_all_cases_it_is_true_of_and_no_others() -> None:
    many = [draw_facts(seed) for seed in range(300)]
    chest = Claim(attributes=(("region", "chest"),))
    stone = Claim(findings=frozenset({("kidney stone", "")}))
    left = Claim(findings=frozenset({("kidney stone", "left kidney")}))
    for facts in many:
        assert chest.holds(facts) == (facts.acquisition.region == "chest")
        assert stone.holds(facts) == facts.has("kidney stone")
        assert left.holds(facts) == (("kidney stone", "left kidney") in facts.labels)
        assert Claim(seed=7).holds(facts) == (facts.seed == 7)
