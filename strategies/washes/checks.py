"""What a trade must be before it is believed; the first thing wrong is said with its place."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from strategies.washes.nouns import KINDS, SELL, SIDES, SPLIT, BadTrade, Trade
from strategies.washes.units import EXACT, SHARE_PLACES

OUTSIDE_THE_LEDGER = {"short", "cover", "sell_short", "buy_to_cover", "open", "close", "exercise"}
"""What is no plain purchase or sale; its wash sales are not worked out here."""

EARLIEST = 1900
"""A year before this one is a slip of the pen, too."""

LEAST = Decimal(1).scaleb(-SHARE_PLACES)
LARGEST = Decimal("1e15")
"""Shares or dollars beyond this are a slip of the pen."""


def check(trades: Iterable[tuple[int, Trade]], today: date | None) -> None:
    """Raise ``BadTrade`` for the first trade that cannot be true."""
    kinds: dict[str, str] = {}
    for place, trade in trades:
        _check_words(place, trade)
        _check_numbers(place, trade)
        if trade.day.year < EARLIEST:
            raise BadTrade(place, "date", f"{trade.day} is long ago", "see the year")
        if today is not None and trade.day > today:
            what = f"{trade.day} is in the future: today is {today}"
            raise BadTrade(place, "date", what, "only trades that have happened count")
        known = kinds.setdefault(trade.account, trade.kind) if trade.side != SPLIT else trade.kind
        if known != trade.kind:
            what = f"{trade.account} is {trade.kind} here and {known} in another row"
            raise BadTrade(place, "kind", what, "an account is of one kind")


def _check_words(place: int, trade: Trade) -> None:
    if trade.side not in SIDES:
        _refuse_side(place, trade.side)
    if not trade.symbol:
        raise BadTrade(place, "symbol", "names no security", "write its symbol")
    if trade.side == SPLIT:
        return
    if not trade.account:
        raise BadTrade(place, "account", "names no account", "write the name of the account")
    if trade.kind not in KINDS:
        what = f"{trade.kind or 'nothing'} is no kind of account"
        raise BadTrade(place, "kind", what, f"one of {', '.join(KINDS)}")
    if trade.side != SELL and ";" in trade.lot:
        raise BadTrade(place, "lot", "a buy is one lot", "leave out the semicolon")


def _refuse_side(place: int, side: str) -> None:
    if side.lower() in OUTSIDE_THE_LEDGER:
        what = f"{side}: short sales and options are outside this ledger"
        raise BadTrade(place, "side", what, "work out their wash sales by hand; harvest nothing")
    what = f"{side or 'nothing'} is no side"
    raise BadTrade(place, "side", what, f"one of {', '.join(SIDES)}")


def _check_numbers(place: int, trade: Trade) -> None:
    for field in ("quantity", "price", "fee"):
        number: Decimal = getattr(trade, field)
        if not number.is_finite() or abs(number) > LARGEST:
            raise BadTrade(place, field, f"{number} is no amount", "write a plain number")
    if trade.quantity <= 0:
        what = f"{trade.quantity} is not above zero"
        raise BadTrade(place, "quantity", what, "the side tells a sale from a buy")
    if trade.side == SPLIT:
        return
    if trade.quantity != trade.quantity.quantize(LEAST, context=EXACT):
        what = f"{trade.quantity} has more than {SHARE_PLACES} decimals"
        raise BadTrade(place, "quantity", what, "round it as the broker does")
    if trade.price < 0:
        raise BadTrade(place, "price", f"{trade.price} is below zero", "write what a share cost")
    if trade.side != SELL and trade.quantity * trade.price + trade.fee < 0:
        what = f"{trade.fee} makes the basis negative"
        raise BadTrade(place, "fee", what, "a fee is positive, a rebate less than the price")
