"""Whether what TWS says can be believed: a socket that stands proves nothing. Pure.

TWS keeps the socket open while it has lost IB itself (1100), so a connection has three states.
Every loss, and every return, opens a gap: what happened meanwhile was told to nobody, so the next
order waits until executions and open orders have been read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Line(StrEnum):
    """How far the line reaches."""

    DOWN = "down"
    """There is no socket, or nobody has spoken on it yet."""
    CUT = "cut"
    """TWS answers, but it has lost IB."""
    UP = "up"


@dataclass(frozen=True, slots=True)
class State:
    """The line, how often it was lost so far, and which farms are disconnected, by code and name.

    ``gaps`` only grows: whoever has read everything at one number knows that nothing is missing
    until it is another.
    """

    line: Line = Line.DOWN
    gaps: int = 0
    broken: frozenset[tuple[int, str]] = frozenset()

    @property
    def quotes_flow(self) -> bool:
        """Whether all market-data farms are connected; which name is of which is not told."""
        return all(code != MARKET_DATA for code, _ in self.broken)


MARKET_DATA, HISTORY, DEFINITIONS = 2103, 2105, 2157
MENDED: Mapping[int, int] = {2104: MARKET_DATA, 2106: HISTORY, 2158: DEFINITIONS}
"""Which farm is connected again."""

LOST = {1100, 2110}
FOUND = {1101, 1102}
ENDED = {1300, 502, 504}


def connected(state: State) -> State:
    """A socket stands, and TWS has greeted us. What was said before is of another time."""
    return State(Line.UP, state.gaps)


def dropped(state: State) -> State:
    """The socket is gone."""
    if state.line is Line.DOWN:
        return state
    return State(Line.DOWN, state.gaps + 1)


def told(state: State, code: int, text: str = "") -> State:
    """The state after TWS has told ``code``; most codes change nothing.

    A farm is named at the end of the words: ``... connection is broken:usfarm``.
    """
    if state.line is Line.DOWN:
        return state
    if code in ENDED:
        return dropped(state)
    if code in LOST:
        return replace(state, line=Line.CUT, gaps=state.gaps + (state.line is Line.UP))
    if code in FOUND:
        return replace(state, line=Line.UP, gaps=state.gaps + 1)
    farm = text.rpartition(":")[2].strip()
    fallen = {(code, farm)} if code in MENDED.values() else set()
    return replace(state, broken=(state.broken | fallen) - {(MENDED.get(code, 0), farm)})
