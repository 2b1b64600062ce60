"""Varied cases at a small size, drawn once."""

from functools import cache

from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import Facts, draw_facts

SMALL = (16, 32, 32)
SEEDS = range(2000)


@cache
def many_facts() -> list[Facts]:
    return [draw_facts(seed, variety="varied") for seed in SEEDS]


@cache
def small_case(seed: int, count: int | None = None) -> Case:
    return make_case(seed, shape=SMALL, count=count, variety="varied")
