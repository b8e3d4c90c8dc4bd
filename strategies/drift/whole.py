"""Rules that look at the account as a whole: total drift, a crisis, correlations that changed."""

from collections.abc import Iterator
from decimal import Decimal

from strategies.drift.look import Look
from strategies.drift.words import CorrelationsChanged, Reason, TotalDrift
from strategies.policy import Policy

PLACES = Decimal("0.0001")


def total_drift(look: Look, policy: Policy) -> Iterator[Reason]:
    """``drift_max``."""
    limit = policy.triggers.drift_max
    if limit is not None and (drift := look.total_drift(policy.optimizer)) > limit:
        yield TotalDrift(drift, limit, in_crisis=False)


def crisis(look: Look, policy: Policy) -> Iterator[Reason]:
    """``crisis_drift_max``: the market is looked at only where the drift is large enough."""
    limit = policy.triggers.crisis_drift_max
    if limit is None:
        return
    drift = look.total_drift(policy.optimizer)
    if drift > limit and look.in_crisis:
        yield TotalDrift(drift, limit, in_crisis=True)


def correlations(look: Look, policy: Policy) -> Iterator[Reason]:
    """``correlation_change_max``: the latest days against those before the last rebalance.

    Where nothing was traded yet they are held against the days just before them. A trade is taken
    to have answered what was known then, so that as many days must pass after it.
    """
    limit, days = policy.triggers.correlation_change_max, policy.triggers.correlation_days
    if limit is None:
        return
    if policy.triggers.correlation.trades and not _can_move(look):
        return
    split = _split(look, days)
    if split is None:
        return
    from strategies.risk.correlation import change

    values, dates = look.returns.values, look.returns.days
    found = change(values[split - days : split], values[-days:])
    changed = Decimal(repr(found.typical)).quantize(PLACES)
    if changed > limit:
        yield CorrelationsChanged(
            change=changed,
            limit=limit,
            before=Decimal(repr(found.before)).quantize(PLACES),
            now=Decimal(repr(found.after)).quantize(PLACES),
            since=dates[split - 1],
        )


def _can_move(look: Look) -> bool:
    return any(row.can_move(row.target) for row in look.stand.rows)


def _split(look: Look, days: int) -> int | None:
    """Row of the returns before which the days to compare with end; None where there are none."""
    found, last = look.returns, look.snapshot.last_traded
    length = len(found.values)
    if length < 2 * days:
        why = f"correlations cannot be compared: {2 * days} daily returns are needed, not {length}"
        look.remarks[why] = None
        return None
    if last is None:
        return length - days
    since = sum(day > last for day in found.days)
    if since < days:
        return None
    return max(days, length - since)
