"""What an account holds and wants, as shares of its NAV: as the book last saw it, or as it is now.

The book's last look is the newest plan, with the trades that the book knows to have been made
since. A look at the broker writes no plan down; where book and broker differ the broker is right,
and it is said: risk needs no lots.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bot.book.book import Book
from bot.book.errors import BookError
from bot.config.settings import AccountConfig
from bot.observe import observe
from bot.post import Post
from bot.reconcile.account import check_identity, read_account
from bot.reconcile.agree import compare
from bot.report.amounts import count, moment
from brokers.broker import Market
from brokers.words import ZERO, Currency, Execution, Side, Symbol
from strategies.lots import latest_versions
from strategies.plan import Plan
from strategies.risk.refusal import NoRisk
from strategies.snapshot import Snapshot
from strategies.standing import Unjudgeable, standing


@dataclass(frozen=True, slots=True)
class Held:
    """Weights of every name that is held or wanted; ``targets`` is None where none can be had."""

    config: AccountConfig
    origin: Literal["book", "broker"]
    time: datetime
    words: str
    base: Currency
    nav: Decimal
    weights: Mapping[Symbol, Decimal]
    targets: Mapping[Symbol, Decimal] | None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[Symbol, ...]:
        """Every name, in the order in which plans have them."""
        return tuple(sorted(self.weights))


def from_book(book: Book, config: AccountConfig) -> Held:
    """As the book last saw it. Raises ``BookError`` where it did not, or could not tell."""
    name = config.account
    anew = f"trimtab risk {name} --now"
    plan = book.latest_plan(name)
    if plan is None:
        raise BookError(f"the book has no look at {name} yet", f"{anew} looks at the broker")
    if not plan.lines:
        what = f"the last look at {name}, of {moment(plan.time)}, knows no weights"
        raise BookError(f"{what} ({plan.decision.why})", f"{anew} looks at the broker")
    later = [e for e in latest_versions(book.executions(name)) if e.time > plan.time]
    known = [e for e in later if e.currency == plan.base]
    nav, weights = _traded(plan, known)
    since = f", with {count(len(known), 'trade')} since" if known else ""
    return Held(
        config=config,
        origin="book",
        time=plan.time,
        words=f"as the book saw them on {moment(plan.time)}{since}",
        base=plan.base,
        nav=nav,
        weights=weights,
        targets={line.symbol: line.target for line in plan.lines},
        notes=tuple(_missed(book, plan, len(later) - len(known))),
    )


def _traded(plan: Plan, executions: list[Execution]) -> tuple[Decimal, dict[Symbol, Decimal]]:
    """NAV and weights after ``executions``, at the prices of the plan and of the trades."""
    values = {line.symbol: line.weight_before * plan.nav for line in plan.lines}
    nav = plan.nav
    for each in executions:
        sign = 1 if each.side is Side.BUY else -1
        values[each.symbol] = values.get(each.symbol, ZERO) + sign * each.quantity * each.price
        nav -= each.fee
    nav = _sound(nav, plan.account)
    return nav, {symbol: value / nav for symbol, value in values.items()}


def _missed(book: Book, plan: Plan, foreign: int) -> Iterator[str]:
    """What has come since and is not in the weights."""
    account, since = plan.account, plan.time
    if foreign:
        yield f"{count(foreign, 'trade')} in another currency since then: not in these figures"
    flows = [f for f in book.cash_flows(account) if f.time > since]
    shares = [t for t in book.transfers(account) if t.time > since]
    for things, word in ((flows, "cash flow"), (shares, "transfer of shares")):
        if things:
            yield f"{count(len(things), word)} since then: not in these figures"


def from_broker(config: AccountConfig, post: Post, market: Market, book: Book) -> Held:
    """As it is now. Raises what a broker raises, and ``Refusal`` as a plan would."""
    state = read_account(market)
    check_identity(post.account, post.identity, state)
    known = compare(post.policy, state, book)
    snapshot = observe(post, known, market, book)
    notes = [*snapshot.warnings]
    if known.breaks:
        what = f"the book is behind the broker ({known.breaks[0].words}): the broker's counts"
        notes.append(f"{what}; trimtab plan brings it up to date")
    targets, why = _targets(snapshot, config)
    nav = _sound(snapshot.nav, config.account)
    return Held(
        config=config,
        origin="broker",
        time=snapshot.time,
        words=f"as the broker states them, {moment(snapshot.time)}",
        base=snapshot.base,
        nav=nav,
        weights={h.symbol: h.value / nav for h in snapshot.holdings},
        targets=targets,
        notes=(*notes, *why),
    )


def _targets(
    snapshot: Snapshot, config: AccountConfig
) -> tuple[Mapping[Symbol, Decimal] | None, tuple[str, ...]]:
    """Target weights of NAV as a plan would have them, or why there are none."""
    try:
        rows = standing(snapshot, config.policy).rows
    except Unjudgeable as exc:
        return None, (f"nothing is held against the target, nor its limit: {exc}",)
    return {row.symbol: row.target for row in rows}, ()


def _sound(nav: Decimal, account: str) -> Decimal:
    if not nav.is_finite() or nav <= 0:
        raise NoRisk(f"net asset value of {account} is {nav}: there are no shares of it to weigh")
    return nav
