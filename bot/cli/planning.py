"""The dry run: ``trimtab plan`` is the first half of the work, and cannot trade."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen
from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.searching.bar import Bar
from bot.cli.searching.interrupts import first_stops
from bot.cli.teach import teach
from bot.cli.wiring import hands_of, open_office, read_config, replayed_to

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig
    from strategies.plan import Plan

HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the plan as a page, with a plot, to FILE."),
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Leave with 10 when there is something to trade.")
]
Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds",
        metavar="S",
        min=0.0,
        help="Search so long at most, in place of what the config says.",
    ),
]
Verify = Annotated[
    bool,
    typer.Option("--verify", help="Ask another solver too, and say what it makes of the plan."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        plan,
        ("trimtab plan --account main", "one account"),
        ("trimtab plan --html plan.html", "to look at, or to send"),
        ("trimtab plan --json | jq '.plans[].legs[].order'", "the orders alone"),
        ("trimtab -q plan --exit-code || echo trade", "for a script"),
        ("trimtab plan --seconds 60", "a longer search; trimtab watch sees it"),
        ("trimtab plan --verify", "with a second opinion"),
    )


def plan(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    account: Account = None,
    as_json: AsJson = False,
    html: HtmlFile = None,
    exit_code: ExitCode = False,
    seconds: Seconds = None,
    verify: Verify = False,
) -> int:
    """Show what would be traded now, and why.

    Nothing is sent: it is given no way to. While the exchange is closed it plans for the next
    session, from old prices. The book keeps the plan, so that it can be approved. A long search
    shows how far it is; the first Ctrl-C, or trimtab stop-search, makes it take its best plan.
    """
    from bot.cycle import prepare
    from bot.rounds import planning_post

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    if verify:
        accounts = tuple(_verified(each) for each in accounts)
    hands = replace(hands_of(config), audiences=(Bar(),), seconds=seconds)
    with open_office(config, hands, accounts) as (office, desks), first_stops(office.searches):
        plans = [prepare(planning_post(desk, office), desk.broker, office.book) for desk in desks]
    if as_json:
        _show_json(plans)
    else:
        _show(plans)
    if html is not None:
        _write_pages(plans, html)
    is_replay = replayed_to(config) is not None
    next_step("trimtab demo goes on with this replay" if is_replay else _advice(plans, accounts))
    trades = any(plan.legs for plan in plans)
    return Exit.TRADES if trades and exit_code else Exit.OK


def _verified(account: "AccountConfig") -> "AccountConfig":
    """``account`` with a second opinion in its plans."""
    optimizer = replace(account.policy.optimizer, verify=True)
    return replace(account, policy=replace(account.policy, optimizer=optimizer))


def _show_json(plans: "list[Plan]") -> None:
    from bot.book.codec import plan_document
    from bot.cli.documents import EncodedPlan, PlanDocument

    show_json(PlanDocument(tuple(EncodedPlan(plan_document(plan)) for plan in plans)))


def _show(plans: "list[Plan]") -> None:
    from bot.report.text import plan_text

    show("\n\n".join(plan_text(plan) for plan in plans))


def _advice(plans: "list[Plan]", accounts: "tuple[AccountConfig, ...]") -> str:
    """What the mode of the account makes of such a plan."""
    from strategies.plan import Hold
    from strategies.policy import Mode

    trading = {plan.account: plan for plan in plans if plan.legs}
    holds = (plan.decision for plan in plans if isinstance(plan.decision, Hold))
    if remedy := next((hold.remedy for hold in holds if hold.remedy), ""):
        return remedy
    for account in accounts:
        if plan := trading.get(account.account):
            if account.policy.mode is Mode.PROPOSE:
                return f'{account.account} only proposes; with mode = "approve" it would ask you'
            return f"trimtab approve {plan.plan_id}, or let trimtab run make its own"
    return "nothing to do; trimtab run keeps watch from here on"


def _write_pages(plans: "list[Plan]", html: Path) -> None:
    """One page a plan: FILE for one, FILE-ACCOUNT for several."""
    from bot.report.html import plan_page

    for plan in plans:
        name = html if len(plans) == 1 else html.with_stem(f"{html.stem}-{plan.account}")
        name.write_text(plan_page(plan), encoding="utf-8")
        tell(f"wrote {name}")
