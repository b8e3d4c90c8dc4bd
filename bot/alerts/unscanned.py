"""The alarm after a session in which somebody's lots were not looked through for losses."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.alerts.compose import Stamp, Topic, mail
from bot.alerts.mails import veiled
from bot.book.rows import Mail
from bot.report.amounts import MONEY, moment
from bot.report.letter import Letter
from brokers.words import AccountId, Environment


def unscanned(
    environment: Environment,
    missed: Sequence[tuple[AccountId, str]],
    eligible: int,
    session: date,
    now: datetime,
) -> Mail:
    """Which accounts were not scanned, and why; ``eligible`` are all that should have been."""
    told = f"scanned {eligible - len(missed)} of {eligible} eligible accounts"
    letter = Letter(
        environment=environment,
        title=f"Harvest: {told} on {session}",
        sentences=(
            "What was not scanned had none of its losses taken, however far prices fell.",
            "The next session scans every account afresh.",
        ),
        points=tuple(f"{account}: {veiled(why)}" for account, why in missed),
        asks=("Mend what each account says. To scan now, type:",),
        commands=tuple(f"trimtab harvest {account}" for account, _ in missed),
        facts=(
            ("Mode", MONEY[environment]),
            ("Session", session.isoformat()),
            ("Time", moment(now)),
        ),
        why="You get this after each session in which an account that harvests was not scanned.",
        is_grave=True,
    )
    names = ", ".join(str(account) for account, _ in missed)
    about = Topic(environment, missed[0][0], "unscanned", session.isoformat())
    return mail(letter, Stamp(about, now, "critical", f"harvest {told}, not {names}"))
