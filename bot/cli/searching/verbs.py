"""Look at the searches of other processes, the daemon's too, and stop them."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen
from bot.cli.demo_screen import wants_cursor
from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, tell
from bot.cli.teach import teach
from bot.cli.wiring import read_config

if TYPE_CHECKING:
    from bot.progress.lines import Report

Once = Annotated[bool, typer.Option("--once", help="Leave when a search has ended.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        watch,
        ("trimtab watch", "every search, as it goes"),
        ("trimtab watch --json | jq .gap", "one JSON line each time"),
        ("trimtab watch --once", "until the next search is over"),
    )
    teach(
        app,
        stop_search,
        ("trimtab stop-search", "every search that runs now"),
        ("trimtab stop-search --account ira", "that of one account"),
        name="stop-search",
    )


def watch(context: typer.Context, as_json: AsJson = False, once: Once = False) -> int:
    """Watch searches for a plan as they go, in whatever process.

    It waits for the next search and shows how good its plan is so far, how fast it goes, and its
    risk against the limits. Watching slows nothing and is in no book; Ctrl-C ends it.
    """
    from bot.progress.listen import follow

    folder = _folder(context)
    if not as_json:
        tell("waiting for a search; Ctrl-C ends this, trimtab stop-search ends the search")
    try:
        with closing(follow(folder)) as reports:
            if as_json or not (sys.stdout.isatty() and wants_cursor()):
                _print(reports, as_json=as_json, once=once)
            else:
                _draw(reports, once=once)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return Exit.OK


def _folder(context: typer.Context) -> Path:
    from bot.progress.sockets import FOLDER

    options: Options = context.obj
    return read_config(options.config).state_dir / FOLDER


def _print(reports: "Iterator[Report | None]", *, as_json: bool, once: bool) -> None:
    """A line for each report."""
    from bot.cli.searching.words import line
    from bot.progress.lines import encode

    for report in reports:
        if report is None:
            continue
        show(encode(report).decode("ascii").rstrip() if as_json else line(report))
        if once and report.state != "searching":
            return


def _draw(reports: "Iterator[Report | None]", *, once: bool) -> None:
    """The latest report of each account, redrawn in place."""
    from bot.cli.searching.bar import Redrawn
    from bot.cli.searching.words import block

    latest: dict[str, Report] = {}
    with Redrawn(sys.stdout) as redrawn:
        for report in reports:
            if report is None:
                continue
            latest[report.account] = report
            redrawn.draw("\n".join(block(each) for each in latest.values()))
            if once and report.state != "searching":
                break
    if once:
        show("\n".join(block(each) for each in latest.values()))


def stop_search(context: typer.Context, account: Account = None) -> int:
    """Stop a search; it returns the best plan that it has found so far.

    What the plan is used for goes on: it is shown, put before you, or carried out, as the mode of
    the account says. To stop all trading there is: trimtab halt.
    """
    from bot.progress.listen import cancel
    from bot.progress.sockets import FOLDER

    options: Options = context.obj
    config = read_config(options.config)
    chosen(config, account)
    stopped = cancel(config.state_dir / FOLDER, account)
    for name in stopped:
        show(f"stopped the search for {name}")
    if not stopped:
        tell("no search runs now; nothing was stopped")
        next_step("trimtab watch waits for the next one")
    return Exit.OK
