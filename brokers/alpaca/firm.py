"""The prices of a quote as Alpaca writes it, if somebody has to trade at them. Pure."""

from decimal import Decimal

from brokers.alpaca.fields import Row, exact

NOT_FIRM = {"C", "L", "N", "Z"}
"""Conditions of a quote that nobody has to trade at: closing, closed, not firm, no open."""


def firm_prices(row: Row) -> tuple[Decimal, Decimal] | None:
    """Bid and ask; None where there are none, or nobody has to trade at them."""
    bid, ask = exact(row.get("bp")), exact(row.get("ap"))
    flags = row.get("c")
    loose = isinstance(flags, list) and bool(NOT_FIRM.intersection(map(str, flags)))
    return None if bid is None or ask is None or loose else (bid, ask)
