"""What the book knows of the household's accounts: lots, last prices, cash, year-end values."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.household.gather import Household, member
from bot.cli.household.told import Told, ToldAccount
from bot.household.from_book import ELSEWHERE, KIND
from brokers.words import ZERO, AccountId, Symbol
from strategies.distributions.lots import Piece
from strategies.distributions.people import Plan
from strategies.policy import TaxKind
from strategies.taxes.netting import Carryover
from strategies.taxes.rates import Rates
from strategies.washes.nouns import OpenLot

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.cli.families import Family
    from bot.household.work import Worked

NEAR = timedelta(days=7)
"""How long before the end of a year a look still tells its value."""

KIND_OF: Mapping[str, TaxKind] = {word: kind for kind, word in KIND.items()} | {
    "401k": TaxKind.TRADITIONAL
}


def from_book(told: Told, family: "Family", book: "Book", now: datetime) -> Household:
    """The accounts of ``family`` as the book has them, beside those that the file alone tells.

    Raises ``BadTrades`` and ``BadLots`` for a book or files that cannot be true.
    """
    from bot.cli.taxing.members import prices_of, rates
    from bot.household.kin import rules_of
    from bot.household.work import work_out

    settings = family.settings
    worked = work_out(settings.files, rules_of(settings), now, family.accounts, book)
    seen = prices_of(worked.held, book, worked.today)
    prices = {Symbol(name): one.price for name, one in seen.items()} | dict(told.prices)
    notes = [*family.notes, *worked.notes]
    pieces = [*_pieces(worked, prices, notes)]
    members = [
        member(_told(one, book, notes), told, tuple(p for p in pieces if p.account == one.name))
        for one in _accounts(told, family, worked)
    ]
    return Household(
        told=_with_year(told, family, worked),
        members=tuple(members),
        rates=told.rates or _rates(rates(worked.held)),
        today=worked.today,
        notes=tuple(notes),
    )


def _rates(known: "tuple[tuple[Decimal, Decimal], ...]") -> Rates | None:
    return Rates(*known[0]) if known else None


def _with_year(told: Told, family: "Family", worked: "Worked") -> Told:
    """This year's gains so far; filing and losses brought forward where the file tells none."""
    from strategies.harvest import realised
    from strategies.washes.home import Home

    short, long = realised(Home(worked.household), worked.today.year)
    payer = family.settings.taxpayer
    brought = Carryover(payer.carryover_short, payer.carryover_long)
    return replace(
        told,
        short=told.short + short,
        long=told.long + long,
        filing=told.filing or payer.filing,
        brought=told.brought if told.brought.total else brought,
    )


def _accounts(told: Told, family: "Family", worked: "Worked") -> Iterator[ToldAccount]:
    """Those of the config, those of files of trades, and those of the household file."""
    known = {one.name: one for one in told.accounts}
    kinds = {str(one.account): one.policy.tax.kind for one in family.accounts}
    plans: dict[str, Plan] = {}
    for lot in worked.household.open_lots:
        if not lot.account.endswith(ELSEWHERE):
            kinds.setdefault(lot.account, KIND_OF[lot.kind])
            plans[lot.account] = Plan.K401 if lot.kind == "401k" else Plan.IRA
    for name, kind in kinds.items():
        one = known.pop(name, ToldAccount(name, plan=plans.get(name, Plan.IRA)))
        if one.kind not in {None, kind}:
            what = f"accounts.{name}: it is {one.kind} here and {kind} in the config or the trades"
            raise WrongUse(what, "leave its kind out of the file")
        yield replace(one, kind=kind)
    yield from known.values()


def _pieces(
    worked: "Worked", prices: Mapping[Symbol, Decimal], notes: list[str]
) -> Iterator[Piece]:
    unpriced: set[str] = set()
    shut = _shut(worked)
    for lot in worked.household.open_lots:
        symbol = Symbol(lot.symbol)
        if symbol not in prices:
            unpriced.add(symbol)
        elif lot.quantity > 0:
            yield _piece(lot, prices[symbol], worked, shut)
    notes += [
        f"the book knows no price of {name}: it is left out ([prices] can tell one)"
        for name in sorted(unpriced)
    ]


def _piece(lot: OpenLot, price: Decimal, worked: "Worked", shut: Mapping[str, str]) -> Piece:
    is_unknown = (lot.account, lot.lot) in worked.held.book.unknown
    basis = None if is_unknown else lot.basis / lot.quantity
    loses = basis is not None and basis > price
    return Piece(
        account=lot.account,
        symbol=Symbol(lot.symbol),
        lot=lot.lot,
        quantity=lot.quantity,
        price=price,
        unit_basis=basis,
        held_since=lot.held_since,
        barred=shut.get(lot.symbol, "") if loses else "",
    )


def _shut(worked: "Worked") -> dict[str, str]:
    """Symbols whose losses a purchase of the last 30 days would take, and which."""
    from strategies.harvest.calendar import Forbids, calendar

    entries = calendar(worked.household, worked.today)
    return {one.symbol: one.why for one in entries if one.forbids is Forbids.HARVEST}


def _told(one: ToldAccount, book: "Book", notes: list[str]) -> ToldAccount:
    """Cash and values at the ends of years from the looks of the book, where none are told."""
    if one.name not in {row.account for row in book.accounts()}:
        return one
    looks = book.nav_history(AccountId(one.name))
    ends: dict[int, Decimal] = {}
    for look in looks:
        if date(look.session.year, 12, 31) - look.session <= NEAR:
            ends[look.session.year] = look.nav
    cash = one.cash
    if cash is None and one.value is None and looks:
        cash = max(ZERO, looks[-1].cash)
    elif cash is None and one.value is None:
        notes.append(f"{one.name}: its cash is not known: trimtab plan --account {one.name} looks")
    return replace(one, cash=cash, year_ends=ends | dict(one.year_ends))
