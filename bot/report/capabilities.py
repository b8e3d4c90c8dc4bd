"""What a broker can do, in plain words: one row a capability, for a terminal, a page and JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.report.amounts import count
from bot.report.text import wrap
from brokers.broker import Capabilities, KeyKind, Rates
from brokers.words import Environment, Relief, TickRule


@dataclass(frozen=True, slots=True)
class Ability:
    """One capability: a short name, and what the broker does about it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class AccountAbilities:
    """What the broker of one account can do, as its adapter states it; nobody is asked.

    Hours are null where it is for ever, steps and ticks where each name has its own, minutes before
    the close where it takes no orders for its auction, actions where the adapter does not state
    them. ``relief`` begins with what is done where nothing is said.
    """

    account: str
    environment: Environment
    broker: str
    sends_orders: bool
    order_types: tuple[str, ...]
    times_in_force: tuple[str, ...]
    closing_minutes: float | None
    at_any_hour: bool
    by_amount: bool
    fractions: bool
    quantity_step: Decimal | None
    tick: Decimal | None
    key_kind: KeyKind
    key_length_max: int
    lookup_hours: float | None
    executions_hours: float | None
    corrections: bool
    relief: tuple[Relief, ...]
    names_lots: bool
    rates: Rates
    actions: tuple[str, ...] | None
    shorting: bool
    spends_proceeds: bool
    orders_per_second: Decimal
    pushes: bool
    abilities: tuple[Ability, ...]
    """The same in words."""


def abilities_of(
    account: str, environment: Environment, broker: str, able: Capabilities
) -> AccountAbilities:
    """What ``trimtab check --broker`` tells."""
    same = (
        "sends_orders",
        "order_types",
        "times_in_force",
        "at_any_hour",
        "by_amount",
        "fractions",
        "quantity_step",
        "key_kind",
        "key_length_max",
        "corrections",
        "relief",
        "names_lots",
        "rates",
        "actions",
        "shorting",
        "spends_proceeds",
        "orders_per_second",
        "pushes",
    )
    return AccountAbilities(
        account=account,
        environment=environment,
        broker=broker,
        tick=None if able.tick is None else able.tick.above,
        closing_minutes=_minutes(able.closing_lead),
        lookup_hours=_hours(able.lookup_horizon),
        executions_hours=_hours(able.executions_horizon),
        abilities=in_words(able),
        **{name: getattr(able, name) for name in same},
    )


def _hours(horizon: timedelta | None) -> float | None:
    return None if horizon is None else horizon / timedelta(hours=1)


def _minutes(lead: timedelta | None) -> float | None:
    return None if lead is None else lead / timedelta(minutes=1)


def in_words(able: Capabilities) -> tuple[Ability, ...]:
    """Every row of the table, said of one broker."""
    return tuple(Ability(name, say(able)) for name, say in ROWS)


def page(told: AccountAbilities) -> str:
    """For a terminal."""
    wide = max(len(each.name) for each in told.abilities) + 2
    head = f"{told.environment.value} {told.account}, broker {told.broker}: what it can do"
    lines = (
        wrap(f"{each.name.ljust(wide)}{each.words}", after=" " * wide) for each in told.abilities
    )
    return "\n".join((head, "", *lines))


def _orders(able: Capabilities) -> str:
    """The kind of order, for how long it is good, and who carries it to the market."""
    kinds = " or ".join(able.order_types)
    force = " or ".join(FORCES.get(each, each) for each in able.times_in_force)
    said = f"{kinds} orders, for {force}"
    return said if able.sends_orders else f"{said}, on a ticket that a person carries out"


FORCES = {"day": "the rest of the session", "cls": "its closing auction"}


def _closing(able: Capabilities) -> str:
    if able.closing_lead is None:
        return "no"
    minutes = count(round(able.closing_lead / timedelta(minutes=1)), "minute")
    return f"until {minutes} before the close; from then on they cannot be taken back"


def _hours_open(able: Capabilities) -> str:
    return "at any hour" if able.at_any_hour else "while the exchange is open, regular hours only"


def _fractions(able: Capabilities) -> str:
    if not able.fractions:
        return "no: whole shares"
    if able.quantity_step is None:
        return "yes, in the steps that each name has"
    return f"yes, in steps of {able.quantity_step:f}"


def _ticks(able: Capabilities) -> str:
    match able.tick:
        case None:
            return "those of each name, as the broker tells them"
        case TickRule(above, below):
            return f"{above:f}; below a price of 1.00 {below:f}"


def _key(able: Capabilities) -> str:
    most = f"up to {able.key_length_max} characters"
    if able.key_kind is KeyKind.UNIQUE:
        return f"unique, {most}: a second order with it is refused"
    return f"carried and not checked, {most}: that it is used once is kept by Trimtab alone"


def _ever(horizon: timedelta | None) -> str:
    """How far back something can be seen."""
    if horizon is None:
        return "for ever"
    if horizon < timedelta(days=1):
        return f"for {count(round(horizon / timedelta(hours=1)), 'hour')}"
    return f"for {count(horizon.days, 'day')}"


def _relief(able: Capabilities) -> str:
    first, *others = able.relief
    if not others:
        return f"{first}, and nothing else"
    return f"{first}, or as wanted: {', '.join(others)}"


def _heard(able: Capabilities) -> str:
    return "as they happen" if able.pushes else "when it is asked, every few seconds"


RATES = {
    Rates.NONE: "none: the account holds one currency",
    Rates.TOLD: "told or quoted by the broker",
    Rates.FILE: "from a file of yours",
}


def _actions(able: Capabilities) -> str:
    if able.actions is None:
        return "not stated here: see the page of the broker"
    return ", ".join(able.actions) or "none"


def _yes(value: bool) -> str:  # noqa: FBT001  # a word for it is all that there is to say
    return "yes" if value else "no"


Say = Callable[[Capabilities], str]
ROWS: Sequence[tuple[str, Say]] = (
    ("orders", _orders),
    ("taken", _hours_open),
    ("orders for the close", _closing),
    ("fractions of a share", _fractions),
    ("orders by amount", lambda able: _yes(able.by_amount)),
    ("price steps", _ticks),
    ("orders a second", lambda able: f"{able.orders_per_second:f}"),
    ("our order id", _key),
    ("orders are found by it", lambda able: _ever(able.lookup_horizon)),
    ("executions go back", lambda able: _ever(able.executions_horizon)),
    ("fills are heard of", _heard),
    ("corrected trades", lambda able: "told" if able.corrections else "not told"),
    ("lots are relieved", _relief),
    ("an order can name lots", lambda able: _yes(able.names_lots)),
    ("exchange rates", lambda able: RATES[able.rates]),
    ("corporate actions told", _actions),
    ("short sales", lambda able: _yes(able.shorting)),
    ("unsettled proceeds", lambda able: "spent" if able.spends_proceeds else "not spent"),
)
"""In the order in which they are told."""
