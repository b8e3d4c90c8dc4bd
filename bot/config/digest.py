"""One short name for a policy: equal policies have equal digests, on any machine, for ever.

A plan keeps the digest of the policy it was made from, so that an approval can be refused when
the policy has changed since.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from strategies.policy import Optimizer, Policy
from strategies.policy.target import Recipe
from strategies.policy.taxpayer import Taxpayer
from strategies.policy.trend import TrendPolicy
from strategies.policy.triggers import Triggers
from strategies.policy.working import Auction, WorkingPolicy


def policy_digest(policy: Policy) -> str:
    """SHA-256 in hex of ``policy`` written as canonical JSON; 0.05 and 0.050 are the same.

    Whether a second opinion is asked changes nothing of what is wanted, and so not the digest.
    """
    wanted = replace(policy, optimizer=replace(policy.optimizer, verify=False))
    text = json.dumps(canonical(wanted), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def canonical(value: object) -> object:  # noqa: PLR0911  # one return a kind
    """``value`` as JSON with one spelling: numbers as text, dataclasses by field name."""
    match value:
        case Enum():
            return str(value.value)
        case Decimal():
            return plain(value)
        case timedelta():
            return f"{value // timedelta(microseconds=1)}us"
        case date():
            return value.isoformat()
        case tuple():
            return [canonical(item) for item in value]
        case None | bool() | int() | str():
            return value
        case _:
            assert is_dataclass(value), f"a policy holds a {type(value).__name__}"
            named = {item.name: getattr(value, item.name) for item in fields(value)}
            kept = (name for name in named if name not in ADDED or named[name] != ADDED[name])
            return {name: canonical(named[name]) for name in kept}


ADDED: Mapping[str, object] = {
    "optimizer": Optimizer(),
    "triggers": Triggers(),
    "trend": TrendPolicy(),
    "recipe": Recipe(),
    "own": None,
    "taxpayer": Taxpayer(),
    "working": WorkingPolicy(),
    "harvest": None,
    "wait_days": 60,
    "overlaps": (),
    "overlap_max": None,
    "auction": Auction.NONE,
    "auction_limit": WorkingPolicy().auction_limit,
}
"""Parts that policies of old had not: as long as nothing is set in them the digest is as it was."""


def plain(number: Decimal) -> str:
    """``number`` without exponent or needless zeros, so that equal numbers read the same."""
    text = f"{number:f}"
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if trimmed in {"-0", ""} else trimmed
