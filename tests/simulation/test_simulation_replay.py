"""The same seed is the same book to the last byte, and starting twice is starting once."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.cli.selftesting.life import alive
from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.replay import Play, play_on, stage
from bot.cli.selftesting.world import World
from bot.daemon.sessions import Sessions
from simulation.judge import dump
from simulation.years import FAULTS_A_YEAR, folder_in_memory, text_of

FIRST, LAST, LATER = date(2024, 3, 4), date(2024, 3, 13), date(2024, 3, 15)


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """Those of New York."""
    return Sessions("XNYS", datetime(2024, 3, 1, tzinfo=UTC), since=date(2023, 1, 3))


def book_of(folder: Path, seed: int, sessions: Sessions) -> tuple[bytes, int]:
    """The book of a week and a half with faults, and how many struck.

    The folder's own path is in none of its rows.
    """
    play = Play(text_of(seed, folder), seed, FIRST, LAST, FAULTS_A_YEAR, sessions)
    with stage(folder, play) as world:
        play_on(world, Owner(world, seed), LAST)
        return dump(world.book), len(world.faulty.struck)


def twice(folder: Path) -> tuple[Path, Path]:
    """The same place, made anew the second time: an error may name its path."""
    first, second = folder / "one", folder / "two"
    first.mkdir()
    second.mkdir()
    return first, second


@pytest.mark.parametrize("seed", [3, 8])
def test_the_same_seed_is_the_same_book(seed: int, sessions: Sessions) -> None:
    with folder_in_memory() as folder:
        place = folder / "place"
        made = []
        for _ in range(2):
            place.mkdir()
            made.append(book_of(place, seed, sessions))
            shutil.rmtree(place)
    (first, faults), (second, _) = made
    assert faults >= 8
    assert first == second


def test_another_seed_is_another_book(sessions: Sessions) -> None:
    with folder_in_memory() as folder:
        one, two = twice(folder)
        assert book_of(one, 3, sessions)[0] != book_of(two, 4, sessions)[0]


def test_starting_twice_is_starting_once(sessions: Sessions) -> None:
    """I23: after the same crash, one world starts again, the other three times over."""
    books = []
    with folder_in_memory() as folder:
        place = folder / "place"
        for starts in (0, 3):
            place.mkdir()
            books.append(_started(place, sessions, starts))
            shutil.rmtree(place)
    assert books[0] == books[1]


TAKEN = frozenset({"leases", "chain", "intents.token"})
"""Each start takes the account and lets it go, and tokens count that; the chain seals it too."""


def _started(place: Path, sessions: Sessions, starts: int) -> bytes:
    play = Play(text_of(3, place), 3, FIRST, LAST, FAULTS_A_YEAR, sessions)
    with stage(place, play) as world:
        owner = Owner(world, 3)
        play_on(world, owner, LAST)
        world.faulty.heal()
        for _ in range(starts):
            _start(world)
        play_on(world, owner, LATER)
        return dump(world.book, TAKEN)


def _start(world: World) -> None:
    """Open everything, look after what died, and stop."""
    with alive(world) as life:
        life.service.rota.mourn(life.service.jobs)
        for job in life.service.jobs:
            life.service.rota.visit(job)
