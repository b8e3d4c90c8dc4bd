"""Every lot of an account with its dollars and its verdict, one name after the other.

Losses compete for the same gains, so names are worked through from the one that is worth most
alone, and each is weighed against the year as those before it leave it. Of one name as many lots
are sold, in the broker's order, as are worth most together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from brokers.words import ZERO, Symbol
from strategies.harvest.deals import Deal, deals
from strategies.harvest.ladder import Rung, ladder, symbol_of
from strategies.harvest.nouns import Candidate, Taxes, Verdict, Wishes
from strategies.harvest.rows import row
from strategies.harvest.scene import Day, Listed, Scene, scene
from strategies.harvest.tracking import NOTHING, Moves, moves
from strategies.harvest.weigh import Weighed, weigh
from strategies.harvest.year import after
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Holding, Snapshot
from strategies.washes.home import Home

LEAST = Decimal("-Infinity")
"""A name without a loss comes last."""

SLACK = Decimal(1)
"""A dollar: what is reckoned to the cent may be rounded up."""

NO_SUBSTITUTES: Mapping[Symbol, tuple[Symbol, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Name:
    """One name: its lots in the broker's order, and the sales that are worth a look."""

    rungs: tuple[Rung, ...]
    deals: tuple[Deal, ...]
    moved: Moves


def candidates(
    snapshot: Snapshot,
    policy: Policy,
    home: Home,
    taxes: Taxes,
    wishes: Wishes = Wishes(),  # noqa: B008  # frozen
    listed: Listed = NO_SUBSTITUTES,
) -> tuple[Candidate, ...]:
    """Every lot of a taxable account, those that are worth most first; of others none.

    ``home`` must have the account's own trades, too, under its name, each buy with the lot that the
    snapshot has. ``taxes`` are of the year of the snapshot's session. ``listed`` are the owner's
    substitutes. Of one name the lots are in the order in which the broker sells them.
    """
    if policy.tax.kind is not TaxKind.TAXABLE:
        return ()
    seen = scene(snapshot, policy, home, taxes, wishes, listed)
    ladders = [_ladder(held, seen) for held in snapshot.holdings]
    return _judged([_name(rungs, seen) for rungs in ladders if rungs], seen)


def promising(  # as above
    snapshot: Snapshot,
    policy: Policy,
    home: Home,
    taxes: Taxes,
    wishes: Wishes = Wishes(),  # noqa: B008  # frozen
    listed: Listed = NO_SUBSTITUTES,
) -> tuple[Candidate, ...]:
    """``candidates`` without the names of which nothing can be harvested, whatever else is.

    What is harvested is the same: these names are only not weighed, which takes the time.
    """
    if policy.tax.kind is not TaxKind.TAXABLE or home.doubts:
        return ()
    seen = scene(snapshot, policy, home, taxes, wishes, listed)
    ladders = [_ladder(held, seen) for held in snapshot.holdings if seen.listed.get(held.symbol)]
    return _judged([_name(rungs, seen) for rungs in ladders if _may_pay(rungs, seen)], seen)


def _may_pay(rungs: Sequence[Rung], seen: Scene) -> bool:
    """Whether all of its losses, at the highest rate and for nothing, net what the owner asks."""
    rates = seen.taxes.rates
    rate = max(rates.short, rates.long, rates.ordinary)
    pieces = (piece for rung in rungs for piece in rung.pieces)
    price = rungs[0].price if rungs else ZERO
    most = sum((max(ZERO, one.basis - price * one.quantity) for one in pieces), ZERO) * rate
    return most > 0 and most + SLACK >= seen.wishes.net_min


def _judged(names: Sequence[Name], seen: Scene) -> tuple[Candidate, ...]:
    """All rows, each name against the year as those before it leave it."""
    day = Day(seen.taxes, frozenset(), MappingProxyType({}))
    alone = [(name, _weighed(name, seen, day)) for name in names]
    rows: list[Candidate] = []
    is_first = True
    for name, by_itself in sorted(alone, key=lambda each: -_worth(each[1])):
        weighed = by_itself if is_first else _weighed(name, seen, day)
        chosen = _chosen(weighed)
        rows += _rows(name, weighed, chosen, seen)
        if chosen is not None:
            day, is_first = _next(day, weighed[chosen], name, seen), False
    return tuple(rows)


def _ladder(holding: Holding, seen: Scene) -> tuple[Rung, ...]:
    return ladder(holding, seen.snapshot, seen.policy, seen.home, seen.known)


def _name(rungs: tuple[Rung, ...], seen: Scene) -> Name:
    if not any(rung.is_loss for rung in rungs):
        return Name(rungs, (), NOTHING)
    symbol = symbol_of(rungs)
    listed = dict.fromkeys((symbol, *seen.listed.get(symbol, ())))
    moved = moves(tuple(listed), seen.snapshot.history)
    every = tuple(deals(rungs, seen.holdings[symbol], seen, moved.volatility(symbol)))
    return Name(rungs, every, moved)


def _weighed(name: Name, seen: Scene, day: Day) -> tuple[Weighed, ...]:
    return tuple(weigh(deal, name.moved, seen, day) for deal in name.deals)


def _chosen(weighed: Sequence[Weighed]) -> int | None:
    """The place of the sale that is worth most, of those that nothing speaks against."""
    fine = [place for place, one in enumerate(weighed) if one.verdict is Verdict.HARVEST]
    return max(fine, key=lambda place: (weighed[place].kept.net, -place), default=None)


def _worth(weighed: Sequence[Weighed]) -> Decimal:
    """What a name is worth alone; one that is not harvested comes after those that are."""
    chosen = _chosen(weighed)
    if chosen is not None:
        return weighed[chosen].kept.net
    return min(ZERO, max((one.kept.net for one in weighed), default=LEAST))


def _next(day: Day, done: Weighed, name: Name, seen: Scene) -> Day:
    """The day with this harvest in it."""
    symbol = name.rungs[0].lot.symbol
    substitute = done.substitute
    assert substitute is not None, "a harvest has one"
    return replace(
        day,
        taxes=after(day.taxes, done.deal.short, done.deal.long),
        sold=day.sold | {seen.group(symbol)},
        bought={**day.bought, seen.group(substitute.symbol): symbol},
    )


def _rows(
    name: Name, weighed: Sequence[Weighed], chosen: int | None, seen: Scene
) -> Iterator[Candidate]:
    for place in range(len(name.rungs)):
        yield row(name.rungs, place, weighed, chosen, seen)
