"""What all lots of one account are judged by, gathered once; and the day as it goes on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import Symbol
from strategies.harvest.ladder import Known, known_lots
from strategies.harvest.nouns import Taxes, Wishes
from strategies.policy import Policy
from strategies.snapshot import Holding, Snapshot
from strategies.washes.enforce import recent_groups
from strategies.washes.home import Home
from strategies.washes.nouns import Disposal, Household, OpenLot
from strategies.washes.queries import Locked, locks

Listed = Mapping[Symbol, tuple[Symbol, ...]]
"""What the owner would buy in place of a name, best first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One account, its household, and what the owner wishes.

    ``groups`` are parts of the household, each with the lots of one group of identical securities;
    ``locked`` are the groups of which a buy today would take a loss away, ``recent`` those of which
    something was bought of late, or is being bought.
    """

    snapshot: Snapshot
    policy: Policy
    home: Home
    taxes: Taxes
    wishes: Wishes
    listed: Listed
    known: Known
    groups: Mapping[str, Household]
    locked: Mapping[str, Locked]
    recent: frozenset[str]
    holdings: Mapping[Symbol, Holding]
    nav: Decimal

    def group(self, symbol: str) -> str:
        """The group of identical securities that ``symbol`` belongs to."""
        return self.home.ledger.group(symbol)


@dataclass(frozen=True, slots=True)
class Day:
    """What is decided so far: the year with it, and which groups are sold at a loss or bought.

    ``bought`` says of a group in place of what it is bought.
    """

    taxes: Taxes
    sold: frozenset[str]
    bought: Mapping[str, Symbol]


def scene(  # what a harvest must know
    snapshot: Snapshot,
    policy: Policy,
    home: Home,
    taxes: Taxes,
    wishes: Wishes,
    listed: Listed,
) -> Scene:
    """Gather it."""
    return Scene(
        snapshot,
        policy,
        home,
        taxes,
        wishes,
        listed,
        known_lots(home),
        _groups(home.ledger),
        {one.group: one for one in locks(home.ledger, snapshot.session)},
        recent_groups(home, snapshot.session),
        {holding.symbol: holding for holding in snapshot.holdings},
        snapshot.nav,
    )


def _groups(household: Household) -> dict[str, Household]:
    lots = defaultdict[str, list[OpenLot]](list)
    for lot in household.open_lots:
        lots[household.group(lot.symbol)].append(lot)
    sold = defaultdict[str, list[Disposal]](list)
    for one in household.disposals:
        sold[household.group(one.symbol)].append(one)
    sheltered = defaultdict[str, list[Disposal]](list)
    for one in household.sheltered:
        sheltered[household.group(one.symbol)].append(one)
    return {
        group: replace(
            household,
            open_lots=tuple(held),
            disposals=tuple(sold[group]),
            sheltered=tuple(sheltered[group]),
        )
        for group, held in lots.items()
    }
