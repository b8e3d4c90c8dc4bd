"""Where the owner's code is, and whether anybody but the owner could have written it.

As ssh does with its files: who may write the code may do all that the owner may.
"""

import os
import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path

from bot.outside.untold import Untold

FILE = re.compile(r"file:(?P<path>[^:]+\.py):(?P<function>[^:]+)")


class Group(StrEnum):
    """What is asked for: the group of its entry points."""

    STRATEGIES = "trimtab.strategies"
    FORECASTS = "trimtab.forecasts"


@dataclass(frozen=True, slots=True)
class Place:
    """A function in a ``file``, or the entry point of that name where there is none."""

    file: Path | None
    function: str


def find(reference: str, group: Group, folder: Path) -> Place:
    """Where ``reference`` leads to, from ``folder``. Raises ``Untold``."""
    if match := FILE.fullmatch(reference):
        return Place(_trusted(folder.absolute() / match["path"]), match["function"])
    found = entry_points(group=group, name=reference)
    if len(found) != 1:
        owners = ", ".join(sorted(entry.dist.name for entry in found if entry.dist is not None))
        there = f"several packages have it: {owners}" if found else "no installed package has it"
        raise Untold(f'entry point "{reference}" of the group {group.value}: {there}')
    return Place(None, reference)


def installed(group: Group) -> tuple[str, ...]:
    """Names of the entry points of ``group`` that are there."""
    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def _trusted(path: Path) -> Path:
    """The file itself, once nobody else can have written it."""
    try:
        file = path.resolve(strict=True)
        states = {place: place.stat() for place in (file, file.parent)}
    except OSError as exc:
        raise Untold(f"{path}: {(exc.strerror or str(exc)).lower()}") from exc
    if not stat.S_ISREG(states[file].st_mode):
        raise Untold(f"{path}: is no file")
    for place, state in states.items():
        if why := danger(state):
            raise Untold(f"{place} {why}, and so it is not run")
    return file


def danger(state: os.stat_result) -> str:
    """Who else may write, and what helps; in a sticky folder nobody replaces others' files."""
    if state.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user (chown it)"
    is_safe_folder = stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX
    others = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not others or is_safe_folder:
        return ""
    return f"can be written by others (mode {stat.S_IMODE(state.st_mode):04o}; chmod go-w it)"
