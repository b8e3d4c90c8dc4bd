"""The row of ``trimtab check`` on code of the owner's own: does it answer, and how soon?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.cli.finding import Finding
from bot.cli.wiring import make_book

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.sessions import Sessions
    from brokers.broker import Market

SLOW_SHARE = 0.5
"""Of its time that the code may take before it is said to be slow."""


def own_code_findings(
    account: "AccountConfig", config: "Config", market: "Market", sessions: "Sessions"
) -> Iterator[Finding]:
    """Each code that the target names, asked once as a plan of today would ask it."""
    target = account.policy.target
    if target.own is None and target.recipe.forecast is None:
        return
    from bot.cli.wiring import hands_of
    from bot.outside.trial import Trial, try_out
    from bot.prices.history import Moment, Owner, history
    from bot.prices.told import ENOUGH, last_told
    from bot.reconcile import read_account

    now = hands_of(config).clock.now()
    session = sessions.session_at(now) or sessions.next_session(now)
    moment = Moment(now, last_told(sessions.previous_sessions(now, ENOUGH), now))
    names = [symbol for symbol, _ in target.weights]
    with make_book(config) as book:
        owner = Owner(account.account, account.prices)
        bars = history(owner, market, book, names, moment).bars
    trial = Trial(target, read_account(market), bars, session.day, account.folder)
    for code, answer in try_out(trial):
        took = f"{answer.seconds:.1f} s of the {code.seconds} s that it may take"
        is_slow = answer.seconds > code.seconds * SLOW_SHARE
        fix = "raise target.code.seconds, or make it quicker" if is_slow else ""
        what = f"your code {code.label} answered for {len(answer.values)} names in {took}"
        yield Finding("warn" if is_slow else "ok", what, fix)
