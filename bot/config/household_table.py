"""The tables ``[household]`` and ``[households.NAME]``: who pays the tax, and what is alike."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.config.kinds import (
    AMOUNT_MAX,
    SHARE_UNIT,
    SYMBOL,
    FilePath,
    Share,
    SymbolText,
    Yes,
    one_of,
)
from bot.config.settings import Outside
from bot.config.table import Table
from bot.config.values import Is, ListOf, Number, Text, as_list
from strategies.policy import TaxPolicy
from strategies.policy.taxpayer import Filing, Taxpayer

_TAXPAYER = Taxpayer()
_TAX = TaxPolicy()
_SYMBOL = Text(SYMBOL, "a symbol", "symbol: capital letters, digits, dots or dashes")
_GROUPS = 'lists of symbols, like [["VOO", "IVV"], ["BND", "AGG"]]'
_SYMBOLS = ListOf(_SYMBOL, 'a list of symbols, like ["ITOT", "SCHB"]', "symbols")

Loss = Annotated[Decimal, Is(Number("0", AMOUNT_MAX, "USD, without a sign"))]
SymbolList = Annotated[tuple[str, ...], Is(_SYMBOLS)]
SymbolGroups = Annotated[
    tuple[tuple[str, ...], ...],
    Is(ListOf(ListOf(_SYMBOL, _GROUPS, "symbols", alone=False), _GROUPS, "symbols", ";")),
]


class RatesTable(Table):
    """The taxpayer's marginal rates in parts, where an account's ``tax`` says none itself."""

    federal_short: Share = _TAX.short_rate
    """Federal rate on ordinary income, which short-term gains are."""
    federal_long: Share = _TAX.long_rate
    """Federal rate on long-term gains: 0, 0.15 or 0.20."""
    state_short: Share = Decimal(0)
    """What state and city take of a further dollar of short-term gain."""
    state_long: Share = Decimal(0)
    """The same of a long-term one."""
    net_investment: Share = Decimal(0)
    """0.038 where income is above the threshold (26 U.S.C. 1411)."""
    state_deductible: Yes = False
    """Whether a further dollar of state tax is deducted: below the cap, by who itemizes."""


class HouseholdTable(Table):
    """Taxpayer and spouse: a purchase in any of their accounts takes a loss in another.

    ``[household]`` is that of all accounts that name none; ``[households.NAME]`` are an adviser's
    clients, each with accounts that say ``household = "NAME"``.
    """

    filing: Annotated[Filing, one_of(Filing)] = _TAXPAYER.filing
    """How the return is filed: "joint" also by a surviving spouse, "head" is head of household."""
    carryover_short: Loss = _TAXPAYER.carryover_short
    """Short-term losses brought forward from the years before."""
    carryover_long: Loss = _TAXPAYER.carryover_long
    """Long-term losses brought forward from the years before."""
    gains_short: Loss = _TAXPAYER.gains_short
    """Net short-term gains of this year that no account here tells of: a fund's, a business's."""
    gains_long: Loss = _TAXPAYER.gains_long
    """Net long-term gains of this year that no account here tells of."""
    may_defer: Yes = _TAXPAYER.may_defer
    """Whether a trade may put a loss off to the basis of other lots: it is then priced. What the
    law takes for good, by a purchase in an IRA or the like, is never done."""
    buys_in_doubt: Yes = False
    """Whether a name is bought that another account may have sold at a loss, while it is not known
    what that account did."""
    identical: SymbolGroups | None = None
    """Groups of substantially identical securities; every other symbol is a group of its own."""
    outside: Annotated[list[Annotated[Outside, one_of(Outside)]], BeforeValidator(as_list)] = Field(
        default_factory=list
    )
    """Kinds of account whose purchases replace nothing, because you say so."""
    exempt: SymbolList = ()
    """Funds that pay exempt interest and do not declare it daily: no loss on shares that they paid
    on and that are held for six months or less is taken (26 U.S.C. 852(b)(4)(B), (E))."""
    no_harvest: SymbolList = ()
    """Names in which options, contracts to buy or short sales are open, or which a corporation of
    yours holds: no loss of these or their like is harvested, for no ledger here knows of that."""
    trades: Annotated[list[FilePath], BeforeValidator(as_list)] = Field(default_factory=list)
    """Files of trades of accounts held elsewhere, a spouse's too (docs/tax.md)."""
    rates: RatesTable | None = None
    """Marginal rates in their parts; unsaid each account's ``tax`` has them together."""
    substitutes: dict[SymbolText, SymbolList] = Field(default_factory=dict)
    """What may be bought in place of a symbol, the best first: ``VTI = ["ITOT", "SCHB"]``."""
    holdings: dict[SymbolText, FilePath] = Field(default_factory=dict)
    """What a fund holds, a CSV ``symbol,weight`` each: ``VTI = "vti.csv"``. By it the overlap of
    substitutes is told, and of those that cost alike the one with more is taken."""
    overlap_max: Annotated[Decimal | None, Is(Number("0", "1", SHARE_UNIT, off=True))] = None
    """Most overlap that a substitute may have, where it is known: who holds the same may be taken
    for substantially identical."""
