"""A person's word on a plan: approve or reject. The daemon carries out what was approved."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import environments, label
from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options, Reason
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import hands_of, open_book, read_config

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.book.book import Book
    from bot.book.rows import PlanRow
    from bot.config.settings import AccountConfig, Config
    from strategies.plan import Plan, PlanId

PlanArgument = Annotated[
    str, typer.Argument(metavar="PLAN", help="The plan's id, as mail, plan and history show it.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        plans,
        ("trimtab plans", "what waits, and until when"),
        ("trimtab plans --json | jq '.plans[].plan_id'", "for a script"),
    )
    teach(
        app,
        approve,
        ("trimtab approve 3F09A61C2B", "the daemon takes it from here"),
        ('trimtab approve 3F09A61C2B --reason "as discussed"', "with a note"),
    )
    teach(app, reject, ('trimtab reject 3F09A61C2B --reason "earnings tomorrow"', "with a note"))


def plans(context: typer.Context, as_json: AsJson = False) -> int:
    """The plans that wait for a person, and until when."""
    from bot.cli.documents import PlansDocument

    options: Options = context.obj
    config = read_config(options.config)
    with open_book(config) as book:
        waiting = book.waiting_plans(None, hands_of(config).clock.now())
    if as_json:
        show_json(PlansDocument(environments(config.accounts), waiting))
    else:
        labels = {account.account: label(account) for account in config.accounts}
        lines = (_line(row, labels.get(row.account, row.account)) for row in waiting)
        show("\n".join(lines) or "no plan waits for you")
    if waiting:
        next_step(f"trimtab approve {waiting[0].plan_id}, or trimtab reject {waiting[0].plan_id}")
    else:
        next_step("trimtab history shows what became of the others")
    return Exit.OK


def _line(row: "PlanRow", account: str) -> str:
    from bot.cli.documents import utc

    until = "" if row.expires is None else f", until {utc(row.expires)}"
    return f"{row.plan_id}  {account}  {utc(row.time)}{until}\n            {row.why}"


def approve(context: typer.Context, plan: PlanArgument, reason: Reason = "") -> int:
    """Let a plan be carried out, while what you saw still holds.

    The daemon carries it out within a minute, if prices, settings and time allow. In mode
    "propose" nothing can be approved: there nothing is ever sent.
    """
    options: Options = context.obj
    config = read_config(options.config)
    now = hands_of(config).clock.now()
    with open_book(config) as book:
        wanted = book.plan(_plan_id(plan))
        owner = _owner(config, wanted)
        _refuse_in_vain(wanted, owner, book, config.state_dir)
        if _has_lapsed(wanted, book, now):
            complain(f"plan {wanted.plan_id} has expired", "run: trimtab plan, for a fresh one")
            return Exit.EXPIRED
        book.mark_plan(wanted.plan_id, "approved", getpass.getuser(), reason, now)
    tell(f"{label(owner)}: plan {wanted.plan_id} is approved")
    next_step("the daemon carries it out within a minute; without one: trimtab run --once")
    return Exit.OK


def _owner(config: "Config", plan: "Plan") -> "AccountConfig":
    from bot.cli.accounts import unknown

    found = (account for account in config.accounts if account.account == plan.account)
    owner = next(found, None)
    if owner is None:
        raise unknown(config, plan.account)
    return owner


def _refuse_in_vain(plan: "Plan", owner: "AccountConfig", book: "Book", state_dir: "Path") -> None:
    """Raise where an approval would change nothing, so that nobody waits for what cannot come."""
    from bot.reconcile import Refusal
    from bot.switch import read, worst
    from strategies.policy import Mode

    if owner.policy.mode is Mode.PROPOSE:
        raise Refusal(
            f"{label(owner)} is in mode propose: nothing is ever sent for it",
            f'set mode = "approve" under [accounts.{owner.account}], restart the daemon, plan anew',
        )
    if not plan.legs:
        raise Refusal(f"plan {plan.plan_id} holds: there is nothing to carry out", "leave it be")
    halt = worst(read(state_dir), book.halted(plan.account))
    if halt is not None and halt.takes_back:
        raise Refusal(f"{label(owner)} is {halt.words}", halt.remedy)


def _has_lapsed(plan: "Plan", book: "Book", now: "datetime") -> bool:
    """Whether its time is over; if so that is written down."""
    row = book.plan_row(plan.plan_id)
    if row.expires is None or now <= row.expires or row.state not in {"proposed", "awaiting"}:
        return False
    book.mark_plan(plan.plan_id, "expired", "trimtab", "approved too late", now)
    return True


def reject(context: typer.Context, plan: PlanArgument, reason: Reason = "") -> int:
    """Say no to a plan that waits."""
    options: Options = context.obj
    config = read_config(options.config)
    with open_book(config) as book:
        unwanted = book.plan(_plan_id(plan))
        now = hands_of(config).clock.now()
        book.mark_plan(unwanted.plan_id, "rejected", getpass.getuser(), reason, now)
    tell(f"{unwanted.environment} {unwanted.account}: plan {unwanted.plan_id} is rejected")
    next_step("the next slot of the schedule makes a fresh plan")
    return Exit.OK


def _plan_id(text: str) -> "PlanId":
    from strategies.plan import PlanId

    return PlanId(text.upper())
