"""The verbs ``trimtab lots actions``, ``lots action`` and ``lots retract``."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, label, labels
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import hands_of, open_book, read_config

if TYPE_CHECKING:
    from bot.cli.lotting.acting.effect import Effect
    from bot.config.settings import AccountConfig, Config
    from brokers.words import ActionRecord

Kind = Annotated[
    str,
    typer.Argument(
        metavar="KIND", help="split, spin-off, merger, symbol-change or return-of-capital."
    ),
]
Old = Annotated[str, typer.Argument(metavar="SYMBOL", help="What was held before.")]
On = Annotated[
    str, typer.Option("--on", metavar="DAY", help="From the morning of this day on it holds.")
]
Ratio = Annotated[
    str | None, typer.Option("--ratio", metavar="N", help="New shares for one old share.")
]
To = Annotated[str | None, typer.Option("--to", metavar="SYMBOL", help="The new symbol.")]
Share = Annotated[
    str | None,
    typer.Option(
        "--basis", metavar="N", help="Part of the basis that goes along: 0.13 (Form 8937)."
    ),
]
Cash = Annotated[
    str | None, typer.Option("--cash", metavar="N", help="Of a merger: cash for one old share.")
]
Value = Annotated[
    str | None,
    typer.Option("--value", metavar="N", help="Of a merger: what a new share was worth that day."),
]
Taxable = Annotated[bool, typer.Option("--taxable", help="Of a merger: it was a sale.")]
InLieu = Annotated[
    str | None,
    typer.Option("--in-lieu", metavar="N", help="Cash in all for the fraction of a share."),
]
Amount = Annotated[
    str | None, typer.Option("--amount", metavar="N", help="Capital returned for one share.")
]
Paid = Annotated[str | None, typer.Option("--paid", metavar="DAY", help="When it was paid.")]
Preview = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="As trimtab lots actions lists it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        actions,
        ("trimtab lots actions", "every account"),
        ("trimtab lots actions --json | jq .actions", "for a script"),
    )
    teach(
        app,
        action,
        ("trimtab lots action split VTI --on 2026-03-02 --ratio 4", "four for one"),
        (
            "trimtab lots action spin-off A --on 2026-03-02 --to B --ratio 1 --basis 0.2",
            "a fifth of the basis goes along",
        ),
        ("trimtab lots action merger ATVI --on 2023-10-13 --cash 95", "for cash alone"),
        ("trimtab lots action symbol-change FB --on 2022-06-09 --to META", "a new name"),
    )
    teach(
        app,
        retract,
        ("trimtab lots retract owner:split:VTI:2026-03-02", "a slip of the pen"),
    )


def actions(context: typer.Context, account: Account = None, as_json: AsJson = False) -> int:
    """What companies did to the shares of the accounts, and what nobody has told in full.

    A broker does not tell all of a spin-off or a merger. What it leaves open keeps the symbol from
    being traded until you tell it.
    """
    from bot.report.lots.actions import ActionsDocument, actions_page, rows_of

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_book(config) as book:
        rows = [
            row
            for one in accounts
            for row in rows_of(str(one.account), book.corporate_actions(one.account))
        ]
    told = ActionsDocument(tuple(rows))
    if as_json:
        show_json(told)
    else:
        show(actions_page(told))
        next_step("trimtab lots action --help")
    return Exit.OK


def action(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    kind: Kind,
    symbol: Old,
    on: On,
    account: Account = None,
    ratio: Ratio = None,
    to: To = None,
    basis_share: Share = None,
    cash: Cash = None,
    value: Value = None,
    taxable: Taxable = False,
    in_lieu: InLieu = None,
    amount: Amount = None,
    paid: Paid = None,
    preview: Preview = False,
) -> int:
    """Tell what a company did to its shares, where the broker does not.

    It is for one account: tell it again for others. It answers what is asked about its symbols
    within 30 days: the shares that the broker booked for it are then not counted beside it. Cash
    is not moved by it: that comes with the broker's own record.
    """
    from bot.cli.lotting.acting.word import Said, action_of
    from bot.household.work import day_of

    options: Options = context.obj
    config = read_config(options.config)
    one = _single(config, account)
    told: dict[str, str | bool | None] = {
        "ratio": ratio,
        "new_symbol": to,
        "basis_share": basis_share,
        "cash": cash,
        "value": value,
        "is_taxable": taxable or None,
        "cash_in_lieu": in_lieu,
        "amount": amount,
        "paid": paid,
    }
    said = Said(kind, symbol, on, {name: word for name, word in told.items() if word is not None})
    with open_book(config) as book:
        known = book.corporate_actions(one.account)
        new = action_of(said, known, day_of(hands_of(config).clock.now()))
    return _written(config, one, new, preview=preview)


def retract(
    context: typer.Context, name: Name, account: Account = None, preview: Preview = False
) -> int:
    """Take back an action or a question, as if it had never been told.

    A question that is taken back leaves the shares as the broker booked them, without a basis.
    """
    from bot.cli.lotting.acting.word import retraction_of
    from bot.household.work import day_of

    options: Options = context.obj
    config = read_config(options.config)
    one = _single(config, account)
    with open_book(config) as book:
        known = book.corporate_actions(one.account)
        new = retraction_of(name, known, day_of(hands_of(config).clock.now()))
    return _written(config, one, new, preview=preview)


def _single(config: "Config", name: str | None) -> "AccountConfig":
    accounts = chosen(config, name)
    if len(accounts) > 1:
        raise WrongUse("which account is meant is not clear", f"--account: {labels(accounts)}")
    return accounts[0]


def _written(config: "Config", one: "AccountConfig", new: "ActionRecord", *, preview: bool) -> int:
    """Say what it does, and write it down unless that is all that was asked."""
    from bot.cli.lotting.acting.effect import effect_of
    from bot.report.lots.actions import rows_of

    with open_book(config) as book:
        known = book.corporate_actions(one.account)
        effect = effect_of(one, book, known, new)
        if not preview:
            book.record(one.account, (), (), (), (new,))
    for row in rows_of(str(one.account), (new,)):
        words = ", ".join(f"{field} {word}" for field, word in row.told.items())
        tell(f"{label(one)}: {row.kind} of {row.symbol} on {row.effective}: {words}")
    if new.records:
        tell(f"it stands for: {', '.join(new.records)}")
    show("\n".join(_lines(effect)))
    tell("nothing was written" if preview else f"written down as {new.action_id}")
    next_step(f"trimtab reconcile --account {one.account}")
    return Exit.OK


def _lines(effect: "Effect") -> list[str]:
    from bot.report.amounts import number, quantity

    lines = [*effect.trouble]
    for change in effect.changes:
        shares = " -> ".join(map(quantity, change.shares))
        basis = " -> ".join("unknown" if b is None else number(b) for b in change.basis)
        lines.append(f"{change.symbol}: shares {shares}, basis {basis}")
    if effect.gain:
        lines.append(f"realized {number(effect.gain, signed=True)}")
    return lines or ["no lot changes"]
