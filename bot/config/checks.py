"""What is wrong between keys that are each right by themselves: one row of a table for a rule.

A rule names the keys it looks at; where one of them was already refused it is not asked, so that
one mistake is not reported twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bot.config.account_table import AccountTable, BrokerKind
from bot.config.household_table import HouseholdTable
from bot.config.labels_file import Labels
from bot.config.locate import KeyPath
from bot.config.target_files import Given
from bot.config.target_table import BY_WEIGHTS, KNOWN, Strategy
from bot.limits import Limits
from brokers.words import Environment
from strategies.policy.working import Auction

SUM_TOLERANCE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Subject:
    """One account: its table, its limits in force, its weights wherever they were written.

    ``labels`` are those of the optimizer's file: by column, the label of each symbol. ``given`` is
    what the files of the target say, ``household`` the table of the one that it belongs to;
    ``holdings`` are what its files say that funds hold.
    """

    table: AccountTable
    limits: Limits
    weights: Mapping[str, Decimal]
    labels: Labels = field(default_factory=dict)
    given: Given = field(default_factory=Given)
    household: HouseholdTable = field(default_factory=HouseholdTable)
    holdings: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake at ``path`` inside the account; ``found`` None where there is no one value."""

    path: KeyPath
    found: object
    problem: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the keys inside the account that it looks at."""

    find: Callable[[Subject], Iterator[Finding]]
    uses: tuple[KeyPath, ...]


def _target_source(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    given = [key for key in ("weights", "file", "symbols") if getattr(target, key)]
    if target.strategy is Strategy.GLIDE_PATH:
        return
    wanted = ["weights", "file"] if target.strategy in BY_WEIGHTS else ["symbols"]
    name = target.strategy.value
    for key in given:
        if key not in wanted:
            problem = f'is not used by strategy "{name}", which takes {" or ".join(wanted)}'
            yield Finding(("target", key), None, problem)
    fitting = [key for key in given if key in wanted]
    if not fitting:
        problem = f'strategy "{name}" needs {" or ".join(wanted)}'
        yield Finding(("target",), None, problem)
    if len(fitting) > 1:
        yield Finding(("target", "file"), target.file, "stands beside weights; keep one of the two")


def _weights_sum(of: Subject) -> Iterator[Finding]:
    total = sum(of.weights.values(), Decimal(0))
    is_off = abs(total - 1) > SUM_TOLERANCE
    if of.table.target.strategy in BY_WEIGHTS and of.weights and is_off:
        key = "file" if of.table.target.file else "weights"
        problem = f"sum to {total.normalize():f}, must sum to 1 (within {SUM_TOLERANCE})"
        yield Finding(("target", key), None, problem)


def _symbols_once(of: Subject) -> Iterator[Finding]:
    symbols = of.table.target.symbols
    for symbol in dict.fromkeys(symbols):
        if symbols.count(symbol) > 1:
            yield Finding(("target", "symbols"), symbol, "is in the list more than once")


def _corridors(of: Subject) -> Iterator[Finding]:
    for symbol, corridor in of.table.bands.corridors.items():
        path = ("bands", "corridors", symbol)
        target = of.weights.get(symbol)
        if corridor.low > corridor.high:
            problem = f"must be at least low, which is {corridor.low}"
            yield Finding((*path, "high"), corridor.high, problem)
        elif target is None:
            yield Finding(path, None, f"{symbol} is not among the targets")
        elif of.table.target.strategy not in KNOWN:
            continue  # what it will be is not known yet
        elif not corridor.low <= target <= corridor.high:
            span = f"from {corridor.low} to {corridor.high}"
            yield Finding(path, None, f"{span} does not contain the target weight {target}")


def _cash_floor(of: Subject) -> Iterator[Finding]:
    floor, weight = of.limits.cash_floor_weight, of.table.cash.weight
    if floor > weight:
        problem = f"must be at least limits.cash_floor_weight, which is {floor}"
        yield Finding(("cash", "weight"), weight, problem)


def _live(of: Subject) -> Iterator[Finding]:
    account, path = of.table, ("environment",)
    if account.environment is not Environment.LIVE:
        return
    if account.broker is BrokerKind.PAPER:
        yield Finding(path, "live", 'broker "paper" has no real money; name your broker')
    elif account.live_account is None:
        problem = 'needs live_account = "<the account number that your broker states>"'
        yield Finding(path, "live", problem)


def _broker_tables(of: Subject) -> Iterator[Finding]:
    for kind in BrokerKind:
        if kind.value in of.table.model_fields_set and kind is not of.table.broker:
            problem = f'is not used while broker = "{of.table.broker.value}"; take it out'
            yield Finding((kind.value,), None, problem)


def _schedule(of: Subject) -> Iterator[Finding]:
    schedule = of.table.schedule
    if schedule.at is not None and schedule.every is not None:
        yield Finding(("schedule", "every"), None, "stands beside at; keep one of the two")
    if schedule.at == []:
        yield Finding(("schedule", "at"), None, 'is empty; write "open+15m" or leave the key out')
    edges = {
        "open": timedelta(minutes=of.limits.after_open_minutes),
        "close": timedelta(minutes=of.limits.before_close_minutes),
    }
    for number, moment in enumerate(schedule.at or ()):
        edge = edges[moment.anchor]
        if abs(moment.offset) < edge:
            least = f"{edge // timedelta(minutes=1)} minutes from the {moment.anchor}"
            problem = f"must be at least {least}, as the limits say, or nothing would be sent"
            yield Finding(("schedule", "at", number), None, problem)


def _steps(of: Subject) -> Iterator[Finding]:
    """An order that is priced anew goes toward the market, and never from it."""
    orders = of.table.orders
    if orders.steps > 1 and orders.start > orders.through:
        problem = f"must be {orders.start} or more, as start is: prices go toward the market"
        yield Finding(("orders", "through"), orders.through, problem)


def _auction_limit(of: Subject) -> Iterator[Finding]:
    """A limit outside the collar is never sent, so that nothing would trade in the auction."""
    orders = of.table.orders
    if orders.auction is not Auction.NONE and orders.auction_limit > orders.collar:
        problem = f"must be {orders.collar} or less, as orders.collar is"
        yield Finding(("orders", "auction_limit"), orders.auction_limit, problem)


_WEIGHTS: tuple[KeyPath, ...] = (
    ("target", "strategy"),
    ("target", "weights"),
    ("target", "file"),
    ("target", "symbols"),
)
_MOMENTS: tuple[KeyPath, ...] = (
    ("schedule", "at"),
    ("schedule", "every"),
    ("limits", "after_open_minutes"),
    ("limits", "before_close_minutes"),
)
_FLOOR: tuple[KeyPath, ...] = (("cash", "weight"), ("limits", "cash_floor_weight"), ("profile",))

RULES = (
    Rule(_target_source, _WEIGHTS),
    Rule(_weights_sum, _WEIGHTS),
    Rule(_symbols_once, (("target", "symbols"),)),
    Rule(_corridors, (*_WEIGHTS, ("bands", "corridors"))),
    Rule(_cash_floor, _FLOOR),
    Rule(_live, (("broker",), ("environment",), ("live_account",))),
    Rule(_broker_tables, (("broker",),)),
    Rule(_schedule, _MOMENTS),
    Rule(_steps, (("orders", "steps"), ("orders", "start"), ("orders", "through"))),
    Rule(
        _auction_limit, (("orders", "auction"), ("orders", "auction_limit"), ("orders", "collar"))
    ),
)


def account_findings(
    of: Subject, tainted: frozenset[KeyPath], rules: Sequence[Rule] = RULES
) -> Iterator[Finding]:
    """What every rule finds in one account; ``tainted`` are the paths inside it already refused."""
    for rule in rules:
        if not any(overlap(use, path) for use in rule.uses for path in tainted):
            yield from rule.find(of)


def overlap(one: KeyPath, other: KeyPath) -> bool:
    """Whether one of the two paths lies inside the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
