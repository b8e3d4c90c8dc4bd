"""Which figures there are: from what was looked at to families of samples."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from bot.book.vitals import AccountVitals
from bot.health.metrics import Family, Sample, histogram, sample
from bot.health.readiness import Line, Look
from bot.health.wards import Ward
from bot.limits import Limits
from bot.switch.states import severity, worst
from brokers.words import ZERO

LEVELS = "0 active, 1 reducing, 2 cancel-only, 3 halted"

Pairs = list[tuple[Ward, AccountVitals]]


def families(look: Look, found: list[Line]) -> Iterator[Family]:
    """Every family; those of the book only where it answers."""
    yield from _of_process(look)
    ready = int(all(line.ok for line in found))
    yield Family("ready", "gauge", "1 where /readyz says that all is ready.", (sample(ready),))
    checks = tuple(sample(int(line.ok), check=line.name, account=line.account) for line in found)
    yield Family("check_ok", "gauge", "1 where a line of /readyz holds.", checks)
    up = int(look.book is not None)
    yield Family("book_up", "gauge", "1 where the book answers.", (sample(up),))
    if look.book is None:
        return
    of = {vitals.account: vitals for vitals in look.book.accounts}
    pairs = [(ward, of[ward.account]) for ward in look.wards]
    yield from _of_accounts(pairs, look)
    yield from _of_counts(pairs, look)
    yield from _of_mails(look)


def _of_process(look: Look) -> Iterator[Family]:
    signs = look.signs
    age = sample(signs.beat_seconds())
    yield Family("heartbeat_age_seconds", "gauge", "Since the scheduler ticked.", (age,))
    about = "Time of a transaction that writes into the book, waiting for its turn included."
    yield histogram("commit_seconds", about, signs.commits())
    lost = sample(signs.lost_lines())
    yield Family("log_lines_lost", "gauge", "Lines of the log that found no room.", (lost,))
    standing = tuple(sample(1, alarm=name, account=account) for name, account in signs.alarms())
    yield Family("alarm", "gauge", "1 for each alarm that a person was told of.", standing)
    end = None if look.schedule is None else look.schedule.end.closes
    horizon = 0.0 if end is None else (end - look.now).total_seconds()
    about = "Until the end of the sessions that are known."
    yield Family("calendar_horizon_seconds", "gauge", about, (sample(horizon),))


Ask = Callable[[Ward, AccountVitals, Look], Iterator[Sample]]


def _of_accounts(pairs: Pairs, look: Look) -> Iterator[Family]:
    for name, about, ask in GAUGES:
        found = (each for ward, vitals in pairs for each in ask(ward, vitals, look))
        yield Family(name, "gauge", about, tuple(found))


def _kill_state(ward: Ward, vitals: AccountVitals, look: Look) -> Iterator[Sample]:
    yield sample(_severity(vitals, look), account=ward.account)


def _tieout_age(ward: Ward, vitals: AccountVitals, look: Look) -> Iterator[Sample]:
    if vitals.tieout is not None:
        yield sample((look.now - vitals.tieout.time).total_seconds(), account=ward.account)


def _broken(ward: Ward, vitals: AccountVitals, _look: Look) -> Iterator[Sample]:
    yield sample(_breaks(vitals), account=ward.account)


def _unknown(ward: Ward, vitals: AccountVitals, _look: Look) -> Iterator[Sample]:
    yield sample(vitals.activity.unknowns, account=ward.account)


def _open(ward: Ward, vitals: AccountVitals, _look: Look) -> Iterator[Sample]:
    yield sample(vitals.activity.orders_open, account=ward.account)


def _notional(ward: Ward, vitals: AccountVitals, _look: Look) -> Iterator[Sample]:
    for currency, value in sorted(vitals.activity.value_by_currency.items()):
        yield sample(float(value), account=ward.account, currency=currency)


def _limits(ward: Ward, vitals: AccountVitals, _look: Look) -> Iterator[Sample]:
    for limit, used in _used(ward, vitals).items():
        yield sample(used, account=ward.account, limit=limit)


def _scan_gap(ward: Ward, vitals: AccountVitals, look: Look) -> Iterator[Sample]:
    if ward.harvests:
        yield sample(_gap(vitals.scanned, look), account=ward.account)


def _offset(ward: Ward, _vitals: AccountVitals, look: Look) -> Iterator[Sample]:
    contact = look.signs.contacts.last(ward.account)
    if contact is not None and contact.offset is not None:
        yield sample(contact.offset, account=ward.account)


def _broker(ward: Ward, _vitals: AccountVitals, look: Look) -> Iterator[Sample]:
    if (contact := look.signs.contacts.last(ward.account)) is not None:
        yield sample(int(contact.offset is not None), account=ward.account)


GAUGES: tuple[tuple[str, str, Ask], ...] = (
    ("kill_state", f"How far trading is stopped: {LEVELS}.", _kill_state),
    ("tieout_age_seconds", "Since book and broker were last compared.", _tieout_age),
    (
        "breaks",
        "Names that are left alone in this session, and one more where book and broker differ.",
        _broken,
    ),
    (
        "unknown_orders",
        "Orders of which nobody knows whether they live at the broker.",
        _unknown,
    ),
    ("open_orders", "Orders that were sent and whose end is not known.", _open),
    (
        "notional_today",
        "Quantity times limit of the orders that were sent in this session.",
        _notional,
    ),
    ("limit_used_ratio", "How much of a limit is used; at 1 it refuses.", _limits),
    (
        "scan_gap_sessions",
        "Of the last ten sessions those since a plan looked for losses to harvest.",
        _scan_gap,
    ),
    (
        "clock_offset_seconds",
        "The broker's clock less ours, when it was last asked.",
        _offset,
    ),
    ("broker_up", "1 where the broker answered when it was last asked.", _broker),
)
"""Figures of each account: name, what it is, and where it comes from."""


def _severity(vitals: AccountVitals, look: Look) -> int:
    halt = worst(vitals.halt, look.signs.flag())
    return 0 if halt is None else severity(halt.state)


def _breaks(vitals: AccountVitals) -> int:
    differs = vitals.tieout is not None and not vitals.tieout.ok
    return vitals.locked + differs


def _used(ward: Ward, vitals: AccountVitals) -> dict[str, float]:
    """Share of each limit that is counted over time; ``day_turnover_max`` where NAV is known."""
    limits, seen = ward.limits, vitals.activity
    _, per_day, most_open = limits.counts(ward.names)
    used = {
        "orders_per_day": _ratio(seen.orders_today, per_day),
        "orders_open": _ratio(seen.orders_open, most_open),
        "cycles_per_day": _ratio(seen.cycles_today, limits.cycles_per_day),
        "cycles_per_10_sessions": _ratio(seen.cycles_recent, limits.cycles_per_10_sessions),
        "rejects_halt": _ratio(seen.rejects_today, limits.rejects_halt),
        "unknowns_halt": _ratio(seen.unknowns, limits.unknowns_halt),
    }
    turnover = _turnover(vitals, limits)
    return used if turnover is None else {**used, "day_turnover_max": turnover}


def _turnover(vitals: AccountVitals, limits: Limits) -> float | None:
    """Where all of it is in one currency, which is that of the NAV then."""
    values = vitals.activity.value_by_currency
    if not vitals.nav or vitals.nav <= 0 or len(values) > 1 or not limits.day_turnover_max:
        return None
    traded = sum(values.values(), ZERO) / vitals.nav
    return float(traded / limits.day_turnover_max)


def _ratio(count: int, most: int) -> float:
    """How much of a limit is used; one of nothing is used up."""
    return float(Decimal(count) / most) if most else 1.0


def _gap(scanned: date | None, look: Look) -> int:
    """Sessions that are over, of the last ten, after the one that was scanned last."""
    closed = () if look.schedule is None else look.schedule.closed
    return sum(scanned is None or session.day > scanned for session in closed)


def _of_counts(pairs: Pairs, look: Look) -> Iterator[Family]:
    book = look.book
    assert book is not None, "asked for only then"
    steps = (sample(n, account=a, result=kind) for (a, kind), n in sorted(book.steps.items()))
    about = "Steps of orders since the book began, by what happened."
    yield Family("orders_total", "counter", about, tuple(steps))
    for name, about, counts in (
        ("exec_versions_total", "Executions in the book, every version.", book.executions),
        ("exec_corrections_total", "Those that replaced an earlier version.", book.corrections),
    ):
        samples = (sample(counts.get(w.account, 0), account=w.account) for w, _ in pairs)
        yield Family(name, "counter", about, tuple(samples))


def _of_mails(look: Look) -> Iterator[Family]:
    book = look.book
    assert book is not None, "asked for only then"
    age = 0.0 if book.mail_since is None else (look.now - book.mail_since).total_seconds()
    lost = sample(book.mails_given_up)
    yield Family("mails_waiting", "gauge", "Mails not sent yet.", (sample(book.mails_waiting),))
    yield Family("mail_age_seconds", "gauge", "Age of the oldest of them.", (sample(age),))
    yield Family("mails_given_up_total", "counter", "Mails that nobody took in the end.", (lost,))
    waiting = sample(book.plans_waiting)
    yield Family("plans_waiting", "gauge", "Plans that wait for a person.", (waiting,))
