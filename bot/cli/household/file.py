"""``--from FILE``: the file read, and every mistake in it told at once by its key."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bot.cli.exits import WrongUse
from bot.cli.household.keys import Table
from bot.cli.household.told import YEARS, Told, ToldAccount, ToldLot
from brokers.words import ZERO, Symbol
from strategies.distributions.people import Owner, Plan
from strategies.location import Asset, Weighting
from strategies.location.nouns import YEARS_MAX
from strategies.policy import TaxKind
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import BadTax
from strategies.taxes.netting import Carryover
from strategies.taxes.rates import RATE_NAMES, Rates

REMEDY = "docs/household.md tells every key"


def read_household(path: Path) -> Told:
    """All of it; ``WrongUse`` with a line for each mistake."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as exc:
        raise WrongUse(f"{path} is not text in UTF-8", REMEDY) from exc
    except tomllib.TOMLDecodeError as exc:
        raise WrongUse(f"{path} is no TOML: {exc}", REMEDY) from exc
    wrong: list[str] = []
    try:
        told = _told(Table("", values, wrong), path.parent)
    except BadTax as exc:
        wrong.append(f"{exc.what}: {exc.remedy}" if exc.remedy else exc.what)
        raise WrongUse("\n".join(f"{path}: {one}" for one in wrong), REMEDY) from exc
    if wrong:
        raise WrongUse("\n".join(f"{path}: {one}" for one in wrong), REMEDY)
    return told


def _told(file: Table, folder: Path) -> Told:
    home, payer = file.table("household"), file.table("taxpayer")
    assets = tuple(_asset(name, table) for name, table in file.table("assets").each())
    mix = home.text("weights")
    years = home.whole("years")
    if years is not None and not 1 <= years <= YEARS_MAX:
        home.wrong.append(f"household: years: a horizon of {years} years; it is 1 to {YEARS_MAX}")
    prices = file.table("prices")
    told = Told(
        years=YEARS if years is None else years,
        weighting=Weighting(home.choice("weighting", tuple(Weighting), Weighting.AFTER_TAX)),
        withdrawal=home.number("withdrawal_rate"),
        stepped_up=home.flag("stepped_up"),
        gains_max=home.number("gains_max"),
        filing=_filing(payer),
        brought=Carryover(_or_zero(payer, "carryover_short"), _or_zero(payer, "carryover_long")),
        short=_or_zero(payer, "short"),
        long=_or_zero(payer, "long"),
        room=payer.number("bracket_room"),
        above=payer.number("rate_above"),
        rates=_rates(file.table("rates")),
        assets=assets if mix is None else tuple(_mixed(assets, folder / mix, home.wrong)),
        prices={Symbol(name): prices.number(name) or ZERO for name in prices.values},
        people=tuple(_person(name, table) for name, table in file.table("people").each()),
        accounts=tuple(_account(name, table) for name, table in file.table("accounts").each()),
    )
    for table in (file, home, payer):
        table.finished()
    return told


def _or_zero(table: Table, key: str) -> Decimal:
    return table.number(key) or ZERO


def _filing(payer: Table) -> Filing | None:
    word = payer.choice("filing", tuple(Filing), "")
    return Filing(word) if word else None


def _rates(table: Table) -> Rates | None:
    found = {name: _or_zero(table, name) for name in RATE_NAMES}
    deductible = table.flag("state_deductible")
    table.finished()
    return Rates(**found, state_deductible=deductible) if table.values else None


def _asset(name: str, table: Table) -> Asset:
    parts = ("ordinary", "qualified", "short_gains", "long_gains", "turnover", "short_share")
    total = table.number("total")
    if total is None and not table.wrong:
        table.wrong.append(f"{table.place}: total, the return of a year before tax, is missing")
    asset = Asset(
        Symbol(name),
        _or_zero(table, "weight"),
        total or ZERO,
        **{part: _or_zero(table, part) for part in parts},
    )
    table.finished()
    return asset


def _mixed(assets: Sequence[Asset], path: Path, wrong: list[str]) -> Iterator[Asset]:
    """The assets with the weights of a file, as a target of fixed weights takes it."""
    from bot.config.model_file import read_model

    weights, mistakes = read_model(path)
    wrong += [str(one) for one in mistakes]
    known = {str(asset.symbol) for asset in assets}
    wrong += [
        f"household: weights: {name} of {path.name} has no table [assets.{name}] with its return"
        for name in weights.keys() - known
    ]
    for asset in assets:
        if asset.weight:
            wrong.append(
                f"assets.{asset.symbol}: weight: {path.name} tells it; keep one of the two"
            )
        yield replace(asset, weight=weights.get(str(asset.symbol), ZERO))


def _person(name: str, table: Table) -> Owner:
    birth, spouse = table.day("birth"), table.day("spouse")
    table.finished()
    if birth is None:
        raise BadTax(f"{table.place}: the birth date is missing", "write birth = 1953-05-04")
    return Owner(name, birth, spouse)


def _account(name: str, table: Table) -> ToldAccount:
    kind = table.choice("kind", tuple(TaxKind), "")
    menu = table.texts("only")
    account = ToldAccount(
        name=name,
        kind=TaxKind(kind) if kind else None,
        plan=Plan(table.choice("plan", tuple(Plan), Plan.IRA)),
        owner=table.text("owner") or "",
        value=table.number("value"),
        cash=table.number("cash"),
        contributions=table.number("contributions"),
        year_ends=table.years("year_ends"),
        taken=table.years("taken"),
        working=table.flag("working"),
        menu=None if menu is None else tuple(map(Symbol, menu)),
        lots=tuple(lot for one in table.tables("lots") if (lot := _lot(one)) is not None),
    )
    table.finished()
    return account


def _lot(table: Table) -> ToldLot | None:
    symbol, quantity = table.text("symbol"), table.number("quantity")
    basis, acquired, lot = table.number("unit_basis"), table.day("acquired"), table.text("lot")
    table.finished()
    if symbol is None or quantity is None or acquired is None:
        table.wrong.append(f"{table.place}: a lot needs symbol, quantity and acquired")
        return None
    return ToldLot(Symbol(symbol), quantity, basis, acquired, lot or f"{symbol} {acquired}")
