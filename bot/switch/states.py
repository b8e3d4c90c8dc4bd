"""The four states of trading, and what each of them forbids.

    active        everything
    reducing      no purchase, and no sale of more than is held; what is in the market stays
    cancel-only   nothing leaves, own orders are taken back; plans are made, none is carried out
    halted        nothing leaves, own orders are taken back, nothing is planned

Down by anybody and by itself; up only by a named person, with a reason, after book and broker
were found to agree. Nothing is ever sold to get flat.
"""

from datetime import datetime
from typing import Literal, NamedTuple, get_args

State = Literal["active", "reducing", "cancel-only", "halted"]

STATES: tuple[State, ...] = get_args(State)
"""From the mildest to the most severe."""

EVERY_ACCOUNT = "*"
"""Scope of a halt that holds for all accounts."""


def severity(state: State) -> int:
    """0 where all is allowed, 3 where nothing is."""
    return STATES.index(state)


class Halt(NamedTuple):
    """Trading has been stopped, as far as ``state`` says, until a person resumes it.

    A tuple, since ``trimtab status`` has no time to load what makes dataclasses.
    """

    scope: str
    reason: str
    who: str
    time: datetime
    state: State = "halted"

    @property
    def takes_back(self) -> bool:
        """Whether nothing leaves any more and own orders are taken back."""
        return self.state in {"cancel-only", "halted"}

    @property
    def plans_nothing(self) -> bool:
        """Whether not even a plan is made."""
        return self.state == "halted"

    @property
    def words(self) -> str:
        """The state and its reason: ``halted: cash differs``."""
        return f"{self.state}: {self.reason}"

    @property
    def remedy(self) -> str:
        """What lifts it."""
        whose = "" if self.scope == EVERY_ACCOUNT else f" {self.scope}"
        return f'find the cause, then run: trimtab resume{whose} --reason "..."'

    def covers(self, other: "Halt") -> bool:
        """Whether it stops at least as much as ``other``."""
        return severity(self.state) >= severity(other.state)

    def forbids(self, *, is_sale_of_held: bool) -> str:
        """Why an order may not leave, or an empty string."""
        if self.takes_back:
            return self.reason
        if self.state == "reducing" and not is_sale_of_held:
            return f"only sales of what is held may leave: {self.reason}"
        return ""


def worst(*halts: Halt | None) -> Halt | None:
    """The most severe of them, the first where several are; None where there is none."""
    there = [halt for halt in halts if halt is not None]
    return max(there, key=lambda halt: severity(halt.state), default=None)
