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
from strategies.harvest.ladder import Rung, ladder
from strategies.harvest.nouns import Candidate, Home, Taxes, Verdict, Wishes
from strategies.harvest.rows import row
from strategies.harvest.scene import Day, Listed, Scene, scene
from strategies.harvest.tracking import NOTHING, Moves, moves
from strategies.harvest.weigh import Weighed, weigh
from strategies.harvest.year import after
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Holding, Snapshot

LEAST = Decimal("-Infinity")
"""A name without a loss comes last."""

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
    names = [name for held in snapshot.holdings for name in _name(held, seen)]
    day = Day(taxes, frozenset(), MappingProxyType({}))
    alone = sorted(names, key=lambda name: -_worth(_weighed(name, seen, day)))
    rows: list[Candidate] = []
    for name in alone:
        weighed = _weighed(name, seen, day)
        chosen = _chosen(weighed)
        rows += _rows(name, weighed, chosen, seen)
        day = day if chosen is None else _next(day, weighed[chosen], name, seen)
    return tuple(rows)


def _name(holding: Holding, seen: Scene) -> Iterator[Name]:
    rungs = ladder(holding, seen.snapshot, seen.policy.tax, seen.home, seen.known)
    if not rungs:
        return
    if not any(rung.is_loss for rung in rungs):
        yield Name(rungs, (), NOTHING)
        return
    listed = (holding.symbol, *seen.listed.get(holding.symbol, ()))
    moved = moves([*dict.fromkeys(listed)], seen.snapshot.history)
    every = tuple(deals(rungs, holding, seen, moved.volatility(holding.symbol)))
    yield Name(rungs, every, moved)


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
