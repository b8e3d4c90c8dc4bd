"""The dry run: ``trimtab plan`` is the first half of the work, and cannot trade."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.wiring import open_office, read_config, real_hands

if TYPE_CHECKING:
    from bot.rounds import Desk
    from strategies.plan import Plan

HtmlFile = Annotated[
    Path | None, typer.Option("--html", help="Write the plan as a page, with a plot, to FILE.")
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Leave with 10 when there is something to trade.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(plan)


def plan(
    context: typer.Context,
    account: Account = None,
    as_json: AsJson = False,
    html: HtmlFile = None,
    exit_code: ExitCode = False,
) -> int:
    """Show what would be traded now, and why. Sends nothing: it is given no way to.

    Examples:
      trimtab plan --account main

      trimtab plan --json | jq '.plans[].legs[].order'

      trimtab plan --html plan.html
    """
    from bot.cycle import prepare
    from bot.rounds import post_of

    options: Options = context.obj
    config = read_config(options.config)
    with open_office(config, real_hands()) as (office, desks):
        chosen = choose(desks, account)
        plans = [prepare(post_of(desk, office), desk.broker, office.book) for desk in chosen]
    if as_json:
        _show_plans_json(plans)
    else:
        _show_plans(plans)
    if html is not None:
        write_pages(plans, html)
    trades = any(plan.legs for plan in plans)
    return Exit.TRADES if trades and exit_code else Exit.OK


def choose(desks: "list[Desk]", account: str | None) -> "list[Desk]":
    """The desk that is named, or all of them."""
    chosen = [desk for desk in desks if account in {None, desk.account}]
    if not chosen:
        known = ", ".join(desk.account for desk in desks)
        raise typer.BadParameter(f"no account {account!r} in the config; there is: {known}")
    return chosen


def _show_plans_json(plans: "list[Plan]") -> None:
    import json

    from bot.book.codec import encode

    show_json("plan", plans=[json.loads(encode(plan)) for plan in plans])


def _show_plans(plans: "list[Plan]") -> None:
    from bot.report.text import plan_text

    show("\n\n".join(plan_text(plan) for plan in plans))
    trading = [plan.plan_id for plan in plans if plan.legs]
    next_step(
        "trimtab run --once carries a plan out as the account's mode allows"
        if trading
        else "nothing to do; trimtab run watches from here on"
    )


def write_pages(plans: "list[Plan]", html: Path) -> None:
    """One page a plan: FILE for one, FILE-ACCOUNT for several."""
    from bot.report.html import plan_page

    for plan in plans:
        name = html if len(plans) == 1 else html.with_stem(f"{html.stem}-{plan.account}")
        name.write_text(plan_page(plan), encoding="utf-8")
        tell(f"wrote {name}")
