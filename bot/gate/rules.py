"""Every rule that an order must pass, a row each, in the order in which they are asked."""

from collections.abc import Sequence

from bot.gate import (
    auction_rules,
    count_rules,
    moment_rules,
    price_rules,
    repeat_rules,
    size_rules,
    tax_rules,
)
from bot.gate.passage import Moment, Passage, Rule
from brokers.words import Order

JUMP = "reference-jump"

RULES: Sequence[tuple[str, Rule]] = (
    ("halt", moment_rules.halt),
    ("send-before", moment_rules.expired),
    ("session-window", moment_rules.window),
    ("sane-order", price_rules.sane),
    ("exchange-rate", price_rules.rate),
    ("as-planned", repeat_rules.as_planned),
    ("auction", auction_rules.auction),
    ("symbol-lock", moment_rules.lock),
    ("pair", tax_rules.pair),
    ("quote", price_rules.quote),
    (JUMP, price_rules.jump),
    ("price-collar", price_rules.collar),
    ("close-collar", price_rules.close_collar),
    ("tick", price_rules.tick),
    ("no-short", size_rules.no_short),
    ("cash-floor", size_rules.enough_cash),
    ("gross", size_rules.gross),
    ("order-size", size_rules.order_size),
    ("name-weight", size_rules.name_weight),
    ("day-value", size_rules.day_value),
    ("repeat", repeat_rules.repeat),
    ("order-count", count_rules.counts),
    ("trouble", count_rules.trouble),
    ("wash-sale", tax_rules.wash),
)
"""In this order: a later rule may trust what an earlier one has looked at."""


def refusal(order: Order, passage: Passage, moment: Moment) -> str:
    """The first rule that refuses, with its name, or an empty string."""
    for name, rule in RULES:
        if why := rule(order, passage, moment):
            return f"{name}: {why}"
    return ""
