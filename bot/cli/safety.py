"""Stop and go: halt latches over restarts, and only a person resumes."""

import getpass
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import EVERY, chosen, environments, label, labels
from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options, Reason
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, Hands, hands_of, open_book, open_office, read_config

if TYPE_CHECKING:
    from bot.reconcile import Break
    from bot.rounds import Desk, Office

Scope = Annotated[
    str, typer.Argument(metavar="[ACCOUNT]", help="One account, by its name; else all of them.")
]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Book what differs as it is at the broker, basis unknown.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        halt,
        ('trimtab halt --reason "I look myself"', "every account"),
        ("trimtab halt ira", "one account"),
    )
    teach(
        app,
        resume,
        ('trimtab resume --reason "transfer explained"', "what was halted for all"),
        ("trimtab resume ira", "one account"),
    )
    teach(
        app,
        reconcile,
        ("trimtab reconcile --account ira", "one account"),
        ("trimtab reconcile --account ira --adopt", "the broker is right"),
        ("trimtab reconcile --json", "for a script"),
    )


def halt(context: typer.Context, scope: Scope = EVERY, reason: Reason = "by hand") -> int:
    """Stop all trading at once, and stay stopped over restarts.

    It holds in every process that works this book. Orders that are in the market are cancelled
    by the cycle that sent them; nothing is sold.
    """
    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    with open_book(config) as book:
        book.halt(scope, reason, getpass.getuser(), hands_of(config).clock.now())
    tell(f"halted: {labels(accounts)}; no order leaves any more")
    next_step(f"when it is over: trimtab resume{'' if scope == EVERY else ' ' + scope}")
    return Exit.OK


def resume(context: typer.Context, scope: Scope = EVERY, reason: Reason = "by hand") -> int:
    """Let trading go on after a halt.

    A halt of all accounts and one of a single account are lifted each by its own word.
    """
    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    with open_book(config) as book:
        book.resume(scope, reason, getpass.getuser(), hands_of(config).clock.now())
        still = [(a, halted) for a in config.accounts if (halted := book.halted(a.account))]
    held = {account.account for account, _ in still}
    if free := tuple(account for account in accounts if account.account not in held):
        tell(f"resumed: {labels(free)}")
    for account, halted in still:
        tell(f"still halted: {label(account)}: {halted.reason}")
    next_step("trimtab status")
    return Exit.OK


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
        found = {str(d.account): _compare(d, office, hands, adopt=adopt) for d in desks}
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
    state = room.read_account(desk.broker)
    differences = room.breaks(policy, state, book)
    room.adopt(policy, book, state, f"by:{getpass.getuser()}", now)
    for difference in differences:
        tell(f"{label(desk.config)}: booked, {difference.words}")


def _compare(desk: "Desk", office: "Office", hands: Hands, *, adopt: bool) -> "tuple[Break, ...]":
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
