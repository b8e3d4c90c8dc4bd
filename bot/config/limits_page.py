"""The page of all limits by profile, made from the profiles themselves."""

from pathlib import Path

from bot.config.limits_table import LimitsTable
from bot.config.reference import spelled
from bot.config.walk import slots
from bot.limits import PROFILES, Profile

LIMITS_FILE = "limits.md"

INTRODUCTION = """# What the machine may do alone

This page is made from the program itself. Every limit is checked again for each order, in the same
step that sends it; orders that are sent, open or of unknown fate all count.

* `profile` in the config picks a column; `[accounts.NAME.limits]` replaces single numbers.
  Tightening is free, loosening brings a warning.
* **Limits of size** (`order_usd_max`, `order_weight_max`, `cycle_turnover_max`, `day_turnover_max`)
  are lifted for one plan by a person's approval of it. A first allocation always asks for one.
  Nothing lifts the others.
* **Sizes scale**: `order_weight_max` is never less than one name's fair share of the account, and
  the counts of orders grow with the number of names by `orders_per_name`.
* What repeats too often, is rejected too often or has an unknown outcome too often **halts** the
  account until a person resumes it.

Sources: SEC Rule 15c3-5 (17 CFR 240.15c3-5); Delegated Regulation (EU) 2017/589, articles 12 and
15; the figures themselves are this project's judgement. Weights and shares are fractions, amounts
are in the account's base currency.
"""


def write_limits(folder: Path) -> None:
    """Bring the page in ``folder`` up to date."""
    (folder / LIMITS_FILE).write_text(limits_page(), encoding="utf-8")


def limits_page() -> str:
    """The page in Markdown."""
    names = [profile.value for profile in Profile]
    head = [
        f"| limit | {' | '.join(names)} | unit | meaning |",
        f"|---|{'---|' * (len(names) + 2)}",
    ]
    return "\n".join([INTRODUCTION, *head, *(_row(name) for name in slots(LimitsTable)), ""])


def _row(name: str) -> str:
    slot = slots(LimitsTable)[name]
    assert slot.kind is not None, "a limit is one value"
    values = [_value(getattr(PROFILES[profile], name)) for profile in Profile]
    meaning = " ".join((slot.info.description or "").split())
    return f"| `{name}` | {' | '.join(values)} | {slot.kind.unit} | {meaning} |"


def _value(limit: object) -> str:
    return "off" if limit is None else spelled(limit)
