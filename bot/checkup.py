"""Each night the whole book is held against its chain and its own rules, while nobody trades.

A start looks at the pages and at the last rows; what was changed further back, this finds. Where
rows are not as they were written nothing is sent until a person has looked; where they are and yet
contradict each other, a person is told. What came of it is kept as a run of nobody's account.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.alarms import HOUSE
from bot.alerts import storage
from bot.book.errors import BookError
from bot.book.maintain import STORED, WHOLE, Finding, check
from bot.rounds import Desk, Office
from bot.switch import EVERY_ACCOUNT, Halt

KIND = "check"
WORDS_MAX = 500
"""Characters of what is found that are kept; a check by hand shows all."""


def check_book(
    url_or_path: str | Path, desks: Sequence[Desk], office: Office, slot: str, now: datetime
) -> tuple[Finding, ...]:
    """Check once for ``slot``, and see to what is found; nothing where it was checked before."""
    name = f"{KIND}/{slot}"
    if not office.book.begin_run(HOUSE, name, now):
        return ()
    found = check(url_or_path)
    if found:
        _tell(found, desks, office, office.clock.now())
    why = "; ".join(_words(each) for each in found)[:WORDS_MAX]
    office.book.end_run(HOUSE, name, office.clock.now(), ok=not found, why=why)
    return found


def _words(finding: Finding) -> str:
    return f"{finding.rule}: {finding.detail}"


def _tell(found: Sequence[Finding], desks: Sequence[Desk], office: Office, now: datetime) -> None:
    is_changed = any(each.rule in STORED or each.rule == WHOLE for each in found)
    if is_changed:
        _halt(f"the book is not as it was written: {_words(found[0])}", office, now)
    owner = desks[0]
    words = [_words(each) for each in found]
    office.post(
        storage.broken(owner.config.environment, owner.account, words, now, is_halted=is_changed)
    )


def _halt(why: str, office: Office, now: datetime) -> None:
    """In the book, and where it takes nothing any more by the flag beside it."""
    try:
        office.book.halt(EVERY_ACCOUNT, why, "trimtab", now)
    except BookError:
        office.switch.throw(Halt(EVERY_ACCOUNT, why, "trimtab", now))
