"""Everything that must be in place before money is trusted to it: one row a check."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen, label
from bot.cli.exits import NO_REMEDY, Exit, classify, sentence
from bot.cli.finding import Finding
from bot.cli.wiring import CACHE, disk_free_mib, hands_of, make_book, open_desk, read_config

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from brokers.broker import Market

TRIAL_ERROR_MAX = 1e-9
"""How far the answer to the optimizer's trial may be off, in weight."""


Check = Callable[["Config"], Iterator[Finding]]


def run_checks(path: Path, account: str | None) -> Iterator[Finding]:
    """Every check in turn; a config that cannot be read ends them."""
    from bot.report.amounts import count

    try:
        config = read_config(path)
        accounts = chosen(config, account)
    except Exception as error:  # noqa: BLE001  # each check turns any failure into a finding
        yield from _failures("config", error)
        return
    yield Finding("ok", f"config: {path}, {count(len(config.accounts), 'account')}")
    yield from (Finding("warn", str(caution)) for caution in config.warnings)
    for name, trial in CHECKS:
        yield from _guarded(name, trial, config)
    for each in accounts:
        yield from _guarded(f"account {each.account}", _account_check(each), config)


def _guarded(name: str, trial: Check, config: "Config") -> Iterator[Finding]:
    try:
        yield from trial(config)
    except Exception as error:  # noqa: BLE001  # a check that fails is a finding, not an end
        yield from _failures(name, error)


def _failures(name: str, error: Exception) -> Iterator[Finding]:
    """One for each mistake that the error tells of."""
    code, remedy = classify(error) or (Exit.UNEXPECTED, NO_REMEDY)
    for line in sentence(error).splitlines():
        yield Finding("fail", f"{name}: {line}", remedy, code)


def _disk(config: "Config") -> Iterator[Finding]:
    free_mib = disk_free_mib(config)
    need = max((account.limits.disk_free_mib for account in config.accounts), default=64)
    if free_mib < need:
        yield Finding("fail", f"disk: {free_mib} MiB free", f"free {need} MiB", Exit.ENVIRONMENT)
    else:
        yield Finding("ok", f"disk: {free_mib} MiB free")


def _book(config: "Config") -> Iterator[Finding]:
    from bot.book import maintain
    from bot.book.engine import locate

    with make_book(config):
        findings = maintain.check(config.book_url)
    for finding in findings:
        yield Finding(
            "fail",
            f"book: {finding.rule}: {finding.detail}",
            "restore the last backup",
            Exit.REFUSED,
        )
    if not findings:
        yield Finding("ok", f"book: {locate(config.book_url).name} is sound")


def _limits(config: "Config") -> Iterator[Finding]:
    """What was loosened in the config, and is not confirmed yet; who is left alone."""
    from bot.limits import looser_ones

    with make_book(config) as book:
        for account in config.accounts:
            in_force = book.latches.in_force(account.account, account.limits)
            if waiting := looser_ones(account.limits, in_force):
                remedy = f"trimtab limits {account.account} --accept --reason TEXT"
                yield Finding("warn", f"limits: {', '.join(waiting)} not confirmed yet", remedy)
            for symbol, why in book.latches.quarantined(account.account).items():
                yield Finding("warn", f"limits: {account.account} leaves {symbol} alone: {why}")


def _calendar(config: "Config") -> Iterator[Finding]:
    from bot.daemon.sessions import Sessions

    now = hands_of(config).clock.now()
    sessions = Sessions(config.calendar, now)
    upcoming = sessions.next_session(now)
    ahead = sessions.last.day - now.date()
    yield Finding(
        "ok" if ahead > timedelta(days=300) else "warn",
        f"calendar: {config.calendar} opens next {upcoming.opens:%a %Y-%m-%d %H:%M} UTC,"
        f" known until {sessions.last.day}",
        "" if ahead > timedelta(days=300) else "upgrade exchange_calendars",
    )


def _prices(config: "Config") -> Iterator[Finding]:
    from bot.cli.price_checks import price_findings

    yield from price_findings(config)


def _households(config: "Config") -> Iterator[Finding]:
    from bot.cli.household_checks import household_findings

    yield from household_findings(config)


def _mail(config: "Config") -> Iterator[Finding]:
    from bot.alerts.mails import trial
    from bot.alerts.post import deliver
    from bot.cli.channels import open_channels

    now = hands_of(config).clock.now()
    for channel in open_channels(config, os.environ):
        (outcome,) = deliver([trial(now)], [channel], now)
        if outcome.state == "sent":
            yield Finding("ok", f"mail: {channel.name} took a trial mail")
        else:
            remedy = "see [mail] in docs/config.md"
            yield Finding("fail", f"mail: {outcome.why}", remedy, Exit.TEMPORARY)


def _watch(config: "Config") -> Iterator[Finding]:
    from bot.cli.watch_checks import watch_findings

    yield from watch_findings(config)


def _optimizer(_config: "Config") -> Iterator[Finding]:
    """A problem of two names whose answer is known: half of the way back to the target."""
    import numpy as np

    from strategies.optimize.kernel.compiled import IS_THERE
    from strategies.optimize.kernel.solve import solve
    from strategies.optimize.problem import Problem

    nothing, even = np.zeros(2), np.array([0.5, 0.5])
    problem = Problem(
        current=np.array([0.7, 0.3]),
        target=even,
        factors=np.zeros((2, 0)),
        specific=np.full(2, 0.05),
        spread=np.full(2, 0.01),
        impact=nothing,
        lower=nothing,
        upper=np.ones(2),
        risk_aversion=1.0,
    )
    found = solve(problem)
    steps = "compiled steps" if IS_THERE else "NumPy alone: a C compiler would make it quicker"
    if found.status == "optimal" and abs(float(found.weights[0]) - 0.6) < TRIAL_ERROR_MAX:
        yield Finding("ok", f"optimizer: proven to {found.gap:.0e}, {steps}")
    else:
        remedy = "install Trimtab anew; the kernel of this installation is broken"
        yield Finding("fail", f"optimizer: {found.status}: {found.why}", remedy, Exit.ENVIRONMENT)


def _account_check(account: "AccountConfig") -> Check:
    def trial(config: "Config") -> Iterator[Finding]:
        from bot.cli.capabilities import let_go
        from bot.cli.market_checks import market_findings
        from bot.cli.own_code_checks import own_code_findings
        from bot.daemon.sessions import Sessions

        clock = hands_of(config).clock
        sessions = Sessions(config.calendar, clock.now(), cache=config.state_dir / CACHE)
        broker = open_desk(account, config, sessions, clock.now).broker
        try:
            yield _identity(account, broker)
            yield _clock(account, abs((broker.clock().time - clock.now()).total_seconds()))
            yield from market_findings(account, broker, sessions, clock.now())
            yield from own_code_findings(account, config, broker, sessions)
        finally:
            let_go(broker)

    return trial


def _identity(account: "AccountConfig", market: "Market") -> Finding:
    """The broker's account is the one that the config means; raises where it is another."""
    from bot.post import Identity
    from bot.reconcile.account import check_identity, read_account
    from bot.report.amounts import count

    state = read_account(market)
    check_identity(account.account, Identity(account.environment, account.live_account), state)
    positions = count(len(state.positions), "position")
    mode = account.policy.mode
    return Finding("ok", f"account: {label(account)}, {positions}, mode {mode}")


def _clock(account: "AccountConfig", offset: float) -> Finding:
    what, fix = f"clock: {offset:.1f} s from the broker's", "set the clock by NTP"
    if offset > account.limits.clock_stop_seconds:
        return Finding("fail", what, fix, Exit.REFUSED)
    if offset > account.limits.clock_warn_seconds:
        return Finding("warn", what, fix)
    return Finding("ok", what)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("disk", _disk),
    ("book", _book),
    ("limits", _limits),
    ("calendar", _calendar),
    ("optimizer", _optimizer),
    ("prices", _prices),
    ("household", _households),
    ("mail", _mail),
    ("watch", _watch),
)
