"""The harvest scan of many accounts: how many one core looks through in a second.

    python -m benchmarks.tax.scan                         10,000 accounts, 6 names, 10 lots each
    python -m benchmarks.tax.scan --accounts 500 --lots 40

Accounts are drawn one after the other, each with a household of its own, and share the price
histories of a market that is made up. "plan" is what a plan asks (``promising``: names of which
nothing can pay are passed over), "every lot" all that ``trimtab harvest`` shows (``candidates``, a
verdict and a sentence for each lot); both must harvest the same. On one day the market has fallen,
on the other it has risen. Working the household's ledger out of its trades is told apart. Seconds
of processor time; memory is the most that was ever held.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

from benchmarks.tax.accounts import bars
from benchmarks.tax.market import Market, made_up
from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Bars,
    Environment,
    Instrument,
    Quote,
    Relief,
    Symbol,
)
from strategies.harvest import Candidate, Home, Taxes, Verdict, Wishes, candidates
from strategies.harvest.choose import promising
from strategies.lots import Lot
from strategies.policy import Policy, TaxPolicy
from strategies.policy.target import Target
from strategies.snapshot import Holding, Snapshot
from strategies.taxes.rates import Rates
from strategies.washes.ledger import household
from strategies.washes.nouns import BUY, TAXABLE, Trade

SESSIONS = 1_000
EVERY = 5.0
"""Seconds between two lines about how far it is."""
KIB_PER_MIB = 1024
SOLD = {Verdict.HARVEST, Verdict.SOLD_WITH}
NAV = 200_000
DAYS = {"fallen": 7, "risen": 17}
"""Seeds of markets: on the last day of the first 4 of 10 lots stand at a loss, of the other 2 of
100."""


@dataclass(frozen=True, slots=True)
class World:
    """What all accounts share: names, what stands for each, today's prices, and histories."""

    names: tuple[Symbol, ...]
    listed: Mapping[Symbol, tuple[Symbol, ...]]
    market: Market
    history: Mapping[Symbol, Bars]
    today: date

    @property
    def moment(self) -> datetime:
        """Of the look."""
        return datetime(self.today.year, self.today.month, self.today.day, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One account of a household of its own."""

    snapshot: Snapshot
    home: Home
    taxes: Taxes


def world(names: int, seed: int) -> World:
    """A market in which each name has two that move much like it."""
    held = tuple(Symbol(f"N{at:02}") for at in range(names))
    listed = {name: (Symbol(f"{name}A"), Symbol(f"{name}B")) for name in held}
    every = [*held, *(other for others in listed.values() for other in others)]
    market = made_up(seed, every, SESSIONS)
    last = SESSIONS - 1
    history = {symbol: bars(market, symbol, last) for symbol in every}
    return World(held, listed, market, history, market.days[last])


def draw(seed: int, of: World, lots: int) -> Drawn:
    """``lots`` of each name, bought over three years at the prices of their days."""
    dice = Random(seed)  # noqa: S311  # a draw, not a secret
    account = f"account {seed}"
    trades: list[Trade] = []
    held: dict[Symbol, tuple[Lot, ...]] = {}
    for name in of.names:
        made = [_bought(name, place, account, dice, of, lots) for place in range(lots)]
        made.sort(key=lambda trade: (trade.day, trade.lot))
        trades += made
        held[name] = tuple(
            Lot(one.lot, name, one.quantity, one.price, one.day, USD) for one in made
        )
    every = (*of.names, *(other for others in of.listed.values() for other in others))
    shot = Snapshot(
        account=AccountId(account),
        environment=Environment.PAPER,
        time=of.moment,
        session=of.today,
        base=USD,
        cash=Decimal(2_000),
        settled=Decimal(2_000),
        accrued=ZERO,
        holdings=tuple(_holding(name, held.get(name, ()), of) for name in every),
        history=of.history,
        relief=dice.choice((Relief.FIFO, Relief.HIFO)),
        is_first=False,
        last_traded=None,
    )
    gains = (Decimal(dice.choice((0, 0, 5_000, 50_000))) for _ in range(2))
    taxes = Taxes(Rates(Decimal("0.35"), Decimal("0.15")), *gains)
    return Drawn(shot, Home(household(trades, today=of.today)), taxes)


def _bought(  # a lot has all of these
    name: Symbol, place: int, account: str, dice: Random, of: World, lots: int
) -> Trade:
    at = dice.randrange(SESSIONS - 750, SESSIONS - 1)
    price = Decimal(f"{of.market.close[at, of.market.column(name)]:.2f}")
    dollars = NAV / len(of.names) / lots * dice.uniform(0.3, 1.7)
    quantity = (Decimal(dollars) / price).quantize(Decimal("0.000001"))
    day, lot = of.market.days[at], f"{name} {place}"
    return Trade(day, account, TAXABLE, name, BUY, quantity, price, ZERO, lot, "")


def _holding(name: Symbol, lots: Sequence[Lot], of: World) -> Holding:
    mid = Decimal(f"{of.market.close[SESSIONS - 1, of.market.column(name)]:.2f}")
    return Holding(
        symbol=name,
        quantity=sum((lot.quantity for lot in lots), ZERO),
        price=mid,
        fx=Decimal(1),
        quote=Quote(name, mid - Decimal("0.01"), mid + Decimal("0.01"), of.moment),
        instrument=Instrument(name, quantity_step=Decimal("0.000001")),
        lots=tuple(lots),
        adv_shares=Decimal(5_000_000),
    )


POLICY = Policy(AccountId("any"), Target("fixed", ()), tax=TaxPolicy())


@dataclass(slots=True)
class Sums:
    """Of all accounts: seconds of each part, lots, and lots that would be sold."""

    accounts: int = 0
    lots: int = 0
    sold: int = 0
    harvesting: int = 0
    drawing: float = 0.0
    plan: float = 0.0
    every_lot: float = 0.0
    differ: int = 0


def scan(seed: int, of: World, lots: int, sums: Sums) -> None:
    """One account, in both ways."""
    began = spent()
    one = draw(seed, of, lots)
    asked = (one.snapshot, POLICY, one.home, one.taxes, Wishes(), of.listed)
    drawn = spent()
    brief = promising(*asked)
    middle = spent()
    full = candidates(*asked)
    sums.drawing += drawn - began
    sums.plan += middle - drawn
    sums.every_lot += spent() - middle
    sums.accounts += 1
    sums.lots += len(full)
    sums.sold += len(sold(brief))
    sums.harvesting += bool(sold(brief))
    sums.differ += sold(brief) != sold(full)


def sold(rows: Sequence[Candidate]) -> list[Candidate]:
    """What would be sold."""
    return [row for row in rows if row.verdict in SOLD]


def scan_all(day: str, asked: argparse.Namespace) -> Sums:
    """Every account of one day; a line on the error stream says how far it is."""
    of, sums, began = world(asked.names, DAYS[day]), Sums(), time.monotonic()
    said = began
    for seed in range(asked.accounts):
        scan(seed, of, asked.lots, sums)
        if (now := time.monotonic()) - said > EVERY:
            left = (now - began) / (seed + 1) * (asked.accounts - seed - 1)
            text = f"{day}: {seed + 1:,} of {asked.accounts:,}, about {left:.0f} s left"
            print(text, file=sys.stderr, flush=True)
            said = now
    return sums


def memory_mib() -> float:
    """The most that was ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB


def main() -> int:
    """Scan all, and say how quickly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--names", type=int, default=6)
    parser.add_argument("--lots", type=int, default=10, help="of each name")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {day: scan_all(day, asked) for day in DAYS}
    differ = sum(sums.differ for sums in found.values())
    if asked.json:
        days = {day: asdict(sums) for day, sums in found.items()}
        print(json.dumps({"days": days, "memory_mib": memory_mib()}))
        return 1 if differ else 0
    for day, sums in found.items():
        told = f"{sums.accounts:,} accounts, {sums.lots:,} lots, {sums.harvesting:,} harvest"
        print(f"market {day}: {told}")
        for what, seconds in (("plan", sums.plan), ("every lot", sums.every_lot)):
            print(f"  {what:<10} {sums.accounts / seconds:>8,.0f} accounts/s {seconds:>7.1f} s")
        print(f"  {'ledgers':<10} {sums.accounts / sums.drawing:>8,.0f} accounts/s, from trades")
    print(f"memory {memory_mib():.0f} MiB; {differ} accounts in which both ways differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
