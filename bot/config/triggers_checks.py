"""What is wrong between ``[accounts.NAME.triggers]`` and the thresholds that it waits for."""

from collections.abc import Callable, Iterator, Mapping

from bot.config.checks import Finding, Rule, Subject
from bot.config.locate import KeyPath
from strategies.policy import Period
from strategies.policy.triggers import Action

HERE = "triggers"

THRESHOLDS: Mapping[str, tuple[KeyPath, Callable[[Subject], bool]]] = {
    "single": (("bands", "single"), lambda of: of.table.bands.single is None),
    "concentration": (
        ("bands", "concentration"),
        lambda of: of.table.bands.concentration is None,
    ),
    "calendar": (("schedule", "period"), lambda of: of.table.schedule.period is Period.NEVER),
    "tracking_error": (
        ("optimizer", "tracking_error_max"),
        lambda of: of.table.optimizer.tracking_error_max is None,
    ),
    "volatility": (
        ("optimizer", "volatility_max"),
        lambda of: of.table.optimizer.volatility_max is None,
    ),
    "value_at_risk": (
        ("optimizer", "value_at_risk_max"),
        lambda of: of.table.optimizer.value_at_risk_max is None,
    ),
    "groups": (
        ("optimizer", "groups"),
        lambda of: not (of.table.optimizer.groups or of.table.optimizer.limits),
    ),
    "exposures": (("optimizer", "exposures"), lambda of: not of.table.optimizer.exposures),
    "drift": ((HERE, "drift_max"), lambda of: of.table.triggers.drift_max is None),
    "crisis": ((HERE, "crisis_drift_max"), lambda of: of.table.triggers.crisis_drift_max is None),
    "correlation": (
        (HERE, "correlation_change_max"),
        lambda of: of.table.triggers.correlation_change_max is None,
    ),
}
"""Each action, the key of what it waits for, and whether that is not set."""


def _idle(of: Subject) -> Iterator[Finding]:
    """An action that asks for trades needs something that can ask for it."""
    for key in sorted(of.table.triggers.model_fields_set & THRESHOLDS.keys()):
        action: Action = getattr(of.table.triggers, key)
        path, is_unset = THRESHOLDS[key]
        if action.trades and is_unset(of):
            problem = f'is never pulled: set {".".join(map(str, path))}, or write "none"'
            yield Finding((HERE, key), action.value, problem)


def _crisis(of: Subject) -> Iterator[Finding]:
    """In a crisis less drift is allowed, not more."""
    ours = of.table.triggers
    if ours.drift_max is None or ours.crisis_drift_max is None:
        return
    if ours.crisis_drift_max > ours.drift_max:
        problem = f"must be at most drift_max, which is {ours.drift_max}: a crisis allows less"
        yield Finding((HERE, "crisis_drift_max"), ours.crisis_drift_max, problem)


RULES = (
    Rule(_idle, ((HERE,), *(path for path, _ in THRESHOLDS.values()), ("optimizer", "limits"))),
    Rule(_crisis, ((HERE, "drift_max"), (HERE, "crisis_drift_max"))),
)
