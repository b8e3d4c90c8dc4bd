"""Each bug of the museum is seen by the simulation, and nothing is seen where there is no bug."""

from collections import Counter
from collections.abc import Iterator

import pytest

from museum.asking import Host, host, verdict
from museum.catalogue import DAYS, MUTANTS
from museum.mutants import Edit, Mutant

NAMES = [mutant.name for mutant in MUTANTS]


@pytest.fixture(scope="module")
def warm() -> Iterator[Host]:
    """One process, from which each mutant is forked."""
    with host() as process:
        yield process


def test_there_are_enough_and_each_has_its_name() -> None:
    assert len(MUTANTS) >= 40
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []
    assert {mutant.days for mutant in MUTANTS} == DAYS.keys()


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_mutant_fits_our_code(mutant: Mutant) -> None:
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        texts[edit.module] = edit.applied(texts.get(edit.module, edit.path.read_text("utf-8")))
    for module, text in texts.items():
        compile(text, module, "exec")


def test_an_edit_that_fits_nowhere_or_twice_is_refused() -> None:
    for source in ("", "x = 1\nx = 1\n"):
        with pytest.raises(AssertionError):
            Edit("bot.clock", "x = 1\n", "x = 2\n").applied(source)


@pytest.mark.parametrize("name", DAYS)
def test_sound_code_shows_nothing(warm: Host, name: str) -> None:
    seen = warm.ask((), DAYS[name])
    assert not seen.died
    assert not seen.wrong
    assert seen.struck or DAYS[name].faults <= 2, "no fault struck"


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_mutant_is_caught(warm: Host, mutant: Mutant) -> None:
    days = DAYS[mutant.days]
    seen = warm.ask(mutant.edits, days)
    how = seen.invariant or verdict(seen, warm.ask((), days))
    assert how in mutant.caught_by.split(), f"{mutant.cited}: {mutant.bug}: {seen}"
