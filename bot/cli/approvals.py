"""A person's word on a plan: approve or reject. The daemon carries out what was approved."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.wiring import open_book, read_config, real_hands

if TYPE_CHECKING:
    from bot.book.rows import PlanRow
    from strategies.plan import PlanId


def _plan_id(text: str) -> "PlanId":
    from strategies.plan import PlanId

    return PlanId(text.upper())


PlanArgument = Annotated[
    str, typer.Argument(help="The plan's id, as the mail or the plan shows it.")
]
Why = Annotated[str, typer.Option("--reason", help="Why, in a few words; the book keeps it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(plans)
    app.command()(approve)
    app.command()(reject)


def plans(context: typer.Context, as_json: AsJson = False) -> int:
    """The plans that wait for a person.

    Example: trimtab plans
    """
    options: Options = context.obj
    with open_book(read_config(options.config)) as book:
        waiting = book.waiting_plans(None, real_hands().clock.now())
    if as_json:
        show_json("plans", plans=waiting)
        return Exit.OK
    show("\n".join(_line(row) for row in waiting) or "no plan waits for you")
    if waiting:
        next_step(f"trimtab approve {waiting[0].plan_id}, or trimtab reject {waiting[0].plan_id}")
    return Exit.OK


def _line(row: "PlanRow") -> str:
    return f"{row.plan_id}  {row.account}  {row.time:%Y-%m-%d %H:%M} UTC  {row.state}: {row.why}"


def approve(context: typer.Context, plan_id: PlanArgument, reason: Why = "") -> int:
    """Let a waiting plan be carried out, as long as prices and holdings stay what they were.

    Example: trimtab approve 3F09A61C2B --reason "as discussed"
    """
    options: Options = context.obj
    config = read_config(options.config)
    now = real_hands().clock.now()
    with open_book(config) as book:
        plan = book.plan(_plan_id(plan_id))
        policy = next((a.policy for a in config.accounts if a.account == plan.account), None)
        if policy is not None and now > plan.time + policy.approval.valid_for:
            book.mark_plan(plan.plan_id, "expired", "trimtab", "approved too late", now)
            complain(f"plan {plan.plan_id} has expired", "run: trimtab plan, for a fresh one")
            return Exit.EXPIRED
        book.mark_plan(plan.plan_id, "approved", getpass.getuser(), reason, now)
    tell(f"{plan.environment} plan {plan.plan_id} of {plan.account} is approved")
    next_step("the daemon carries it out within a minute; without one: trimtab run --once")
    return Exit.OK


def reject(context: typer.Context, plan_id: PlanArgument, reason: Why = "") -> int:
    """Say no to a waiting plan.

    Example: trimtab reject 3F09A61C2B --reason "earnings tomorrow"
    """
    options: Options = context.obj
    with open_book(read_config(options.config)) as book:
        plan = book.plan(_plan_id(plan_id))
        now = real_hands().clock.now()
        book.mark_plan(plan.plan_id, "rejected", getpass.getuser(), reason, now)
    tell(f"{plan.environment} plan {plan.plan_id} of {plan.account} is rejected")
    next_step("the next slot makes a fresh plan")
    return Exit.OK
