"""Account-years with faults, each from a seed: nothing lost, repeated, or out of bounds.

``YEARS`` is how many, ``SEED`` the first of them, ``SEEDS`` a list in place of both.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from bot.daemon.sessions import Sessions
from brokers.paper.faults.kinds import KINDS
from simulation.years import folder_in_memory, play_year

YEARS_IN_SUITE = 2
"""About a minute of a core each; ``make soak-sim YEARS=20`` plays more."""


def seeds() -> list[int]:
    """Which years are played."""
    if named := os.environ.get("SEEDS"):
        return [int(seed) for seed in named.split(",")]
    first = int(os.environ.get("SEED", "1"))
    return list(range(first, first + int(os.environ.get("YEARS", YEARS_IN_SUITE))))


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """Those of New York."""
    return Sessions("XNYS", datetime(2025, 1, 2, tzinfo=UTC), since=date(2018, 1, 2))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", seeds())
def test_an_account_year_with_faults(seed: int, sessions: Sessions) -> None:
    with folder_in_memory() as folder:
        year = play_year(seed, sessions, folder)
    again = f"make soak-sim SEEDS={seed} plays it again"
    assert not year.wrong, "\n".join([*year.wrong[:20], again])
    assert year.faults >= 500, again
    assert year.traded >= 30, f"the year proves little: {year.traded} sessions traded; {again}"


def test_there_are_more_than_sixty_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60
    assert Counter(kind.seam for kind in KINDS)["host"] >= 20
