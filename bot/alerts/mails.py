"""What is told to a person, and when: one function a kind of mail.

No mail holds an account number or a secret, and none can approve a plan by being opened: it names
the command to type. One that is not ``drawn`` says all that the picture shows, in words.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from bot.alerts.compose import Stamp, Topic, mail, picture, plan_facts, topic
from bot.book.rows import Attachment, Mail, Severity, SnapshotRow
from bot.report import plots
from bot.report.amounts import MONEY, count, moment, money, percent, points
from bot.report.history import TradedRow
from bot.report.letter import Letter, Picture, drift_bars
from bot.report.pairs import pair_texts, replaced_texts
from bot.report.reasons import reason_text
from bot.report.say import (
    cash_text,
    cost_text,
    decision_text,
    distance,
    drift_text,
    orders_text,
    verdict,
    warnings,
    worst_text,
)
from bot.report.tables import drift_table, fills_table, lots_table, orders_table, traded_table
from brokers.words import ZERO, AccountId, Environment, Execution
from strategies.drift import subject
from strategies.plan import Decision, Hold, Plan, Rebalance, leg_key

SHORT_ROWS = 5
LONG_ROWS = 60
"""Rows of a table in a mail; a book of many hundred names is read elsewhere."""

_DRIFT = "drift"
_VALUE = "value"
_NUMBER_LIKE = re.compile(r"\b[A-Z]{0,4}\d{6,}\b")
_KEY_LIKE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{16,}\b")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cycle that failed, or trading that was halted. ``remedy`` is what a person should do.

    ``news`` is for what is neither: the trouble in a few words.
    """

    account: AccountId
    environment: Environment
    session: date
    what: str
    remedy: str
    is_halted: bool
    commands: tuple[str, ...] = ()
    news: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """What the weekly report looks back on; ``rows`` are of one account, oldest first."""

    rows: tuple[SnapshotRow, ...]
    deposits: Decimal = ZERO
    traded: tuple[TradedRow, ...] = ()


def drift_warning(plan: Plan, threshold: Decimal, *, drawn: bool = True) -> Mail | None:
    """A name is ``threshold`` or more from target; None while none is. Told once a day."""
    worst = max(plan.lines, key=distance, default=None)
    if worst is None or distance(worst) < threshold:
        return None
    off = f"{worst.symbol} is {points(worst.weight_before - worst.target)} from its target"
    news = f"{off}, {verdict(worst)} its band"
    letter = Letter(
        environment=plan.environment,
        title=news,
        sentences=(
            f"This is the drift of {percent(threshold)} or more that you asked to be told of.",
            drift_text(plan),
            f"{decision_text(plan.decision)}.",
            _recommendation(plan.decision),
        ),
        points=_noticed(plan),
        facts=plan_facts(plan),
        tables=(drift_table(plan, SHORT_ROWS),),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this at most once a day while a name is as far from its target as "
        "alerts.drift_warning says. Raise that setting in config.toml to hear of it later.",
    )
    stamp = Stamp(topic(plan, "drift", plan.session.isoformat()), plan.time, "warn", news)
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def alert(plan: Plan, *, drawn: bool = True) -> Mail | None:
    """What the account is only warned of, told once a day; None where there is nothing."""
    if not plan.alerts:
        return None
    words = [reason_text(each, plan.base) for each in plan.alerts]
    more = f" and {len(words) - 1} more" if len(words) > 1 else ""
    news = f"{words[0]}{more}"
    letter = Letter(
        environment=plan.environment,
        title=news,
        sentences=(
            "Nothing is traded for what you are warned of here.",
            f"{decision_text(plan.decision)}.",
        ),
        points=_noticed(plan),
        facts=plan_facts(plan),
        tables=(drift_table(plan, SHORT_ROWS),),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this at most once a day for the same things. Each has an action of its own "
        'in the table triggers of the account in config.toml: "none" says nothing, "partial", '
        '"full" and "immediate" trade.',
    )
    about = ",".join(sorted(" ".join(subject(each)) for each in plan.alerts))
    occasion = f"{plan.session}-{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    stamp = Stamp(topic(plan, "alert", occasion), plan.time, "warn", news)
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def action_needed(plan: Plan, deadline: datetime, *, drawn: bool = True) -> Mail:
    """A plan waits for a person's approval until ``deadline``."""
    letter = Letter(
        environment=plan.environment,
        title=f"{plan.plan_id} waits for your approval until {moment(deadline)}",
        sentences=(
            f"{decision_text(plan.decision)}.",
            f"{orders_text(plan)} {drift_text(plan)}",
            *(f"{text}." for text in pair_texts(plan)),
            cost_text(plan),
            cash_text(plan),
        ),
        points=_noticed(plan),
        asks=(
            f"If nobody answers by {moment(deadline)} the plan expires and nothing is traded.",
            "This plan is also void when prices move further than the policy allows.",
            "To approve it, or to turn it down, type:",
        ),
        commands=(f"trimtab approve {plan.plan_id}", f"trimtab reject {plan.plan_id}"),
        facts=(*plan_facts(plan), ("Open until", moment(deadline))),
        tables=(drift_table(plan, LONG_ROWS), orders_table(plan, LONG_ROWS), lots_table(plan)),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this because the account's mode asks for a person's approval of each plan. "
        "The setting is the account's mode in config.toml.",
    )
    news = f"{worst_text(plan)}: {plan.plan_id} waits for you"
    stamp = Stamp(topic(plan, plan.plan_id, "approve"), plan.time, "warn", news)
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def proposal(plan: Plan, *, drawn: bool = True) -> Mail:
    """A plan of an account whose mode is to propose only: nothing is sent, whatever is said."""
    letter = Letter(
        environment=plan.environment,
        title=f"{plan.plan_id} is proposed; nothing was sent",
        sentences=(
            f"{decision_text(plan.decision)}.",
            f"{orders_text(plan)} {drift_text(plan)}",
            *(f"{text}." for text in pair_texts(plan)),
            cost_text(plan),
            cash_text(plan),
        ),
        points=_noticed(plan),
        asks=(
            "The mode of this account is propose: trimtab sends no order for it.",
            'To let it ask for your approval instead, set mode = "approve" in config.toml.',
        ),
        facts=plan_facts(plan),
        tables=(drift_table(plan, LONG_ROWS), orders_table(plan, LONG_ROWS), lots_table(plan)),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this at most once a day while there is something to trade.",
    )
    news = f"{worst_text(plan)}: {plan.plan_id} is proposed"
    stamp = Stamp(topic(plan, "proposal", str(plan.session)), plan.time, "info", news)
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def trial(now: datetime) -> Mail:
    """A mail that only shows that mail arrives."""
    letter = Letter(
        environment=Environment.PAPER,
        title="Mail arrives",
        sentences=("This mail was asked for by trimtab check. Nothing is the matter.",),
        why="You get this each time somebody runs trimtab check.",
    )
    about = Topic(Environment.PAPER, AccountId("check"), "trial", f"{now:%Y%m%dT%H%M%S}")
    return mail(letter, Stamp(about, now, "info", "mail arrives"))


def executed(plan: Plan, fills: Sequence[Execution], now: datetime, *, drawn: bool = True) -> Mail:
    """What became of the orders of a plan that was carried out."""
    table = fills_table(plan, fills)
    full = len(table.rows) - len(table.loud)
    news = f"{full} of {count(len(plan.legs), 'order')} filled"
    left = (
        "Nothing is left open."
        if not table.loud
        else (
            "What was not filled has been cancelled; the next cycle looks again and plans afresh."
        )
    )
    letter = Letter(
        environment=plan.environment,
        title=f"{plan.plan_id} was carried out: {news}",
        sentences=(
            f"{decision_text(plan.decision)}.",
            f"{news}. {left}",
            *replaced_texts(plan, fills),
            _paid_text(plan, fills),
            cost_text(plan, "Estimated cost"),
        ),
        points=_noticed(plan),
        facts=(*plan_facts(plan), ("Carried out", moment(now))),
        tables=(table, drift_table(plan, LONG_ROWS)),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this after each plan that was carried out.",
    )
    severity: Severity = "warn" if table.loud else "info"
    stamp = Stamp(topic(plan, plan.plan_id, "executed"), now, severity, f"{plan.plan_id}: {news}")
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def at_auction(plan: Plan, waiting: int, now: datetime, *, drawn: bool = True) -> Mail:
    """Orders of a plan wait for the closing auction; what becomes of them is told after it."""
    news = f"{count(waiting, 'order')} of {len(plan.legs)} for the closing auction"
    letter = Letter(
        environment=plan.environment,
        title=f"{plan.plan_id} waits for the close: {news}",
        sentences=(
            f"{decision_text(plan.decision)}.",
            f"{orders_text(plan)} They trade at the close, at their limits or better, or not.",
            "Nothing else is planned for this account until then.",
            cost_text(plan, "Estimated cost"),
        ),
        points=_noticed(plan),
        facts=(*plan_facts(plan), ("Sent", moment(now))),
        tables=(orders_table(plan, LONG_ROWS), drift_table(plan, LONG_ROWS)),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan),) if drawn else (),
        why="You get this because the account's orders.auction in config.toml says close.",
    )
    stamp = Stamp(topic(plan, plan.plan_id, "auction"), now, "info", f"{plan.plan_id}: {news}")
    return mail(letter, stamp, (_drift_png(plan),) if drawn else ())


def failed(trouble: Trouble, now: datetime) -> Mail:
    """A cycle failed or trading was halted: what happened, and what a person should do."""
    news = trouble.news or ("trading is halted" if trouble.is_halted else "a cycle failed")
    what = veiled(trouble.what)
    then = (
        "No order will be sent until a person resumes trading."
        if trouble.is_halted
        else "Nothing more was traded in this cycle; the next one starts afresh."
    )
    letter = Letter(
        environment=trouble.environment,
        title=f"{trouble.account}: {news}",
        sentences=(f"What happened: {what}", then),
        asks=(f"What to do: {trouble.remedy}",),
        commands=trouble.commands,
        facts=(
            ("Mode", MONEY[trouble.environment]),
            ("Account", str(trouble.account)),
            ("Session", trouble.session.isoformat()),
            ("Time", moment(now)),
        ),
        why="You get this once a session for each different failure.",
        is_grave=True,
    )
    subject = f"{news}: {what}"
    about = Topic(trouble.environment, trouble.account, "failed", _occasion(trouble, what))
    return mail(letter, Stamp(about, now, "critical", subject))


def weekly(plan: Plan, week: Week, now: datetime) -> Mail:
    """Value and change of the week, weights against targets, and whether to act or to wait."""
    year, number, _ = now.isocalendar()
    advice = _recommendation(plan.decision)
    letter = Letter(
        environment=plan.environment,
        title=f"Week {number} of {year}: {_value_text(plan, week)}",
        sentences=(
            cash_text(plan),
            advice,
            f"{decision_text(plan.decision)}.",
            f"{orders_text(plan)} {drift_text(plan)}",
            cost_text(plan),
        ),
        points=_noticed(plan),
        facts=(*plan_facts(plan), *_week_facts(plan, week)),
        tables=(drift_table(plan, LONG_ROWS), traded_table(week.traded)),
        bars=drift_bars(plan),
        pictures=(_drift_alt(plan), *_value_alt(week)),
        why='You get this once a week; alerts.weekly_report in config.toml sets the day, or "off".',
    )
    about = topic(plan, "weekly", f"{year}-W{number:02}")
    stamp = Stamp(about, now, "info", f"week {number}: {_value_text(plan, week)}")
    return mail(letter, stamp, (_drift_png(plan), *_value_png(plan, week)))


def _occasion(trouble: Trouble, what: str) -> str:
    """The same failure with other numbers in it is the same news."""
    kind = f"{trouble.is_halted} {re.sub(r'[0-9]+', '#', what)}"
    return f"{trouble.session}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"


def veiled(text: str) -> str:
    """``text`` with whatever looks like an account number or a key hidden to its last letters."""
    keyless = _KEY_LIKE.sub("(hidden)", text)
    return _NUMBER_LIKE.sub(lambda found: f"...{found.group()[-3:]}", keyless)


def _recommendation(decision: Decision) -> str:
    match decision:
        case Hold():
            return "Recommendation: wait. Nothing needs to be traded now."
        case Rebalance():
            return "Recommendation: act. The plan gains more than it costs, or a rule asks for it."
        case _:
            assert_never(decision)


def _noticed(plan: Plan) -> tuple[str, ...]:
    noticed = (f"Noticed: {reason_text(reason, plan.base)}" for reason in plan.reasons)
    return (*noticed, *(f"Warning: {warning}" for warning in warnings(plan)))


def _drift_alt(plan: Plan) -> Picture:
    return Picture(_DRIFT, f"Drift of each name against its band: {worst_text(plan)}.")


def _drift_png(plan: Plan) -> Attachment:
    return picture(_DRIFT, plots.drift_bars(plan))


def _value_alt(week: Week) -> tuple[Picture, ...]:
    return (Picture(_VALUE, "Value and cash of the account over time."),) if week.rows else ()


def _value_png(plan: Plan, week: Week) -> tuple[Attachment, ...]:
    if not week.rows:
        return ()
    return (picture(_VALUE, plots.value_over_time(week.rows, plan.base)),)


def _value_text(plan: Plan, week: Week) -> str:
    if not week.rows:
        return f"value {money(plan.nav, plan.base)}"
    return f"value {_change_text(plan, week)}"


def _change_text(plan: Plan, week: Week) -> str:
    """What the week added to the value, and no deposit explains."""
    before = week.rows[0].nav
    change = plan.nav - before - week.deposits
    share = f" ({percent(change / before, signed=True)})" if before else ""
    return f"{money(change, plan.base, signed=True)}{share}"


def _week_facts(plan: Plan, week: Week) -> tuple[tuple[str, str], ...]:
    if not week.rows:
        return ()
    first = week.rows[0]
    return (
        ("Value now", money(plan.nav, plan.base)),
        (f"Value on {first.session}", money(first.nav, plan.base)),
        ("Deposits less withdrawals", money(week.deposits, plan.base, signed=True)),
        ("Change without them", _change_text(plan, week)),
    )


def _paid_text(plan: Plan, fills: Sequence[Execution]) -> str:
    """Paid against mid, where all of it is in the base currency."""
    mids = {leg.order.key: leg.mid for leg in plan.legs}
    ours = [(fill, leg_key(fill.key)) for fill in fills if fill.key is not None]
    ours = [(fill, key) for fill, key in ours if key in mids]
    if any(fill.currency != plan.base for fill, _ in ours):
        return "Prices are in several currencies; the table has each of them."
    paid = sum(((f.price - mids[key]) * f.quantity * f.side.sign for f, key in ours), ZERO)
    fees = sum((fill.fee for fill, _ in ours), ZERO)
    against_mid = money(paid, plan.base)
    return f"Actual cost: {against_mid} against mid, and {money(fees, plan.base)} of fees."
