"""The whole of a drill: each trial in turn, and whatever happens, its orders taken back."""

from collections.abc import Callable, Sequence
from inspect import getdoc

from bot.drill import acts, readings
from bot.drill.bench import Bench, Outcome, failed, unverified
from bot.drill.sweep import sweep
from bot.report.drill import Drill, Trial, Verdict
from brokers.broker import BrokerError

Try = Callable[[Bench], Outcome]

READINGS: Sequence[tuple[str, Try]] = (
    ("clock", readings.clock),
    ("account", readings.account),
    ("names", readings.instruments),
    ("quotes", readings.quotes),
    ("bars", readings.bars),
    ("rates", readings.rates),
    ("executions", readings.executions),
    ("records", readings.records),
    ("unknown order", readings.absent),
)
ACTS: Sequence[tuple[str, Try]] = (
    ("submit", acts.submit),
    ("find", acts.found),
    ("open orders", acts.listed),
    ("same key", acts.again),
    ("restart", acts.restarted),
    ("cancel", acts.cancel),
    ("find again", acts.gone),
    ("off the tick", acts.off_tick),
    ("untouched", acts.untouched),
)

NEVER_SHOWN = (
    "that orders fill, in full or in part, and what a fill costs: nothing of a drill may trade",
    "sales, and orders of more than one share",
    "executions that are corrected or undone, dividends, fees, corporate actions",
    "orders that end with their session, and look-ups after it",
    "what happens when the link breaks in the middle of an order: only tests do that on purpose",
    "the live endpoint: it may differ from that for pretended money",
)


def run(bench: Bench, tell: Callable[[Trial], None]) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    """Every trial, and what may still be open at the end; ``tell`` hears of each as it ends."""
    done: list[Trial] = []
    left: tuple[str, ...] = ()
    try:
        for name, trial in (*READINGS, *ACTS):
            done.append(_one(bench, name, trial, in_order=trial in _ACTING))
            tell(done[-1])
    finally:
        began = bench.seconds()
        left = sweep(bench)
        done.append(_swept(left, bench, bench.seconds() - began))
        tell(done[-1])
        _close(bench)
    return tuple(done), left


_ACTING = frozenset(trial for _, trial in ACTS)


def _one(bench: Bench, name: str, trial: Try, *, in_order: bool) -> Trial:
    began = bench.seconds()
    try:
        verdict, said = _unfit(bench, trial, in_order=in_order) or trial(bench)
    except BrokerError as error:
        remedy = f"; {error.remedy}" if error.remedy else ""
        verdict, said = failed(f"{error}{remedy}")
    return Trial(name, shows(trial), verdict, bench.seconds() - began, said)


def shows(trial: Try) -> str:
    """What a trial shows, in its own words."""
    return (getdoc(trial) or "").split("\n\n")[0].replace("\n", " ").rstrip(".")


def _unfit(bench: Bench, trial: Try, *, in_order: bool) -> Outcome | None:
    """Why something is not even tried."""
    if why := bench.stopping():
        return unverified(f"not tried: {why}")
    if not in_order:
        return None
    if trial is acts.submit:
        if bench.session_at(bench.clock.now()) is None:
            return unverified("not tried: the exchange is closed; drill while it is open")
        if bench.quote is None or bench.instrument is None:
            return unverified("not tried: no name with a sound quote, no open order and its price")
        return None
    return unverified("not tried: there is no order") if bench.order is None else None


def _swept(left: tuple[str, ...], bench: Bench, seconds: float) -> Trial:
    shows = "Every order of this drill is gone"
    if left:
        said = f"may still be open, cancel by hand or drill again: {'; '.join(left)}"
        return Trial("swept", shows, Verdict.FAILED, seconds, said)
    said = f"{len(bench.sent)} sent, none is open"
    return Trial("swept", shows, Verdict.PASSED, seconds, said)


def _close(bench: Bench) -> None:
    """The plan of the drill is over, however it went."""
    if bench.sent:
        now = bench.clock.now()
        bench.book.mark_plan(bench.plan_id, "finished", "trimtab", "the drill is over", now)


def report(
    bench: Bench,
    *,
    broker: str,
    trials: tuple[Trial, ...],
    left: tuple[str, ...],
    seconds: float,
    book: str,
) -> Drill:
    """What is written down of a drill."""
    state, interrupted = bench.before, bool(bench.stopping())
    return Drill(
        passed=not left and not interrupted and all(t.verdict is Verdict.PASSED for t in trials),
        account=bench.account,
        environment=state.environment,
        broker=broker,
        fingerprint=state.fingerprint,
        symbol=None if bench.order is None else bench.order.symbol,
        began=state.time,
        seconds=seconds,
        interrupted=interrupted,
        trials=trials,
        left_open=left,
        unverified=NEVER_SHOWN,
        book=book,
    )
