"""Random households whose trades lie so close together that most losses are washed, some in chains.

``household(seed)`` draws one: two taxable accounts and one that is sheltered, one to three symbols,
five to forty trades within four months and a few of a year before, on days that are often exactly
29, 30 or 31 apart; purchases filled in parts, reinvested dividends, fractions to nine places,
splits, sales of named lots and of whatever the broker's method takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from strategies.washes.nouns import BUY, OWNER_SAYS, REINVEST, SELL, SPLIT, Trade
from tests.strategies.washes.brute import Piece, World, work_out

ZERO = Decimal(0)
BEGINNINGS = (date(2023, 11, 20), date(2024, 1, 10), date(2022, 12, 1), date(2021, 6, 15))
UNITS = ("1", "1", "0.5", "0.25", "0.1", "0.001", "0.333333333", "0.123456789", "1.000000001")
RATIOS = ("2", "2", "3", "1.5", "0.5")
HALVING = ("2", "4", "0.5")
"""Splits that leave no thirds when shares of two securities are told apart by them."""
SHELTERS = ("ira", "ira", "roth", "hsa", "401k")
METHODS = ("fifo", "lifo", "hifo", "lofo")
NEAR = (-31, -30, -29, 29, 30, 31)


@dataclass(frozen=True, slots=True)
class Household:
    """What happened, and what the law makes of it share by share."""

    world: World
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Draw:
    """What one household has in common while its trades are drawn."""

    dice: Random
    begin: date
    unit: Decimal
    accounts: Mapping[str, str]
    symbols: Sequence[str]
    prices: Sequence[Decimal]
    naming: float
    names: Mapping[str, Iterator[str]]
    days: list[date] = field(default_factory=list)
    sold: list[tuple[date, Trade]] = field(default_factory=list)

    def day(self) -> date:
        """A day of the four months, or of the year before them, or near another trade's window."""
        roll = self.dice.random()
        if self.days and roll < 0.3:
            day = self.dice.choice(self.days) + timedelta(days=self.dice.choice(NEAR))
        elif roll < 0.4:
            day = self.begin - timedelta(days=self.dice.randint(330, 370))
        else:
            day = self.begin + timedelta(days=self.dice.randint(0, 120))
        self.days.append(day)
        return day

    def quantity(self, most: int) -> Decimal:
        """A few units."""
        return self.unit * self.dice.randint(1, most)

    def fee(self) -> Decimal:
        """Usually none."""
        return Decimal(self.dice.choice((0, 0, 0, 1, 99, 195))) / 100


def household(seed: int) -> Household:
    """The household of ``seed``: its trades in no particular order."""
    dice = Random(seed)  # noqa: S311  # a draw, not a secret
    is_split = dice.random() < 0.3
    draw = _begun(dice, "0.01" if is_split else dice.choice(UNITS))
    grouped = len(draw.symbols) > 1 and dice.random() < 0.4
    count = dice.randint(5, 40)
    buys = [trade for _ in range(count) for trade in _bought(draw)][: max(3, count // 2)]
    splits = _splits(draw, HALVING if grouped else RATIOS) if is_split else []
    sells = [_sold(draw, buys) for _ in range(count - len(buys))]
    trades = [*buys, *splits, *(sale for sale in sells if sale)]
    dice.shuffle(trades)
    world = World(
        trades=tuple(trades),
        group_of={"X": "XY", "Y": "XY"} if grouped else {},
        relief=dice.choice(METHODS),
        outside=frozenset({dice.choice(OWNER_SAYS)} if dice.random() < 0.2 else ()),
    )
    return _possible(world)


def _begun(dice: Random, unit: str) -> Draw:
    accounts = {"mine": "taxable", "hers": "taxable", "old age": dice.choice(SHELTERS)}
    names = [f"L{number}" for number in range(10, 60)]
    level = dice.choice((10, 100, 3))
    return Draw(
        dice=dice,
        begin=dice.choice(BEGINNINGS),
        unit=Decimal(unit),
        accounts=accounts,
        symbols="XYZ"[: dice.choice((1, 1, 2, 3))],
        prices=[Decimal(dice.randint(80, 120) * level) / 100 for _ in range(dice.choice((3, 9)))],
        naming=dice.choice((0.0, 0.5, 1.0)),
        names={account: iter(dice.sample(names, 50)) for account in accounts},
    )


def _bought(draw: Draw) -> Iterator[Trade]:
    """A purchase, in parts perhaps, or a dividend that is reinvested."""
    dice = draw.dice
    account, kind = dice.choice(tuple(draw.accounts.items()))
    parts = dice.choice((1, 1, 1, 1, 2, 3))
    is_dividend = parts == 1 and dice.random() < 0.15
    name, day, symbol = next(draw.names[account]), draw.day(), dice.choice(draw.symbols)
    for part in range(parts):
        yield Trade(
            day=day + timedelta(days=dice.choice((0, 0, 0, 1)) if part else 0),
            account=account,
            kind=kind,
            symbol=symbol,
            side=REINVEST if is_dividend else BUY,
            quantity=draw.quantity(2 if is_dividend else 6),
            price=dice.choice(draw.prices),
            fee=ZERO if is_dividend else draw.fee(),
            lot=name if parts == 1 else f"{name}{'abc'[part]}",
            order=name if parts > 1 or dice.random() < 0.1 else "",
        )


def _splits(draw: Draw, ratios: Sequence[str]) -> list[Trade]:
    """One or two splits of a symbol."""
    account, kind = draw.dice.choice(tuple(draw.accounts.items()))
    symbol = draw.dice.choice(draw.symbols)
    first = draw.begin + timedelta(days=draw.dice.randint(0, 120))
    days = (first, first + timedelta(days=40))[: draw.dice.choice((1, 1, 2))]
    row = Trade(first, account, kind, symbol, SPLIT, ZERO, ZERO, ZERO, "", "")
    return [replace(row, day=day, quantity=Decimal(draw.dice.choice(ratios))) for day in days]


def _sold(draw: Draw, buys: Sequence[Trade]) -> Trade | None:
    """A sale of what was bought before, of named lots perhaps; None where there is nothing."""
    dice, day = draw.dice, draw.day()
    held = [buy for buy in buys if buy.day <= day]
    if draw.sold and dice.random() < 0.2:  # on one day, of one security, another sale
        day, one = dice.choice(draw.sold)
        held = [buy for buy in buys if buy.day <= day]
    elif held:
        one = dice.choice(held)
    else:
        return None
    draw.sold.append((day, one))
    same = [b for b in held if (b.account, b.symbol) == (one.account, one.symbol)]
    named = dice.sample(same, min(len(same), dice.choice((1, 1, 2, 3))))
    is_named = dice.random() < draw.naming
    bought = sum((buy.quantity for buy in (named if is_named else same)), ZERO)
    most = max(1, min(9, int(bought / draw.unit)))
    return Trade(
        day=day,
        account=one.account,
        kind=one.kind,
        symbol=one.symbol,
        side=SELL,
        quantity=draw.quantity(most),
        price=dice.choice(draw.prices),
        fee=draw.fee(),
        lot=";".join(buy.lot for buy in named) if is_named else "",
        order="",
    )


def _possible(world: World) -> Household:
    """Without the sales that take more than is left."""
    refused: list[Trade] = []
    pieces = work_out(world, refused=refused)
    kept = tuple(trade for trade in world.trades if not any(trade is one for one in refused))
    return Household(replace(world, trades=kept), pieces)
