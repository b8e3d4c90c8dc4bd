"""What was decided: plans, and each step of their lives along the legal edges."""

from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Row, Select, func, insert, select

from bot.book.errors import Contradicted, IllegalStep, UnknownPlan
from bot.book.rows import NEXT_STATES, PlanRow, PlanState, PlanStep
from bot.book.schema import executions, intents, plan_events, plans
from bot.redaction import without_secrets
from brokers.words import AccountId

if TYPE_CHECKING:
    from strategies.plan import Plan, PlanId

_NEARBY = 1000
"""Latest plans among which a mistyped id is looked for."""


def keep(
    connection: Connection,
    plan: "Plan",
    policy_digest: str,
    state: Literal["proposed", "awaiting"],
    expires: datetime | None,
) -> None:
    """Write a plan down, for good. The very same plan again, of the same moment, is no news."""
    from bot.book.codec import encode

    body = without_secrets(encode(plan))
    if (kept := _body(connection, plan.plan_id)) is not None:
        if kept == body:
            return
        what = f"plan {plan.plan_id} is in the book already, and says something else"
        raise Contradicted(what, "a plan is final once written; give the new one its own id")
    connection.execute(
        insert(plans).values(
            plan_id=plan.plan_id,
            account=plan.account,
            time=plan.time,
            session=plan.session,
            kind=plan.decision.kind,
            policy_digest=policy_digest,
            expires=expires,
            body=body,
        )
    )
    _append(connection, plan.plan_id, PlanStep(1, plan.time, state, "trimtab", plan.decision.why))


def _body(connection: Connection, plan_id: "PlanId") -> str | None:
    asked = select(plans.c.body).where(plans.c.plan_id == plan_id)
    body: str | None = connection.execute(asked).scalar()
    return body


def plan(connection: Connection, plan_id: "PlanId") -> "Plan":
    """The plan itself."""
    from bot.book.codec import decode

    body = _body(connection, plan_id)
    if body is None:
        raise _unknown(connection, plan_id)
    return decode(body)


def plan_row(connection: Connection, plan_id: "PlanId") -> PlanRow:
    """The plan without its body, and where it stands."""
    found = connection.execute(_rows().where(plans.c.plan_id == plan_id)).first()
    if found is None:
        raise _unknown(connection, plan_id)
    return _plan_row(found)


def plan_state(connection: Connection, plan_id: "PlanId") -> PlanState:
    """Where a plan stands."""
    return plan_row(connection, plan_id).state


def plan_steps(connection: Connection, plan_id: "PlanId") -> tuple[PlanStep, ...]:
    """Everything that happened to a plan, oldest first."""
    columns = [plan_events.c[name] for name in ("seq", "time", "state", "who", "why")]
    query = select(*columns).where(plan_events.c.plan_id == plan_id).order_by(plan_events.c.seq)
    return tuple(PlanStep(*row) for row in connection.execute(query))


def mark_plan(
    connection: Connection, plan_id: "PlanId", state: PlanState, who: str, why: str, time: datetime
) -> None:
    """Take one step along a legal edge."""
    last = _last_step(connection, plan_id)
    if last is None:
        raise _unknown(connection, plan_id)
    if state not in NEXT_STATES[last.state]:
        possible = ", ".join(sorted(NEXT_STATES[last.state])) or "nothing"
        what = f"plan {plan_id} is {last.state} and cannot become {state}"
        raise IllegalStep(what, f"what can follow is: {possible}")
    _append(connection, plan_id, PlanStep(last.seq + 1, time, state, who, why))


def latest_plan(connection: Connection, account: AccountId) -> "Plan | None":
    """The newest plan of an account."""
    query = select(plans.c.plan_id).where(plans.c.account == account)
    newest = connection.execute(
        query.order_by(plans.c.time.desc(), plans.c.plan_id.desc()).limit(1)
    ).scalar()
    return None if newest is None else plan(connection, newest)


def plan_rows(
    connection: Connection,
    account: AccountId | None,
    limit: int,
    state: PlanState | None = None,
) -> tuple[PlanRow, ...]:
    """The newest plans first, of one account or of all, in one state or in any."""
    query = _rows().order_by(plans.c.time.desc(), plans.c.plan_id.desc()).limit(limit)
    if account is not None:
        query = query.where(plans.c.account == account)
    if state is not None:
        query = query.where(plan_events.c.state == state)
    return tuple(_plan_row(row) for row in connection.execute(query))


def waiting_plans(
    connection: Connection, account: AccountId | None, now: datetime
) -> tuple[PlanRow, ...]:
    """Plans that await a person and have not expired by ``now``, oldest first."""
    waiting = _waiting(connection, account)
    return tuple(row for row in waiting if row.expires is None or now <= row.expires)


def lapsed_plans(
    connection: Connection, account: AccountId | None, now: datetime
) -> tuple[PlanRow, ...]:
    """Plans that await a person and have expired by ``now``, still to be marked so."""
    waiting = _waiting(connection, account)
    return tuple(row for row in waiting if row.expires is not None and now > row.expires)


def last_traded(connection: Connection, account: AccountId) -> date | None:
    """Session of the last finished plan of which at least one order was filled, or in part."""
    finished = select(plan_events.c.seq).where(
        plan_events.c.plan_id == plans.c.plan_id, plan_events.c.state == "finished"
    )
    filled = (
        select(executions.c.root)
        .join(intents, executions.c.key == intents.c.key)
        .where(intents.c.plan_id == plans.c.plan_id)
    )
    query = select(plans.c.session).where(
        plans.c.account == account, finished.exists(), filled.exists()
    )
    return connection.execute(query.order_by(plans.c.time.desc()).limit(1)).scalar()


def _waiting(connection: Connection, account: AccountId | None) -> list[PlanRow]:
    query = _rows().where(plan_events.c.state == "awaiting").order_by(plans.c.time)
    if account is not None:
        query = query.where(plans.c.account == account)
    return [_plan_row(row) for row in connection.execute(query)]


def _rows() -> Select[Any]:
    """Every plan with its last step."""
    step = plan_events.alias()
    newest = select(func.max(step.c.seq)).where(step.c.plan_id == plans.c.plan_id)
    names = ("plan_id", "account", "time", "session", "kind", "policy_digest", "expires")
    return (
        select(
            *(plans.c[name] for name in names),
            plan_events.c.state,
            plan_events.c.time.label("since"),
            plan_events.c.who,
            plan_events.c.why,
        )
        .join(plan_events, plan_events.c.plan_id == plans.c.plan_id)
        .where(plan_events.c.seq == newest.scalar_subquery())
    )


def _plan_row(row: Row[Any]) -> PlanRow:
    return PlanRow(**row._asdict())


def _last_step(connection: Connection, plan_id: "PlanId") -> PlanStep | None:
    steps = plan_steps(connection, plan_id)
    return steps[-1] if steps else None


def _append(connection: Connection, plan_id: "PlanId", step: PlanStep) -> None:
    connection.execute(
        insert(plan_events).values(
            plan_id=plan_id,
            seq=step.seq,
            time=step.time,
            state=step.state,
            who=step.who,
            why=step.why,
        )
    )


def _unknown(connection: Connection, plan_id: "PlanId") -> UnknownPlan:
    """Name the ids that look like it."""
    query = select(plans.c.plan_id).order_by(plans.c.time.desc()).limit(_NEARBY)
    known = [str(row.plan_id) for row in connection.execute(query)]
    near = get_close_matches(plan_id, known, n=3, cutoff=0.5) or known[:3]
    remedy = f"did you mean {' or '.join(near)}?" if near else "the book holds no plans yet"
    return UnknownPlan(f"no plan is called {plan_id}", remedy)
