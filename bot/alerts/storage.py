"""What is told of the book itself: that it is not as it was written, or has lost its mark."""

from collections.abc import Sequence
from datetime import datetime

from bot.alerts.compose import Stamp, Topic, mail
from bot.alerts.mails import veiled
from bot.book.rows import Mail
from bot.report.amounts import moment
from bot.report.letter import Letter
from brokers.words import AccountId, Environment

FINDINGS_MAX = 20
"""Findings of one mail; trimtab db check shows all of them."""


def broken(
    environment: Environment,
    account: AccountId,
    findings: Sequence[str],
    now: datetime,
    *,
    is_halted: bool,
) -> Mail:
    """A check has found what cannot be right."""
    more = len(findings) - FINDINGS_MAX
    halted = (
        "Trading is halted in every account: what the book says is no longer what was written."
        if is_halted
        else "Every row is as it was written, so trading goes on; but they contradict each other."
    )
    letter = Letter(
        environment=environment,
        title="The book is not in order",
        sentences=("The check of the whole book, each night, has found this.", halted),
        points=(
            *map(veiled, findings[:FINDINGS_MAX]),
            *((f"and {more} more",) if more > 0 else ()),
        ),
        asks=("Keep a copy of the book as it is. To see all, and to restore a backup, type:",),
        commands=("trimtab db check", "trimtab db restore FILE"),
        facts=(("Time", moment(now)),),
        why="You get this after each check that finds something.",
        is_grave=True,
    )
    about = Topic(environment, account, "book", now.isoformat())
    return mail(letter, Stamp(about, now, "critical", f"the book is not in order: {findings[0]}"))


def mark_lost(environment: Environment, account: AccountId, what: str, now: datetime) -> Mail:
    """Nobody can say any more whether this book is the newest of its copies."""
    letter = Letter(
        environment=environment,
        title="The book's mark was gone",
        sentences=(
            f"{what}.",
            "The mark says how far the book has come: an older copy in its place is found by it.",
            "The whole book was compared with its hash chain, and a new mark was made from it.",
        ),
        asks=(
            "Where state_dir is new, or was emptied, there is nothing to do.",
            "Where this book is from a backup or a snapshot, halt and compare it with the broker:",
        ),
        commands=('trimtab halt --reason "old book?"', "trimtab reconcile"),
        facts=(("Time", moment(now)),),
        why="You get this when the file that holds the mark is missing or cannot be read.",
        is_grave=True,
    )
    about = Topic(environment, account, "mark", now.isoformat())
    return mail(letter, Stamp(about, now, "critical", "the book's mark was gone"))
