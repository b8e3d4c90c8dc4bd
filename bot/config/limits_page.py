"""The page of all limits by profile, made from the profiles themselves."""

from collections.abc import Mapping
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

WHY: Mapping[str, str] = {
    "collar_liquid": "a fat finger or a bad quote costs at most this",
    "collar": "wider spreads need more room",
    "liquid_adv_usd": "an order of one person moves nothing there",
    "close_collar": "a second, independent price: a quote may be wrong all day",
    "quote_age_seconds": "the market has moved on from an older one",
    "spread_max_liquid": "so wide a spread means that nobody makes a market just now",
    "spread_max": "crossing it would eat the gain",
    "jump_max": "news, a split that was missed or a bad price: a person must look",
    "order_usd_max": "a large order deserves a person's eyes",
    "order_weight_max": "no single order may change the account much",
    "order_adv_max": "beyond it the order itself moves the price",
    "cycle_turnover_max": "ordinary drift never needs so much",
    "day_turnover_max": "several cycles may not do what one may not",
    "gross_max": "nothing is bought with borrowed money",
    "cash_floor_weight": "fees and rounding are paid from somewhere",
    "cash_floor": "the same for a small account",
    "orders_per_cycle": "a loop that runs wild ends here",
    "orders_per_day": "the same over a day",
    "orders_open": "every one of them may fill at once",
    "orders_per_name": "a large account trades each name about once",
    "cycles_per_day": "what was traded needs no trading again",
    "cycles_per_10_sessions": "repeated automated execution is throttled, then halted",
    "rejects_same_symbol": "the broker has a reason: do not hammer",
    "rejects_halt": "something is wrong with the account itself",
    "unknowns_halt": "nobody knows any more what is in the market",
    "break_symbols_halt": "one name may be a late fill, several are not",
    "break_weight_halt": "a decision from wrong positions is a wrong decision",
    "cash_break_halt": "the same for cash",
    "snapshot_age_seconds": "orders must follow from what still is",
    "send_within_seconds": "a machine that slept does not wake up trading",
    "after_open_minutes": "spreads are widest at the open",
    "before_close_minutes": "time to cancel, and to confirm it",
    "clock_warn_seconds": "a clock that begins to drift",
    "clock_stop_seconds": "ages of quotes and sessions can no longer be judged",
    "disk_free_mib": "what cannot be written down must not be done",
}
"""The reason of each limit, in a few words."""


def write_limits(folder: Path) -> None:
    """Bring the page in ``folder`` up to date."""
    (folder / LIMITS_FILE).write_text(limits_page(), encoding="utf-8")


def limits_page() -> str:
    """The page in Markdown."""
    names = [profile.value for profile in Profile]
    head = [
        f"| limit | {' | '.join(names)} | unit | meaning | why |",
        f"|---|{'---|' * (len(names) + 3)}",
    ]
    return "\n".join([INTRODUCTION, *head, *(_row(name) for name in slots(LimitsTable)), ""])


def _row(name: str) -> str:
    slot = slots(LimitsTable)[name]
    assert slot.kind is not None, "a limit is one value"
    values = [_value(getattr(PROFILES[profile], name)) for profile in Profile]
    meaning = " ".join((slot.info.description or "").split())
    return f"| `{name}` | {' | '.join(values)} | {slot.kind.unit} | {meaning} | {WHY[name]} |"


def _value(limit: object) -> str:
    return "off" if limit is None else spelled(limit)
