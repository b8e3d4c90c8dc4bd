"""The verbs ``trimtab lots check`` and ``trimtab lots name``."""

import getpass
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, label, labels
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import hands_of, open_book, read_config

if TYPE_CHECKING:
    from datetime import datetime

    from bot.book.book import Book
    from bot.book.rows import NamedRow
    from bot.cli.lotting.checking.paper import Paper
    from bot.config.settings import AccountConfig, Config
    from bot.report.lots.checked import AccountCheck
    from strategies.lots.statement import Key

StatementFile = Annotated[
    Path | None,
    typer.Option(
        "--statement",
        metavar="FILE",
        help="Lots as the broker has them: CSV of symbol, quantity, acquired, basis, or any "
        "format that lots import reads.",
    ),
]
Number = Annotated[
    str | None,
    typer.Option("--number", metavar="N", help="Only this account of the file, by its number."),
]
Sale = Annotated[str, typer.Argument(metavar="SALE", help="As trimtab lots check names it.")]
Lots = Annotated[
    list[str], typer.Argument(metavar="LOT[=SHARES]...", help="The lots that it took, in order.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        check,
        ("trimtab lots check", "sales whose lots are to be named at the broker"),
        ("trimtab lots check -a main --statement lots.csv", "hold the book against a statement"),
    )
    teach(
        app,
        name,
        ("trimtab lots name 20260302-17 B1=10 B2=5", "as it was named at the broker"),
    )


def check(
    context: typer.Context,
    account: Account = None,
    statement: StatementFile = None,
    number: Number = None,
    as_json: AsJson = False,
) -> int:
    """Which lots were sold, which are wanted, and what the broker's paper says of them.

    Where the broker does not relieve lots as tax.relief says, it tells of each sale which lots to
    name in the account there, and until when. Leaves with 4 where a statement differs from the
    book and the household's ledger does not explain it.
    """
    from bot.cli.lotting.checking.paper import read_paper
    from bot.household.work import day_of
    from bot.report.lots.checked import LotsCheck, check_page

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    now = hands_of(config).clock.now()
    today = day_of(now)
    paper = None
    if statement is not None:
        if len(accounts) > 1:
            raise WrongUse("whose statement it is is not clear", f"--account: {labels(accounts)}")
        paper = read_paper(statement, number, today)
    with open_book(config) as book:
        found = tuple(_checked(config, one, book, paper, now) for one in accounts)
    told = LotsCheck(today, found)
    if as_json:
        show_json(told)
    else:
        show(check_page(told))
    unexplained = [row for one in found for row in one.differences if not row.explained]
    if unexplained:
        what = f"the statement differs from the book in {len(unexplained)} lines"
        complain(what, "each line says what may be done about it")
        return Exit.REFUSED
    next_step("trimtab lots")
    return Exit.OK


def _checked(
    config: "Config", one: "AccountConfig", book: "Book", paper: "Paper | None", now: "datetime"
) -> "AccountCheck":
    from bot.cli.lotting.checking.paper import held_against
    from bot.household.relieved import relief_of, sales_of
    from bot.household.work import day_of
    from bot.report.lots.checked import AccountCheck, row_of, sale_of

    tax, today = one.policy.tax, day_of(now)
    result = AccountCheck(
        account=str(one.account),
        environment=one.environment,
        relief=relief_of(one, book, today),
        wanted=tax.relief,
        sales=tuple(map(sale_of, sales_of(one, book, today))),
        compared=0,
        differences=(),
    )
    if paper is None:
        return result
    compared, differences = held_against(paper, one, book, _washed(config, one, book, now))
    return replace(result, compared=compared, differences=tuple(map(row_of, differences)))


def _washed(
    config: "Config", one: "AccountConfig", book: "Book", now: "datetime"
) -> "dict[Key, Decimal]":
    """Losses that the household's ledger moved into open lots, by symbol and day of purchase."""
    from bot.cli.families import given
    from bot.cli.lotting.answer import answer
    from brokers.words import Symbol
    from strategies.lots.statement import Key

    found: dict[Key, Decimal] = {}
    for row in answer(config, book, str(one.account), given((), (), ()), now).lots:
        key = Key(Symbol(row.symbol), row.acquired)
        found[key] = found.get(key, Decimal(0)) + row.washed
    return found


def name(context: typer.Context, sale: Sale, lots: Lots, account: Account = None) -> int:
    """Tell which lots a sale took, as they were named at the broker.

    A later word on the same sale replaces this one.
    """
    from bot.household.work import day_of

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    now = hands_of(config).clock.now()
    with open_book(config) as book:
        one = _seller(accounts, book, sale)
        row = _named(sale, lots, now)
        _try(one, book, row, day_of(now))
        book.name_lots(one.account, row)
    tell(f"{label(one)}: {sale} took {', '.join(lots)}")
    next_step("trimtab lots check")
    return Exit.OK


def _seller(accounts: "tuple[AccountConfig, ...]", book: "Book", sale: str) -> "AccountConfig":
    """The account that has the sale."""
    from brokers.words import Side
    from strategies.lots import latest_versions

    found = [
        one
        for one in accounts
        for each in latest_versions(book.executions(one.account))
        if each.root == sale and each.side is Side.SELL
    ]
    if len(found) != 1:
        what = "no sale is called" if not found else "several accounts have a sale called"
        raise WrongUse(f"{what} {sale}", "trimtab lots check names the last ones; --account")
    return found[0]


def _named(sale: str, lots: list[str], now: "datetime") -> "NamedRow":
    from bot.book.rows import NamedRow

    return NamedRow(sale, tuple(map(_part, lots)), getpass.getuser(), now)


def _part(word: str) -> tuple[str, Decimal | None]:
    """``B1=10``; a lot's name may hold an equals sign itself."""
    lot, _, shares = word.rpartition("=")
    if not lot:
        return word, None
    try:
        number = Decimal(shares)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise WrongUse(f"{word}: {shares} is no number of shares", "write it like B1=10")
    return lot, number


def _try(one: "AccountConfig", book: "Book", row: "NamedRow", today: date) -> None:
    """The ledger with these lots; ``BadLots`` where they are not there to be sold."""
    from bot.household.relief import rules_of
    from strategies.lots import Named, ledger

    rules = rules_of(one.account, one.policy.tax, book)
    lots = tuple(Named(lot, shares) for lot, shares in row.lots)
    account = one.account
    told = book.executions(account), book.transfers(account), book.corporate_actions(account)
    ledger(*told, replace(rules, named={**rules.named, row.sale: lots}), today)
