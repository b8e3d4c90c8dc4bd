"""``trimtab status``: how every account stands, in a moment. Nothing heavy is loaded for it."""

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options
from bot.cli.screen import next_step, paint, show, show_json, tell
from bot.cli.teach import teach

if TYPE_CHECKING:
    from datetime import datetime

    from bot.book.glance import AccountGlance, Glance, HouseGlance
    from bot.cli.households import HouseholdStatus
    from bot.cli.scanned import ScanStatus
    from bot.switch import Halt


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        status,
        ("trimtab status", "every account"),
        ("trimtab -c demo/config.toml status", "of another config"),
        ("trimtab status --json | jq '.accounts[].halted'", "for a monitor"),
    )


def status(context: typer.Context, as_json: AsJson = False) -> int:
    """How every account stands: value, drift, orders, halts.

    It reads the book alone, so it answers at once, with the daemon running or not, and says
    what was true when the account was last looked at.
    """
    from bot.book.glance import glance
    from bot.cli import scanned
    from bot.cli.households import is_told, line, stand
    from bot.config.quick import find_families, find_harvesting
    from bot.config.where import find_book, find_state_dir, read_raw
    from bot.switch import NAME, read

    options: Options = context.obj
    raw = read_raw(options.config)
    folder = find_state_dir(options.config, os.environ, raw)
    if (flag := read(folder)) is not None:
        tell(f"{folder / NAME} is there: {flag.words}")
    seen = _with_flag(glance(find_book(options.config, os.environ, raw)), flag)
    if seen.restored is not None:
        tell(f"this book is an older copy: {seen.restored}; nothing is sent")
    families = find_families(options.config, os.environ, raw)
    homes = tuple(stand(families, seen.accounts, _now(folder)))
    scan = scanned.scan_status(find_harvesting(os.environ, raw), seen.accounts)
    if as_json:
        _show_json(seen, homes, scan)
    else:
        parts = [_account(account) for account in seen.accounts]
        show("\n\n".join(parts) or "no account yet")
        lines = [line(one) for one in homes if is_told(one)]
        lines += [] if scan is None else [scanned.line(scan)]
        if lines := lines + _house(seen.house):
            show("\n" + "\n".join(lines))
    next_step(_advice(seen))
    return Exit.OK


def _house(seen: "HouseGlance") -> list[str]:
    """The last check of the book, and what a person was told of and still holds."""
    lines = [f"ALARM: {text}" for text in seen.alarms]
    if seen.checked is not None:
        found = seen.fault or "as it was written"
        lines.append(f"the book was checked on {_moment(seen.checked)}: {found}")
    return lines


def _with_flag(seen: "Glance", flag: "Halt | None") -> "Glance":
    """The same where the kill switch stops more than the book does."""
    from bot.switch import severity

    if flag is None:
        return seen
    state, reason, most = flag.state, flag.reason, severity(flag.state)
    told = tuple(
        each._replace(state=state, halted=reason) if severity(each.state) < most else each
        for each in seen.accounts
    )
    if severity(seen.state) < most:
        seen = seen._replace(state=state, halted=reason)
    return seen._replace(accounts=told)


def _now(folder: Path) -> "datetime":
    """The moment at which a replay stands, else that of the clock on the wall."""
    from bot.cli.wiring import moment_in
    from bot.daemon.clock import SystemClock

    return moment_in(folder) or SystemClock().now()


def _show_json(
    seen: "Glance", homes: "tuple[HouseholdStatus, ...]", scan: "ScanStatus | None"
) -> None:
    from bot.cli.documents import StatusDocument

    show_json(
        StatusDocument(
            seen.accounts,
            seen.halted,
            seen.mails_unsent,
            seen.plans_waiting,
            homes,
            scan,
            seen.state,
            seen.house,
        )
    )


def _account(seen: "AccountGlance") -> str:
    halted = "active" if seen.halted is None else f"{seen.state.upper()}: {seen.halted}"
    word = str(seen.environment)
    lines = (
        f"{paint(word, word)} {seen.account}: {halted}",
        f"  net asset value  {_amount(seen.nav)}, of it cash {_amount(seen.cash)}",
        f"  largest drift    {_share(seen.max_drift)}",
        f"  last look        {_moment(seen.seen)}",
        f"  last plan        {_plan(seen)}",
        f"  last slot        {_words(seen.run_slot, _OUTCOME[seen.run_ok])}",
        f"  open orders      {seen.orders_open}",
        *_lease(seen),
    )
    return "\n".join(line.rstrip() for line in lines)


def _lease(seen: "AccountGlance") -> tuple[str, ...]:
    if seen.lease is None:
        return ()
    host, pid, token, until = seen.lease
    lease = f"lease {token} until {until:%Y-%m-%d %H:%M:%S} UTC"
    return (f"  worked by        process {pid} on {host}, {lease}",)


_OUTCOME = {True: "done", False: "failed", None: "not ended"}


def _plan(seen: "AccountGlance") -> str:
    return _words(seen.plan_id, f"to {seen.plan_kind}", f"({seen.plan_state})")


def _words(first: str | None, *others: str) -> str:
    return "none" if first is None else " ".join((first, *others))


def _amount(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def _share(share: Decimal | None) -> str:
    return "unknown" if share is None else f"{share:.2%} of net asset value"


def _moment(moment: "datetime | None") -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _advice(seen: "Glance") -> str:
    """The most pressing thing that a person can do."""
    if seen.restored is not None:
        return 'trimtab reconcile, then trimtab db accept --reason "..."'
    if any(account.halted is not None for account in seen.accounts):
        return 'find the cause, then: trimtab reconcile, trimtab resume --reason "..."'
    if seen.plans_waiting:
        return "trimtab plans shows what waits for your word"
    if seen.mails_unsent:
        return f"trimtab check tries the mail server: {seen.mails_unsent} unsent"
    return "trimtab plan shows what would be done now"
