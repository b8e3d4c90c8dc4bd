"""Households to live through years: drawn from a seed, so that each differs from the next.

Portfolios of ETFs in which another stands for each, a taxable account that harvests, an IRA with
the same names, in some a second taxable account; deposits every month, dividends as cash or
reinvested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import partial
from random import Random

import numpy as np

from benchmarks.tax.living import Member, Setup
from benchmarks.tax.market import HISTORY, Array, Market
from brokers.words import AccountId, Relief, Symbol
from strategies.policy import OrderPolicy, Policy, TaxKind, TaxPolicy
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy

D = Decimal
PAIRS = {
    "VTI": ("SPY",),
    "SPY": ("VTI",),
    "IWM": ("MDY",),
    "EFA": ("IEV",),
    "IEF": ("TLT",),
    "AGG": ("IEF",),
    "LQD": ("AGG",),
    "VNQ": ("IYR",),
}
"""Another index each, so that the two are not taken to be substantially identical."""

MIXES = {
    "60/40": {"VTI": "0.40", "EFA": "0.20", "AGG": "0.30", "VNQ": "0.10"},
    "growth": {"VTI": "0.45", "IWM": "0.15", "EFA": "0.30", "VNQ": "0.10"},
    "careful": {"VTI": "0.20", "EFA": "0.10", "AGG": "0.40", "LQD": "0.30"},
    "one fund": {"VTI": "1"},
    "small": {"VTI": "0.30", "IWM": "0.30", "EFA": "0.40"},
}
NET_MIN = D(20)
PEERS = 2
DAILY = 3
"""Every fifth household is looked at each session, the others each fifth session."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A household, and in words what is special about it."""

    name: str
    setup: Setup


def policy(
    account: str,
    kind: TaxKind,
    weights: dict[str, str],
    relief: Relief = Relief.FIFO,
    *,
    pairs: Mapping[str, tuple[str, ...]] | None = None,
    fractional: bool = False,
) -> Policy:
    """The owner's wishes for one account; defaults but for what is said here.

    Losses are harvested where ``pairs`` say what stands for each name.
    """
    wanted = {name: pairs[name] for name in weights} if pairs else {}
    listed = tuple((Symbol(name), tuple(map(Symbol, others))) for name, others in wanted.items())
    return Policy(
        AccountId(account),
        Target("fixed", tuple((Symbol(name), D(share)) for name, share in weights.items())),
        tax=TaxPolicy(kind=kind, relief=relief),
        orders=OrderPolicy(fractional=fractional),
        harvest=HarvestPolicy(substitutes=listed, net_min=NET_MIN) if pairs else None,
    )


def drawn(seed: int, market: Market, years: int) -> Drawn:
    """Household number ``seed``, which lives ``years`` years."""
    dice = Random(seed)  # noqa: S311  # a draw, not a secret
    name = [*MIXES][seed % len(MIXES)]
    weights, relief = MIXES[name], (Relief.FIFO, Relief.HIFO)[dice.randrange(2)]
    begin = date(2004 + dice.randrange(17 - years), 11, 22)
    first = market.place(begin)
    end = date(begin.year + years, begin.month, begin.day)
    last = min(market.place(min(end, market.days[-1])), len(market.days) - 1)
    size, every = (25_000, 60_000, 250_000)[seed % 3], 1 if seed % 5 == DAILY else 5
    hers, drip, fills = dice.randrange(2), dice.randrange(2), ("close", "next")[seed % 2]
    owner = partial(policy, weights=weights, relief=relief)
    members = [
        _member(owner("main", TaxKind.TAXABLE, pairs=PAIRS), size),
        _member(owner("ira", TaxKind.TRADITIONAL), size // 2, drip=bool(drip)),
    ]
    if hers:
        members.append(_member(owner("hers", TaxKind.TAXABLE, pairs=PAIRS), size // 3))
    outside = ((D("0.2"), D(0)), (D(0), D("0.2")), (D(0), D(0)))[dice.randrange(3)]
    said = f"{name}, {size:,} USD, {relief.value}, every {every}, fills {fills}"
    said += f", {len(members)} accounts{', IRA reinvests' if drip else ''}"
    return Drawn(said, Setup(market, tuple(members), first, last, every, fills, outside))  # type: ignore[arg-type]


def _member(owner: Policy, size: int, *, drip: bool = False) -> Member:
    return Member(owner, D(size), D(size // 100), drip)


def indexed(
    market: Market, sectors: Mapping[str, str], begin: date, end: date, count: int
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """``count`` stocks at equal weights from all sectors, and for each ``PEERS`` of its sector.

    Of the names that are there from a year before ``begin`` up to ``end``; every other one of a
    sector, by the alphabet, may be held, the rest may stand for them: those that moved most alike
    in the year before ``begin``.
    """
    first, last = market.place(begin), market.place(end) if end <= market.days[-1] else -1
    known = (market.close[first - HISTORY : last] > 0).all(axis=0)
    of: dict[str, list[str]] = {}
    for name, here in zip(market.names, known.tolist(), strict=True):
        if here:
            of.setdefault(sectors.get(name, "Other"), []).append(name)
    held = [(place, sector, name) for sector, names in of.items()
            for place, name in enumerate(sorted(names)[::2])]  # fmt: skip
    chosen = {name: sector for _, sector, name in sorted(held)[:count]}
    share = (D(1) / len(chosen)).quantize(D("0.000001"), ROUND_DOWN)
    weights = dict.fromkeys(chosen, f"{share}")
    weights[min(chosen)] = f"{1 - share * (len(chosen) - 1)}"
    year = market.adjusted[first - HISTORY : first]
    moves = dict(zip(market.names, (np.diff(np.log(year), axis=0)).T, strict=True))
    pairs = {name: _peers(name, sorted(of[sector])[1::2], moves) for name, sector in chosen.items()}
    return weights, pairs


def _peers(name: str, others: Sequence[str], moves: Mapping[str, Array]) -> tuple[str, ...]:
    alike = {other: float(np.corrcoef(moves[name], moves[other])[0, 1]) for other in others}
    return tuple(sorted(alike, key=lambda other: -alike[other])[:PEERS])
