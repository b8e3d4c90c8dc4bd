"""Which rules are in force, and what of what they find asks for trades and what only warns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.drift import limits, names, whole
from strategies.drift.look import Look
from strategies.drift.words import (
    Concentrated,
    Drifted,
    FarOff,
    HarvestPays,
    LimitBroken,
    Reason,
    TotalDrift,
)
from strategies.policy import Policy
from strategies.policy.triggers import Action, Triggers
from strategies.snapshot import Snapshot
from strategies.standing import Standing, standing

ACTIONS: Mapping[str, Callable[[Triggers], Action]] = {
    "drifted": lambda triggers: triggers.band,
    "far-off": lambda triggers: triggers.single,
    "concentrated": lambda triggers: triggers.concentration,
    "calendar": lambda triggers: triggers.calendar,
    "cash-to-invest": lambda _: Action.PARTIAL,
    "cash-to-raise": lambda _: Action.PARTIAL,
    "first-allocation": lambda _: Action.FULL,
    "tracking-error": lambda triggers: triggers.tracking_error,
    "volatility": lambda triggers: triggers.volatility,
    "value-at-risk": lambda triggers: triggers.value_at_risk,
    "group": lambda triggers: triggers.groups,
    "exposure": lambda triggers: triggers.exposures,
    "total-drift": lambda triggers: triggers.drift,
    "crisis": lambda triggers: triggers.crisis,
    "correlations-changed": lambda triggers: triggers.correlation,
}
"""What is done, by the kind of reason, and by the measure of a limit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What finds reasons, and the row of ``ACTIONS`` that says what is done about them."""

    find: Callable[[Look, Policy], Iterator[Reason]]
    called: str
    waits: bool = True
    """Whether it waits while the account is left alone after a trade."""

    def action(self, triggers: Triggers) -> Action:
        """What the owner wants done about what it finds."""
        return ACTIONS[self.called](triggers)


RULES: tuple[Rule, ...] = (
    Rule(names.drifted, "drifted"),
    Rule(names.far_off, "far-off"),
    Rule(names.concentrated, "concentrated"),
    Rule(names.calendar, "calendar"),
    Rule(names.to_invest, "cash-to-invest"),
    Rule(names.to_raise, "cash-to-raise", waits=False),
    Rule(whole.total_drift, "total-drift"),
    Rule(limits.groups, "group"),
    Rule(limits.exposures, "exposure"),
    Rule(limits.tracking_error, "tracking-error"),
    Rule(limits.volatility, "volatility"),
    Rule(limits.value_at_risk, "value-at-risk"),
    Rule(whole.crisis, "crisis"),
    Rule(whole.correlations, "correlations-changed"),
)
"""The quickest first: who only asks whether anything trips hears no more once something does."""


def findings(look: Look, policy: Policy) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """What asks for trades, and what only warns."""
    if _holds_nothing(look):
        return tuple(names.first(look, policy)), ()
    acts, warns = list[Reason](), list[Reason]()
    cooling = is_cooling(look.snapshot, policy)
    for rule in RULES:
        action = rule.action(policy.triggers)
        if action is Action.NONE:
            continue
        is_free = not cooling or _goes_on(rule, action, look.snapshot)
        for reason in rule.find(look, policy):
            if is_free and action.trades and _can_be_mended(reason, policy):
                acts.append(reason)
            elif action is Action.WARN or isinstance(reason, LimitBroken):
                warns.append(reason)
    return tuple(acts), tuple(warns)


def reasons(stand: Standing, snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    """Everything that asks for trades, by the rules that are in force today."""
    return findings(Look(stand, snapshot), policy)[0]


def alerts(stand: Standing, snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    """Everything that is only warned of: by the owner's wish, or since no trade mends it now."""
    return findings(Look(stand, snapshot), policy)[1]


def is_news(warned: Sequence[Reason], told: Callable[[], Sequence[Reason]]) -> bool:
    """Whether one of them is about something that was not told of, whatever its figures are."""
    if not warned:
        return False
    known = {subject(reason) for reason in told()}
    return any(subject(reason) not in known for reason in warned)


def subject(reason: Reason) -> tuple[str, ...]:
    """What a reason is about, without its figures."""
    match reason:
        case LimitBroken(measure, name):
            return reason.kind, measure, name
        case Drifted(symbol) | FarOff(symbol) | Concentrated(symbol):
            return reason.kind, symbol
        case _:
            return (reason.kind,)


def max_drift(snapshot: Snapshot, policy: Policy) -> Decimal:
    """Largest distance of a weight from its target. Raises ``Unjudgeable`` as ``standing`` does."""
    rows = standing(snapshot, policy).rows
    return max((abs(row.weight - row.target) for row in rows), default=ZERO)


def is_cooling(snapshot: Snapshot, policy: Policy) -> bool:
    """Whether the account is left alone because it was traded at most ``cooldown_days`` ago."""
    days, last = policy.schedule.cooldown_days, snapshot.last_traded
    return days > 0 and last is not None and (snapshot.session - last).days <= days


def action_of(reason: Reason, triggers: Triggers) -> Action:
    """What the owner wants done about ``reason``."""
    match reason:
        case LimitBroken(measure):
            return ACTIONS[measure](triggers)
        case TotalDrift(in_crisis=True):
            return ACTIONS["crisis"](triggers)
        case HarvestPays():
            return Action.PARTIAL
        case _:
            return ACTIONS[reason.kind](triggers)


def strongest(found: Sequence[Reason], triggers: Triggers) -> Action:
    """The strongest action that any of ``found`` asks for."""
    actions = (action_of(reason, triggers) for reason in found)
    return max(actions, key=lambda action: action.rank, default=Action.NONE)


def acting(look: Look, policy: Policy) -> Iterator[Reason]:
    """What asks for trades, one after the other, the quickest to find first."""
    if _holds_nothing(look):
        yield from names.first(look, policy)
        return
    cooling = is_cooling(look.snapshot, policy)
    for rule in RULES:
        action = rule.action(policy.triggers)
        if action.trades and (not cooling or _goes_on(rule, action, look.snapshot)):
            yield from (r for r in rule.find(look, policy) if _can_be_mended(r, policy))


def _goes_on(rule: Rule, action: Action, snapshot: Snapshot) -> bool:
    """Who was just traded only raises cash, and does what is immediate, but once a session."""
    is_today = snapshot.last_traded == snapshot.session
    return not rule.waits or (action is Action.IMMEDIATE and not is_today)


def _can_be_mended(reason: Reason, policy: Policy) -> bool:
    """All rules but those on limits have looked at that themselves."""
    return not isinstance(reason, LimitBroken) or limits.can_be_mended(reason, policy.optimizer)


def _holds_nothing(look: Look) -> bool:
    """Who holds nothing can only begin."""
    return look.snapshot.is_first and not any(row.holding.quantity for row in look.stand.rows)
