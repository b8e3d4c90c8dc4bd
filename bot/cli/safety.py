"""Book and broker side by side, and what a person makes of a difference."""

import getpass
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, environments, label
from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, Hands, hands_of, open_office, read_config

if TYPE_CHECKING:
    from bot.reconcile import Break
    from bot.rounds import Desk, Office

Adopt = Annotated[
    bool, typer.Option("--adopt", help="Book what differs as it is at the broker, basis unknown.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        reconcile,
        ("trimtab reconcile --account ira", "one account"),
        ("trimtab reconcile --account ira --adopt", "the broker is right"),
        ("trimtab reconcile --json", "for a script"),
    )


def reconcile(
    context: typer.Context,
    account: Account = None,
    adopt: Adopt = False,
    as_json: AsJson = False,
) -> int:
    """Hold the book against the broker: shares, and cash to a cent.

    Leaves with 4 where they differ. --adopt books the differences, with your name.
    """
    from bot.cli.documents import ReconcileDocument
    from bot.daemon.lock import hold

    options: Options = context.obj
    config = read_config(options.config)
    hands = hands_of(config)
    accounts = chosen(config, account)
    # Adopting is writing: no daemon may be in the middle of a cycle meanwhile.
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    alone = hold(config.state_dir / LOCK) if adopt else nullcontext()
    with alone, open_office(config, hands, accounts) as (office, desks):
        found = {str(d.account): compare(d, office, hands, adopt=adopt) for d in desks}
    if as_json:
        show_json(ReconcileDocument(environments(accounts), found))
    else:
        for each in accounts:
            words = [difference.words for difference in found[each.account]]
            show("\n".join(f"{label(each)}: {w}" for w in words or ["book and broker agree"]))
    if any(found.values()):
        complain("book and broker differ", "explain it, or book it: trimtab reconcile --adopt")
        return Exit.REFUSED
    next_step("trimtab plan")
    return Exit.OK


def _adopt(desk: "Desk", office: "Office", now: datetime) -> None:
    """Book what differs, and say each thing that was booked."""
    from bot import reconcile as room

    policy, book = desk.config.policy, office.book
    if open_orders := book.unsettled(desk.account):
        raise room.Refusal(
            f"{len(open_orders)} orders of {desk.account} may still fill",
            "wait until they are done: what fills later would be booked twice",
        )
    state, by = room.read_account(desk.broker), f"by:{getpass.getuser()}"
    if holes := room.fill_holes(policy, book, by, now):
        what = f"shares of unknown basis for {holes} sales that had none"
        tell(f"{label(desk.config)}: booked, {what}")
    differences = room.breaks(policy, state, book)
    room.adopt(policy, book, state, by, now)
    for difference in differences:
        tell(f"{label(desk.config)}: booked, {difference.words}")


def compare(
    desk: "Desk", office: "Office", hands: Hands, *, adopt: bool = False
) -> "tuple[Break, ...]":
    """Where book and broker differ, once the book knows what has happened."""
    from bot import reconcile as room
    from bot.post import Identity
    from bot.rounds import hold as hold_account

    now = hands.clock.now()
    config = desk.config
    identity = Identity(config.environment, config.live_account)
    room.catch_up(config.policy, identity, desk.broker, office.book, now)
    if adopt:
        with hold_account(desk, office):
            _adopt(desk, office, now)
    return room.breaks(config.policy, room.read_account(desk.broker), office.book)
