"""Which of the corporate actions that were told hold, and which questions are still open."""

from collections.abc import Iterable, Iterator

from brokers.words import (
    Action,
    ActionRecord,
    OpenQuestion,
    Retraction,
    Symbol,
    Transfer,
)


def in_force(told: Iterable[ActionRecord]) -> tuple[Action, ...]:
    """The actions that nobody took back."""
    records = tuple(told)
    gone = _retracted(records)
    return tuple(
        one
        for one in records
        if not isinstance(one, OpenQuestion | Retraction) and one.action_id not in gone
    )


def open_questions(told: Iterable[ActionRecord]) -> tuple[OpenQuestion, ...]:
    """What the broker booked and nobody has told in full yet, oldest first."""
    records = tuple(told)
    gone = _retracted(records)
    answered = {name for action in in_force(records) for name in action.records}
    found = (one for one in records if isinstance(one, OpenQuestion))
    left = (one for one in found if one.action_id not in gone and answered.isdisjoint(one.records))
    return tuple(sorted(left, key=lambda one: (one.effective, one.action_id)))


def in_question(told: Iterable[ActionRecord]) -> dict[Symbol, str]:
    """Symbols in which nothing may be traded until the owner answers, each with the sentence."""
    asked: dict[Symbol, str] = {}
    for one in open_questions(told):
        asked.setdefault(
            one.symbol,
            f"{one.said}; tell what it was: trimtab lots action --help ({one.action_id})",
        )
    return asked


def counted(transfers: Iterable[Transfer], actions: Iterable[Action]) -> Iterator[Transfer]:
    """``transfers`` but for those that an action in force stands for: they would count twice."""
    stood_for = {name for action in actions for name in action.records}
    return (one for one in transfers if one.transfer_id not in stood_for)


def _retracted(told: Iterable[ActionRecord]) -> set[str]:
    return {name for one in told if isinstance(one, Retraction) for name in one.records}
