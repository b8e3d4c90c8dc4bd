"""Why nothing asks for trades, in one sentence."""

from collections.abc import Collection, Sequence

from brokers.words import ZERO, Symbol
from strategies.drift.rules import is_cooling
from strategies.drift.words import LimitBroken, Reason
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.standing import Row, Standing


def quiet(
    stand: Standing,
    snapshot: Snapshot,
    policy: Policy,
    warned: Sequence[Reason] = (),
    put_off: Collection[Symbol] = (),
) -> str:
    """Why nothing asks for trades, also where some of it was ``warned`` of or is ``put_off``."""
    if is_cooling(snapshot, policy):
        days = policy.schedule.cooldown_days
        return f"traded on {snapshot.last_traded}, and left alone for {days} days after"
    if snapshot.is_first and not any(row.holding.quantity for row in stand.rows):
        return "nothing is held, and the cash buys nothing"
    if stuck := [r for r in warned if isinstance(r, LimitBroken) and r.reach is not None]:
        return "; ".join(_stuck(broken) for broken in stuck)
    outside = [row for row in stand.rows if not row.is_inside]
    if waits := [row.symbol for row in outside if row.symbol in put_off]:
        return f"outside its band, and its sale is put off: {', '.join(waits)}"
    return _outside(outside, policy) if outside else _inside(stand)


def _inside(stand: Standing) -> str:
    if not stand.cash_low <= stand.cash <= stand.cash_high:
        short, idle = "is too little, and nothing may be sold", "cannot be put to use"
        why = short if stand.cash < stand.cash_low else idle
        return f"every name is inside its band, and {stand.cash:.2%} of cash {why}"
    drift = max((abs(row.weight - row.target) for row in stand.rows), default=ZERO)
    return f"every name is inside its band; the largest drift is {drift:.2%} of NAV"


def _outside(rows: Sequence[Row], policy: Policy) -> str:
    if washed := [row.symbol for row in rows if _is_shut(row)]:
        return f"outside its band, and the wash-sale rule keeps it there: {', '.join(washed)}"
    if held_back := [row.symbol for row in rows if _is_held_back(row)]:
        return f"outside its band, and the owner's limits keep it there: {', '.join(held_back)}"
    names = ", ".join(row.symbol for row in rows)
    can_move = any(row.can_move(row.aim(policy.bands.aim)) for row in rows)
    if can_move and not policy.triggers.band.trades:
        return f"outside its band, and the owner has nothing done about it: {names}"
    return f"outside its band by less than the smallest order: {names}"


def _stuck(broken: LimitBroken) -> str:
    """A limit that stays broken: no trades within the bands can mend it."""
    assert broken.reach is not None, "only what was looked for can be told"
    best = f"no trades within the bands bring it nearer than {broken.told(broken.reach)}"
    side = f"{broken.told(broken.limit)} at {broken.side}"
    return f"{broken.title} is {broken.told(broken.value)}, {side}, and {best}"


def _is_shut(row: Row) -> bool:
    return bool(row.window.no_sell if row.weight > row.target else row.window.no_buy)


def _is_held_back(row: Row) -> bool:
    """Whether it would move toward its target, were it not forbidden to."""
    forbidden = row.lowest if row.weight > row.target else row.highest
    return abs(forbidden - row.weight) < row.least <= abs(row.target - row.weight)
