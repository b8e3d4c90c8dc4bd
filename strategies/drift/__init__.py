"""When: is anything so far from what the owner wants that something should be done?

Each rule is a function that looks at where the account stands and yields reasons; ``reasons`` is
all of them that ask for trades, ``alerts`` all that only warn. What is done about each is the
owner's (``strategies.policy.triggers``), and of several the strongest is done.

What cannot be mended is no reason: a distance smaller than the smallest order of a name, cash that
buys nothing, a limit that no weights within bands can keep. So a plan that was carried out leaves
no reason for the next.

Reading order: ``words`` (the reasons), ``look`` (risk, measured once and only if asked),
``names``, ``whole`` and ``limits`` (the rules), ``reach`` (what can be mended), ``rules`` (which
are in force), ``patience`` (winners that are kept a while), ``quiet``.
"""

from strategies.drift.look import Look
from strategies.drift.patience import look_at, trips
from strategies.drift.quiet import quiet
from strategies.drift.rules import (
    action_of,
    alerts,
    findings,
    is_cooling,
    max_drift,
    reasons,
    strongest,
    subject,
)
from strategies.drift.words import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    CorrelationsChanged,
    Drifted,
    FarOff,
    FirstAllocation,
    HarvestPays,
    LimitBroken,
    Reason,
    TotalDrift,
)

__all__ = [
    "CalendarDue",
    "CashToInvest",
    "CashToRaise",
    "Concentrated",
    "CorrelationsChanged",
    "Drifted",
    "FarOff",
    "FirstAllocation",
    "HarvestPays",
    "LimitBroken",
    "Look",
    "Reason",
    "TotalDrift",
    "action_of",
    "alerts",
    "findings",
    "is_cooling",
    "look_at",
    "max_drift",
    "quiet",
    "reasons",
    "strongest",
    "subject",
    "trips",
]
