"""The nouns: a cited bug as a change of our code, and the days on which it is to be seen."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Edit:
    """In ``module`` the text ``old``, which it has exactly once, becomes ``new``."""

    module: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / f"{self.module.replace('.', '/')}.py"

    def applied(self, source: str) -> str:
        """The mutated source."""
        assert source.count(self.old) == 1, (
            f"{self.module}: {source.count(self.old)} times:{self.old}"
        )
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Days:
    """Some sessions of one account, and the faults that strike in them: ``faults`` of ``kinds``.

    ``first`` is an ISO date, from which on there are faults on ``days`` days. Trades wait at mid
    where ``limit`` is 0, and take the far side at 1.
    """

    name: str
    kinds: str
    faults: int = 8
    days: int = 2
    seed: int = 1
    first: str = "2024-03-04"
    limit: str = "1"
    at: str = '"open+30m"'
    profile: str = "desk"
    more: str = ""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: whose, what, how it is put into our code, when it is seen, and by which invariant.

    Where several layers would stop it, all of them are taken out. ``caught_by`` is the number of an
    invariant, or one of several; "error" where the code stumbles over itself, "stalls" where it
    trades less than a sound copy does.
    """

    name: str
    cited: str
    bug: str
    days: str
    caught_by: str
    edits: tuple[Edit, ...]


def edit(module: str, old: str, new: str) -> Edit:
    """A row of a catalogue."""
    return Edit(module, old, new)
