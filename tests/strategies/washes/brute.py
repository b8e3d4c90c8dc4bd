"""The wash-sale rule share by share, slow and obvious: what the ledger is held against.

Written from the law alone: 26 U.S.C. 1091(a) to (d) and 1223(3), 26 CFR 1.1091-1 and 1.1091-2,
Publication 550, Rev. Rul. 2008-5 and 66-7. Every purchase is cut into its smallest common fraction
of a share, each fraction is bought once and sold at most once, and each sentence of the rule is one
loop or one line over all of them. ``Law`` holds those sentences; a test changes one at a time and
looks whether the comparison notices.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from math import gcd, prod

from strategies.washes.nouns import BUY, REINVEST, SELL, SPLIT, TAXABLE, Trade


@dataclass(frozen=True, slots=True)
class Law:
    """Each sentence of the rule as it stands."""

    days_before: int = 30
    days_after: int = 30
    first_bought_first: bool = True
    order_of_disposition: bool = True
    basis_moves: bool = True
    holding_period_moves: bool = True
    ira_receives_basis: bool = False
    ira_counts: bool = True
    spouse_counts: bool = True
    purchase_replaces_itself: bool = False
    sale_replaces_itself: bool = False
    share_replaces_twice: bool = False
    sold_share_replaces: bool = False
    anniversary_is_long: bool = False
    named_lots_count: bool = True


AS_IT_STANDS = Law()

WRONG: Mapping[str, Law] = {
    "29 days before": Law(days_before=29),
    "31 days before": Law(days_before=31),
    "29 days after": Law(days_after=29),
    "31 days after": Law(days_after=31),
    "the last bought replaces first": Law(first_bought_first=False),
    "the last bought loses first": Law(order_of_disposition=False),
    "the loss is gone": Law(basis_moves=False),
    "the holding period starts anew": Law(holding_period_moves=False),
    "an IRA's basis grows": Law(ira_receives_basis=True),
    "an IRA is another person's": Law(ira_counts=False),
    "so is another account": Law(spouse_counts=False),
    "what is left of a purchase replaces": Law(purchase_replaces_itself=True),
    "what is sold together replaces": Law(sale_replaces_itself=True),
    "a share replaces twice": Law(share_replaces_twice=True),
    "what was sold before replaces": Law(sold_share_replaces=True),
    "the anniversary is long": Law(anniversary_is_long=True),
    "named lots are not heeded": Law(named_lots_count=False),
}
"""The rule with one sentence wrong, by what is wrong."""


class Oversold(Exception):
    """A sale takes more than is held of what it names."""

    def __init__(self, sale: Trade) -> None:
        super().__init__(f"{sale} takes more than is held")
        self.sale = sale


@dataclass(slots=True, eq=False)
class Share:
    """The smallest fraction of a share: bought once, sold at most once.

    ``size`` is what it stands for in shares of the day, ``place`` its place among those of its lot.
    ``turn`` counts the losses that purchases have taken away, up to the one that this one took.
    ``is_done`` once its own loss was looked at: from then on it is gone and replaces nothing.
    """

    lot: str
    account: str
    kind: str
    symbol: str
    purchase: tuple[str, ...]
    bought: date
    place: tuple[int, ...]
    size: Fraction
    basis: Fraction
    held_since: date
    turn: int | None = None
    sale: Trade | None = None
    proceeds: Fraction = Fraction(0)
    replaced_by: "Share | None" = None
    is_done: bool = False

    @property
    def loss(self) -> Fraction:
        """How far the sale fell short of the basis; negative for a gain."""
        return self.basis - self.proceeds

    @property
    def replaces(self) -> bool:
        """Whether it has taken a loss away."""
        return self.turn is not None

    @property
    def order(self) -> tuple[object, ...]:
        """Order of purchase, lots of one day by name; in a lot, what took up a loss first."""
        return (self.bought, self.lot, self.account, not self.replaces, self.turn, self.place)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a loss went; ``quantity`` as of the day of the loss."""

    lot: str
    account: str
    symbol: str
    acquired: date
    quantity: Fraction
    loss: Fraction
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Shares of one lot and one sale (or none) with one basis each and one holding period."""

    lot: str
    account: str
    kind: str
    symbol: str
    purchase: tuple[str, ...]
    acquired: date
    held_since: date
    sold: date | None
    quantity: Fraction
    proceeds: Fraction
    basis: Fraction
    disallowed: Fraction
    lost: Fraction
    unreplaced: Fraction
    free: Fraction
    term: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class World:
    """The trades, which securities are substantially identical, and how a broker relieves lots.

    ``outside`` are the kinds of account whose purchases the owner has said to replace nothing.
    """

    trades: Sequence[Trade]
    group_of: Mapping[str, str] = field(default_factory=dict)
    relief: str = "fifo"
    outside: frozenset[str] = frozenset()

    def group(self, symbol: str) -> str:
        """The group of ``symbol``, which is itself where nobody says more."""
        return self.group_of.get(symbol, symbol)

    def growth(self, symbol: str, after: date, until: date = date.max) -> Fraction:
        """How many shares one share of a day became by another, by splits."""
        told = {
            (t.day, t.quantity)
            for t in self.trades
            if t.side == SPLIT and t.symbol == symbol and after < t.day <= until
        }
        return prod((Fraction(ratio) for _, ratio in told), start=Fraction(1))


RELIEF: Mapping[str, Callable[[Share], tuple[object, ...]]] = {
    "fifo": lambda s: s.order,
    "lifo": lambda s: (-s.bought.toordinal(), *s.order),
    "hifo": lambda s: (-s.basis / s.size, *s.order),
    "lofo": lambda s: (s.basis / s.size, *s.order),
}


def work_out(
    world: World, law: Law = AS_IT_STANDS, refused: list[Trade] | None = None
) -> tuple[Piece, ...]:
    """All that was sold and all that is held, in pieces.

    Sales of more than is held go to ``refused`` and are as if they had not been; without it they
    raise ``Oversold``.
    """
    shares = all_bought(world)
    for day, rows in groupby(sorted(world.trades, key=lambda t: t.day), key=lambda t: t.day):
        today = list(rows)
        for symbol, ratio in {(t.symbol, t.quantity) for t in today if t.side == SPLIT}:
            split(shares, symbol, Fraction(ratio), day)
        for sale in sales_of_a_day(today, law):
            taken = chosen(shares, sale, world.relief, law)
            if taken:
                sell(taken, sale)
            elif refused is None:
                raise Oversold(sale)
            else:
                refused.append(sale)
        wash(shares, day, world, law)
    return tuple(pieces(shares, law))


def all_bought(world: World) -> list[Share]:
    """Every fraction ever bought, of a size that fits into every trade; first bought first."""
    grown = [(t, world.growth(t.symbol, t.day)) for t in world.trades if t.side != SPLIT]
    unit = dict[str, Fraction]()
    for trade, growth in grown:
        group, quantity = world.group(trade.symbol), Fraction(trade.quantity) * growth
        unit[group] = common(unit.get(group, quantity), quantity)
    shares = [
        share
        for trade, growth in grown
        if trade.side in {BUY, REINVEST}
        for share in cut(trade, unit[world.group(trade.symbol)] / growth)
    ]
    return sorted(shares, key=lambda s: s.order)


def common(a: Fraction, b: Fraction) -> Fraction:
    """The greatest number of which both are whole multiples."""
    return Fraction(
        gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator
    )


def cut(buy: Trade, size: Fraction) -> Iterator[Share]:
    """The fractions of one purchase; what it cost, fee and all, spread evenly."""
    count = Fraction(buy.quantity) / size
    assert count.denominator == 1
    basis = (Fraction(buy.quantity) * Fraction(buy.price) + Fraction(buy.fee)) / count
    purchase = ("one order", "", buy.order) if buy.order else (buy.account, buy.lot)
    for place in range(count.numerator):
        yield Share(
            buy.lot, buy.account, buy.kind, buy.symbol, purchase, buy.day, (place,), size, basis,
            buy.day,
        )  # fmt: skip


def halve(shares: list[Share], share: Share, size: Fraction) -> Share:
    """Leave ``size`` in ``share``, and put what is over beside it as another: that one."""
    part = size / share.size
    rest = replace(
        share,
        place=(*share.place, 1),
        size=share.size - size,
        basis=share.basis * (1 - part),
        proceeds=share.proceeds * (1 - part),
    )
    share.place, share.size = (*share.place, 0), size
    share.basis, share.proceeds = share.basis * part, share.proceeds * part
    shares.insert(shares.index(share) + 1, rest)
    return rest


def split(shares: Iterable[Share], symbol: str, ratio: Fraction, day: date) -> None:
    """Each share held overnight is ``ratio`` shares from this day on."""
    for share in shares:
        if share.symbol == symbol and share.bought < day and share.sale is None:
            share.size *= ratio


def sales_of_a_day(today: Iterable[Trade], law: Law) -> list[Trade]:
    """Sales that name lots take theirs before the others choose; of these the lower price first."""
    sales = [t for t in today if t.side == SELL]
    return sorted(
        sales, key=lambda t: (law.named_lots_count and not t.lot, t.price, t.quantity, t.fee, t.lot)
    )


def chosen(shares: list[Share], sale: Trade, relief: str, law: Law) -> list[Share]:
    """The shares that the sale takes of those that it names, or by the broker's method.

    Nothing where there are not enough.
    """
    mine = (sale.account, sale.symbol, None)
    held = [s for s in shares if (s.account, s.symbol, s.sale) == mine and s.bought <= sale.day]
    if sale.lot and law.named_lots_count:
        names = sale.lot.split(";")
        held = [s for s in held if s.lot in names]
        queue = sorted(held, key=lambda s: (names.index(s.lot), *s.order))
    else:
        queue = sorted(held, key=RELIEF[relief])
    left, taken = Fraction(sale.quantity), list[Share]()
    while queue and left:
        share = queue.pop(0)
        if share.size > left:
            halve(shares, share, left)
        taken.append(share)
        left -= share.size
    return [] if left else taken


def sell(taken: Sequence[Share], sale: Trade) -> None:
    """What the sale brought, less its fee, spread evenly."""
    net = Fraction(sale.quantity) * Fraction(sale.price) - Fraction(sale.fee)
    for share in taken:
        share.sale, share.proceeds = sale, net * share.size / Fraction(sale.quantity)


def wash(shares: list[Share], day: date, world: World, law: Law) -> None:
    """Look at every loss of ``day``, and move each that a purchase replaces (1091(a)).

    Losses of one day come in the order in which the shares were bought (1.1091-1(b)). What becomes
    a loss only by a loss that moves to it comes after them: of this the law says nothing.
    """
    while losses := losses_of(shares, day):
        while losses:
            first = min if law.order_of_disposition else max
            loser = first(losses, key=lambda s: s.order)
            losses.remove(loser)
            loser.is_done = True
            # 1.1091-1(c), (d): shares bought are matched with shares sold in order of purchase.
            bought = shares if law.first_bought_first else shares[::-1]
            new = next((s for s in bought if may_replace(s, loser, world, law)), None)
            if new:
                for whole, rest in as_many(shares, loser, new, world):
                    if whole is loser or whole in losses:
                        losses.append(rest)
                new.turn = sum(s.replaces for s in shares)
                move(loser, new, law)


def losses_of(shares: Iterable[Share], day: date) -> list[Share]:
    """Losses of ``day`` that were not looked at so far; those of an IRA are not the taxpayer's."""
    return [
        s
        for s in shares
        if s.sale and s.sale.day == day and s.kind == TAXABLE and not s.is_done and s.loss > 0
    ]


def as_many(
    shares: list[Share], old: Share, new: Share, world: World
) -> Iterator[tuple[Share, Share]]:
    """Make both as large as the smaller is on the day of the loss; what is cut, and what is over.

    Fractions of one security always are: only another's split can tell them apart.
    """
    assert old.sale
    growth = world.growth(new.symbol, old.sale.day, new.bought)
    if old.size * growth > new.size:
        rest = halve(shares, old, new.size / growth)
        rest.is_done = False
        yield old, rest
    elif old.size * growth < new.size:
        yield new, halve(shares, new, old.size * growth)


def may_replace(new: Share, old: Share, world: World, law: Law) -> bool:
    """Whether the purchase of ``new`` takes away the loss on ``old``."""
    return not any(hindrances(new, old, world, law))


def hindrances(new: Share, old: Share, world: World, law: Law) -> Iterator[bool]:
    """Each thing that keeps the purchase of ``new`` from taking away the loss on ``old``."""
    assert old.sale
    days_later = (new.bought - old.sale.day).days
    # It is disregarded for any other loss once it has taken one away (1.1091-1(e)).
    yield new.replaces and not law.share_replaces_twice
    # Only 30 days before to 30 days after the sale count (1091(a)).
    yield not -law.days_before <= days_later <= law.days_after
    # Only substantially identical stock does (1091(a)).
    yield world.group(new.symbol) != world.group(old.symbol)
    # What is left of the same purchase is not bought anew (Rev. Rul. 56-602).
    yield new is old or (new.purchase == old.purchase and not law.purchase_replaces_itself)
    # What was sold together with it is not held in its place.
    yield new.sale is old.sale and not law.sale_replaces_itself
    # Every account of the taxpayer counts, and the spouse's (Publication 550),
    yield new.account != old.account and not law.spouse_counts
    # an IRA, too (Rev. Rul. 2008-5); others as the owner says.
    yield new.kind in world.outside or (new.kind != TAXABLE and not law.ira_counts)
    # What was sold before can take up neither basis nor holding period: the law is silent.
    was_sold_before = new.is_done or (new.sale is not None and new.sale.day < old.sale.day)
    yield was_sold_before and not law.sold_share_replaces


def move(old: Share, new: Share, law: Law) -> None:
    """Take the loss on ``old`` away, and give it to the basis of ``new`` with the days held."""
    assert old.sale
    old.replaced_by = new
    if new.kind != TAXABLE and not law.ira_receives_basis:
        return  # no basis in an IRA is increased (Rev. Rul. 2008-5)
    if law.basis_moves:
        new.basis += old.loss  # 1091(d)
    if law.holding_period_moves:
        new.held_since -= old.sale.day - old.held_since  # 1223(3)


def term(held_since: date, sold: date, law: Law) -> str:
    """Long after a year, counted by calendar months from the day after (Rev. Rul. 66-7).

    A month that begins on the 29th of February has ended with the last of next year's.
    """
    begun = held_since + timedelta(days=1)
    is_leap_day = (begun.month, begun.day) == (2, 29)
    over = date(begun.year + 1, 3, 1) if is_leap_day else begun.replace(year=begun.year + 1)
    if law.anniversary_is_long:
        over -= timedelta(days=1)
    return "long" if sold >= over else "short"


def pieces(shares: Iterable[Share], law: Law) -> Iterator[Piece]:
    """Shares of one lot, one sale, one basis each and one holding period make one piece."""
    together = defaultdict[tuple[object, ...], list[Share]](list)
    for share in shares:
        key = (
            share.account,
            share.symbol,
            share.lot,
            id(share.sale),
            share.held_since,
            share.basis / share.size,
        )
        together[key].append(share)
    for some in together.values():
        yield piece(some, law)


def piece(some: Sequence[Share], law: Law) -> Piece:
    """The sum of ``some``."""
    one, moves = some[0], tuple(moved(some))
    return Piece(
        lot=one.lot,
        account=one.account,
        kind=one.kind,
        symbol=one.symbol,
        purchase=one.purchase,
        acquired=one.bought,
        held_since=one.held_since,
        sold=one.sale.day if one.sale else None,
        quantity=total(s.size for s in some),
        proceeds=total(s.proceeds for s in some),
        basis=total(s.basis for s in some),
        disallowed=total(m.loss for m in moves),
        lost=total(m.loss for m in moves if m.is_lost),
        unreplaced=total(s.size for s in some if s.is_done and not s.replaced_by),
        free=total(s.size for s in some if not s.replaces),
        term=term(one.held_since, one.sale.day, law) if one.sale else "",
        moves=moves,
    )


def moved(some: Iterable[Share]) -> Iterator[Move]:
    """Where their losses went, a row for each lot."""
    together = defaultdict[tuple[str, str], list[Share]](list)
    for share in some:
        if share.replaced_by:
            together[share.replaced_by.account, share.replaced_by.lot].append(share)
    for shares in together.values():
        new = shares[0].replaced_by
        assert new
        yield Move(
            lot=new.lot,
            account=new.account,
            symbol=new.symbol,
            acquired=new.bought,
            quantity=total(s.size for s in shares),
            loss=total(s.loss for s in shares),
            is_lost=new.kind != TAXABLE,
        )


def total(numbers: Iterable[Fraction]) -> Fraction:
    """Their sum, exact."""
    return sum(numbers, Fraction(0))
