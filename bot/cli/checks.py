"""Everything that must be in place before money is trusted to it: one row a check."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.cli.exits import Exit, classify
from bot.cli.wiring import open_desk, read_config, real_hands

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. ``exit_code`` is what a failure leaves with."""

    verdict: Literal["ok", "warn", "fail"]
    what: str
    fix: str = ""
    exit_code: int = 0


Check = Callable[["Config"], Iterator[Finding]]


def run_checks(path: Path, account: str | None) -> Iterator[Finding]:
    """Every check in turn; a config that cannot be read ends them."""
    try:
        config = read_config(path)
    except Exception as error:  # noqa: BLE001  # each check turns any failure into a finding
        yield _failure("config", error)
        return
    yield Finding("ok", f"config: {path}, {len(config.accounts)} accounts")
    yield from (Finding("warn", str(caution)) for caution in config.warnings)
    for name, trial in CHECKS:
        yield from _guarded(name, trial, config)
    for chosen in config.accounts:
        if account in {None, chosen.account}:
            yield from _guarded(f"account {chosen.account}", _account_check(chosen), config)


def _guarded(name: str, trial: Check, config: "Config") -> Iterator[Finding]:
    try:
        yield from trial(config)
    except Exception as error:  # noqa: BLE001  # a check that fails is a finding, not an end
        yield _failure(name, error)


def _failure(name: str, error: Exception) -> Finding:
    code, remedy = classify(error) or (Exit.UNEXPECTED, "run again with --debug and report it")
    return Finding("fail", f"{name}: {error}", remedy, code)


def _disk(config: "Config") -> Iterator[Finding]:
    free_mib = shutil.disk_usage(config.path.resolve().parent).free // 2**20
    need = max((account.limits.disk_free_mib for account in config.accounts), default=64)
    if free_mib < need:
        yield Finding("fail", f"disk: {free_mib} MiB free", f"free {need} MiB", Exit.ENVIRONMENT)
    else:
        yield Finding("ok", f"disk: {free_mib} MiB free")


def _book(config: "Config") -> Iterator[Finding]:
    from bot.book import maintain
    from bot.book.book import Book

    with Book.open(config.book_url, upgrade=True):
        findings = maintain.check(config.book_url)
    for finding in findings:
        yield Finding(
            "fail",
            f"book: {finding.rule}: {finding.detail}",
            "restore the last backup",
            Exit.REFUSED,
        )
    if not findings:
        yield Finding("ok", f"book: {config.book_url} is sound")


def _calendar(config: "Config") -> Iterator[Finding]:
    from bot.daemon.sessions import Sessions

    now = real_hands().clock.now()
    sessions = Sessions(config.calendar, now)
    upcoming = sessions.next_session(now)
    ahead = sessions.last.day - now.date()
    yield Finding(
        "ok" if ahead > timedelta(days=300) else "warn",
        f"calendar: {config.calendar} opens next {upcoming.opens:%a %Y-%m-%d %H:%M} UTC,"
        f" known until {sessions.last.day}",
        "" if ahead > timedelta(days=300) else "upgrade exchange_calendars",
    )


def _mail(config: "Config") -> Iterator[Finding]:
    from bot.alerts.mails import trial
    from bot.alerts.post import deliver
    from bot.cli.channels import open_channels

    now = real_hands().clock.now()
    for channel in open_channels(config, os.environ):
        (outcome,) = deliver([trial(now)], [channel], now)
        if outcome.state == "sent":
            yield Finding("ok", f"mail: {channel.name} took a trial mail")
        else:
            remedy = "see [mail] in docs/config.md"
            yield Finding("fail", f"mail: {outcome.why}", remedy, Exit.TEMPORARY)


def _account_check(chosen: "AccountConfig") -> Check:
    def trial(config: "Config") -> Iterator[Finding]:
        from bot.daemon.sessions import Sessions

        clock = real_hands().clock
        desk = open_desk(chosen, Sessions(config.calendar, clock.now()), clock.now)
        state = desk.broker.account()
        yield Finding(
            "ok" if state.environment is chosen.environment else "fail",
            f"account {chosen.account}: {state.environment}, {len(state.positions)} positions,"
            f" mode {chosen.policy.mode}",
            "" if state.environment is chosen.environment else "mend environment in config.toml",
            Exit.REFUSED,
        )
        offset = abs((desk.broker.clock().time - clock.now()).total_seconds())
        limits = chosen.limits
        late = offset > limits.clock_stop_seconds
        yield Finding(
            "fail" if late else "warn" if offset > limits.clock_warn_seconds else "ok",
            f"clock: {offset:.1f} s from the broker's",
            "set the clock by NTP" if offset > limits.clock_warn_seconds else "",
            Exit.REFUSED,
        )

    return trial


CHECKS: tuple[tuple[str, Check], ...] = (
    ("disk", _disk),
    ("book", _book),
    ("calendar", _calendar),
    ("mail", _mail),
)
