"""The page of all limits by profile, made from the profiles themselves."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

from bot.config.limits_table import LimitsTable
from bot.config.reference import spelled
from bot.config.walk import slots
from bot.limits import LIFTED, PROFILES, Profile

LIMITS_FILE = "limits.md"

INTRODUCTION = """# What the machine may do alone

This page is made from the program itself. Every limit is checked again for each order, in the same
step that sends it; orders that are sent, open or of unknown fate all count.

* `profile` in the config picks a column; `[accounts.NAME.limits]` replaces single numbers.
* **Tighten at once, loosen by two steps.** The config is held against the limits that were used
  last, which the book keeps. What it tightens holds from the next cycle on. What it loosens waits
  until a named person says yes: `trimtab limits NAME --accept --reason "..."`; until then the
  stricter number holds. A wider profile is loosened in the same way. `trimtab limits` shows all
  numbers, what today has used of them, and what waits.
{lifted}
  A first allocation always asks for one. Nothing lifts the others.
* **Sizes scale**: an order is measured by net asset value and by the name's daily volume. No sum is
  fixed unless you set `order_usd_max`. `order_weight_max` is never less than one name's fair share
  of the account, and the counts of orders grow with the number of names by `orders_per_name`. An
  order that is worked as several, one after the other, counts once, up to `sends_per_order`.
* What repeats too often, is rejected too often or has an unknown outcome too often **halts** the
  account until a person resumes it: `trimtab resume`.
* **Not again, not back**: the machine trades one side of a name once in a session (what is left of
  an order may go on), and does not take back more than `reversal_weight_max` of what it did in the
  last `reversal_sessions`. It asks a person instead. A harvest is free of the second: its loss and
  what is bought in its place may come a day after a trade the other way, and its swap back comes
  after the 30 days of the wash-sale rule.
* **Names left alone**: a price that jumped by more than `jump_max`, and a name that the broker
  turned down `rejects_same_reason` times for one reason, is a person's until he says
  `trimtab limits NAME --clear SYMBOL --reason "..."`; a corporate action that comes to be known
  explains a jump and ends it, too. Who clears a name vouches for its price, for one session.
* **Pace**: orders leave no faster than the broker's adapter states ([brokers.md](brokers.md)), at
  most three quarters of the messages that the broker takes; the rest is for cancellations. An order
  whose turn comes too late is not sent.
* **Also checked, without a number here**: that the order is what the plan says and not more, that
  nothing else for it may still fill, that its limit is on the price grid of the law (cents from
  1.00 USD, 0.0001 below, half cents from 2026-11-02 on: 17 CFR 242.612), that an order for the
  closing auction is for whole shares and in time ([orders.md](orders.md)), wash sales
  ([tax.md](tax.md)), the kill switch, and the exchange's own hours.
* **Nothing is sold short.** No key, profile or approval allows it: what is sold must be held, and
  not promised to another sale. The gate refuses anything else, with `no-short: it sells 100 of 40
  shares that are free to sell`. An account in which a name is short already is not planned for: it
  holds, with `XYZ is short by 40 shares: cover it by hand`.

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
    "order_usd_max": "for who wants a sum that a person must see, whatever the account is worth",
    "order_weight_max": "no single order may change the account much",
    "order_adv_max": "beyond it the order itself moves the price",
    "cycle_turnover_max": "ordinary drift never needs so much",
    "day_turnover_max": "several cycles may not do what one may not",
    "harvest_turnover_max": "each loss that is taken is a sale and a purchase of as much",
    "name_weight_max": "what may weigh how much is the policy's; this is a second word on it",
    "gross_max": "nothing is bought with borrowed money",
    "cash_floor_weight": "fees and rounding are paid from somewhere",
    "cash_floor": "the same for a small account",
    "orders_per_cycle": "a loop that runs wild ends here",
    "orders_per_day": "the same over a day",
    "orders_open": "every one of them may fill at once",
    "orders_per_name": "a large account trades each name about once",
    "cycles_per_day": "what was traded needs no trading again",
    "cycles_per_10_sessions": "repeated automated execution is throttled, then halted",
    "repeats_per_session": "what was bought needs no buying again: a loop would",
    "reversal_sessions": "what sells today what it bought yesterday does not know its mind",
    "reversal_weight_max": "a rebalance takes back a little here and there, and that is well",
    "sends_per_order": "an order that is moved again and again leads nowhere",
    "rejects_same_symbol": "the broker has a reason: do not hammer",
    "rejects_same_reason": "tomorrow the reason will be the same",
    "rejects_halt": "something is wrong with the account itself",
    "rejects_share_halt": "the same for an account of many orders",
    "rejects_share_from": "of a few orders a share says little",
    "unknowns_halt": "nobody knows any more what is in the market",
    "break_symbols_halt": "one name may be a late fill, several are not",
    "break_weight_halt": "a decision from wrong positions is a wrong decision",
    "cash_break_halt": "the same for cash",
    "nav_break_halt": "what neither prices nor trades nor flows explain, nobody has understood",
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
    names_lifted = ", ".join(f"`{name}`" for name in sorted(LIFTED))
    said = f"* **A person's approval of a plan** lifts, for that plan: {names_lifted}."
    lifted = fill(said, 100, subsequent_indent="  ", break_on_hyphens=False)
    introduction = INTRODUCTION.replace("{lifted}", lifted)
    return "\n".join([introduction, *head, *(_row(name) for name in slots(LimitsTable)), ""])


def _row(name: str) -> str:
    slot = slots(LimitsTable)[name]
    assert slot.kind is not None, "a limit is one value"
    values = [_value(getattr(PROFILES[profile], name)) for profile in Profile]
    meaning = " ".join((slot.info.description or "").split())
    return f"| `{name}` | {' | '.join(values)} | {slot.kind.unit} | {meaning} | {WHY[name]} |"


def _value(limit: object) -> str:
    return "off" if limit is None else spelled(limit)
