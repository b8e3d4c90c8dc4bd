"""How many accounts were looked through for losses, as status tells it: counted from the book."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.book.glance import AccountGlance


class Missed(NamedTuple):
    """An account that was not looked through, and why."""

    account: str
    why: str


class ScanStatus(NamedTuple):
    """The last session in which any of the ``eligible`` accounts was planned for."""

    session: date | None
    eligible: int
    scanned: int
    missed: tuple[Missed, ...]


def scan_status(eligible: Iterable[str], seen: "Sequence[AccountGlance]") -> ScanStatus | None:
    """None where no account harvests."""
    names = tuple(eligible)
    if not names:
        return None
    looks = {one.account: one.scan for one in seen}
    known = {name: scan for name in names if (scan := looks.get(name)) is not None}
    session = max((scan.session for scan in known.values()), default=None)
    missed = []
    for name in names:
        scan = known.get(name)
        if scan is None or scan.session != session:
            missed.append(Missed(name, "not looked at"))
        elif scan.why:
            missed.append(Missed(name, scan.why))
    return ScanStatus(session, len(names), len(names) - len(missed), tuple(missed))


def line(one: ScanStatus) -> str:
    """The count, and who was not."""
    count = f"harvest: scanned {one.scanned} of {one.eligible} eligible accounts"
    when = " so far" if one.session is None else f" in the session of {one.session}"
    each = "; ".join(f"{account}: {why}" for account, why in one.missed)
    return f"{count}{when}{f', not {each}' if each else ''}"
