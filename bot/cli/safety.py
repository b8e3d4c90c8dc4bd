"""Stop and go: halt latches over restarts, and only a person resumes."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options
from bot.cli.planning import choose
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.wiring import Hands, open_book, open_office, read_config, real_hands

if TYPE_CHECKING:
    from bot.reconcile import Break
    from bot.rounds import Desk, Office

Scope = Annotated[str, typer.Argument(help="An account by its name; '*' is all of them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the book keeps it.")]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Book what differs as it is at the broker, basis unknown.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(halt)
    app.command()(resume)
    app.command()(reconcile)


def halt(context: typer.Context, scope: Scope = "*", reason: Reason = "by hand") -> int:
    """Stop all trading at once, in every process, and stay stopped over restarts.

    Orders that are in the market are cancelled by the running cycle; nothing is sold.

    Example: trimtab halt --reason "going through the plan myself"
    """
    options: Options = context.obj
    config = read_config(options.config)
    _known(scope, [account.account for account in config.accounts])
    with open_book(config) as book:
        book.halt(scope, reason, getpass.getuser(), real_hands().clock.now())
    tell(f"halted {'every account' if scope == '*' else scope}: no order leaves any more")
    next_step(f"when it is over: trimtab resume{'' if scope == '*' else ' ' + scope}")
    return Exit.OK


def resume(context: typer.Context, scope: Scope = "*", reason: Reason = "by hand") -> int:
    """Let trading go on after a halt.

    Example: trimtab resume main --reason "transfer explained"
    """
    options: Options = context.obj
    config = read_config(options.config)
    _known(scope, [account.account for account in config.accounts])
    with open_book(config) as book:
        book.resume(scope, reason, getpass.getuser(), real_hands().clock.now())
        still = [a.account for a in config.accounts if book.halted(a.account)]
    tell(f"resumed {'the halt of all accounts' if scope == '*' else scope}")
    for account in still:
        tell(f"{account} is still halted by a halt of its own or of all accounts")
    next_step("trimtab status")
    return Exit.OK


def _known(scope: str, accounts: list[str]) -> None:
    if scope != "*" and scope not in accounts:
        raise typer.BadParameter(f"no account {scope!r}; there is: {', '.join(accounts)}")


def reconcile(
    context: typer.Context,
    account: Account = None,
    adopt: Adopt = False,
    as_json: AsJson = False,
) -> int:
    """Hold the book against the broker: shares exactly, cash to a cent.

    Leaves with 4 when they differ. --adopt books the differences, with your name.

    Example: trimtab reconcile --account ira
    """
    options: Options = context.obj
    hands = real_hands()
    with open_office(read_config(options.config), hands) as (office, desks):
        found = {d.account: _compare(d, office, hands, adopt=adopt) for d in choose(desks, account)}
    if as_json:
        show_json("reconcile", accounts=found)
    else:
        for name, differences in found.items():
            show(f"{name}: {'; '.join(b.words for b in differences) or 'book and broker agree'}")
    if any(found.values()):
        complain("book and broker differ", "explain it, or book it: trimtab reconcile --adopt")
        return Exit.REFUSED
    next_step("trimtab plan")
    return Exit.OK


def _compare(desk: "Desk", office: "Office", hands: Hands, *, adopt: bool) -> "tuple[Break, ...]":
    from bot import reconcile as room
    from bot.post import Identity

    now = hands.clock.now()
    config = desk.config
    identity = Identity(config.environment, config.live_account)
    room.catch_up(config.policy, identity, desk.broker, office.book, now)
    if adopt:
        state = desk.broker.account()
        number = room.adopt(config.policy, office.book, state, f"by:{getpass.getuser()}", now)
        tell(f"booked {number} differences of {desk.account}")
    return room.breaks(config.policy, desk.broker.account(), office.book)
