"""What a check found: the noun of ``trimtab check``."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. A failure leaves with ``exit_code``; all else has 0."""

    verdict: Literal["ok", "warn", "fail"]
    what: str
    fix: str = ""
    exit_code: int = 0
