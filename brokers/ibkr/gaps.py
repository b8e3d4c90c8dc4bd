"""What happened while the line was down, and whether it was anybody else's doing. Pure.

Orders of ours that filled meanwhile were counted, at their limit, when they were sent. What others
did was not: then no order may leave until the whole account has been looked at again.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """Executions and open orders at one look: by IB's id, the key that each carries."""

    executions: Mapping[str, str]
    open: Mapping[int, str]


def is_disturbed(before: Picture | None, after: Picture, ours: Container[str]) -> bool:
    """Whether anything came or went that is not ``ours``; so it is where nothing was known."""
    if before is None:
        return True
    traded = (ref for each, ref in after.executions.items() if each not in before.executions)
    return any(ref not in ours for ref in (*traded, *_apart(before.open, after.open)))


def _apart(one: Mapping[int, str], other: Mapping[int, str]) -> Iterable[str]:
    """Keys of what is in only one of the two."""
    return ({**one, **other}[each] for each in one.keys() ^ other.keys())
