"""Which orders the broker behind the TWS stand-in takes, and with which words it refuses others."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from standins.alpaca_model import NEW_YORK
from standins.tws_book import ZERO, Booked, Refusal, Wanted
from standins.tws_market import ZONE

if TYPE_CHECKING:
    from standins.tws_model import TwsModel

KINDS = {"LMT", "LOC", "MKT"}
TIFS = {"DAY", "GTC", "IOC", "FOK"}
NO_DEFINITION = "No security definition has been found for the request"
REJECTED = "Order rejected - reason:"
NOT_CANCELLABLE = "Cancel attempted when order is not in a cancellable state.  Order permId ="
OFF_TICK = "The price does not conform to the minimum price variation for this contract."
NO_CLOSE = "The exchange does not take this order for its closing auction."
"""Our own words: that it refuses is documented, how it says so is not."""
FREEZE = timedelta(minutes=10)
"""From 15:50 on the exchanges neither take such orders nor let them go (NYSE Rule 7.35B)."""
TOO_DEAR = "YOUR ORDER IS NOT ACCEPTED. YOUR AVAILABLE FUNDS MUST EXCEED ITS COST"


def invalid(cause: str) -> Refusal:
    """A request that makes no sense."""
    return Refusal(321, f"Error validating request.-'v' : cause - {cause}")


def judge(model: "TwsModel", wanted: Wanted, old: Booked | None) -> None:
    """Raise ``Refusal`` for an order that cannot be taken; ``old`` is the one that it changes."""
    if wanted.kind not in KINDS:
        raise invalid("Invalid order type was entered")
    if wanted.tif not in TIFS:
        raise invalid("Invalid time in force was entered")
    if wanted.account not in model.books.accounts:
        raise invalid(f"Invalid account code '{wanted.account}'")
    if wanted.quantity <= 0:
        raise Refusal(434, "The order size cannot be zero.")
    if wanted.quantity % 1 and (not model.fractions or wanted.quantity % wanted.listing.step):
        raise Refusal(10243, "Fractional-sized order cannot be placed via API.")
    if wanted.kind != "MKT" and _is_off_tick(wanted):
        raise Refusal(110, OFF_TICK)
    if wanted.kind == "LOC" and (wanted.quantity % 1 or is_frozen(model.now())):
        raise Refusal(201, f"{REJECTED}{NO_CLOSE}")
    _afford(model, wanted, old)


def _is_off_tick(wanted: Wanted) -> bool:
    return wanted.limit <= 0 or wanted.limit % wanted.listing.tick(wanted.limit) != 0


def _afford(model: "TwsModel", wanted: Wanted, old: Booked | None) -> None:
    listing = wanted.listing
    if wanted.is_buy:
        price = wanted.limit or model.touch(wanted)
        if wanted.quantity * price > funds(model, wanted.account, listing.currency, old):
            raise Refusal(201, f"{REJECTED}{TOO_DEAR}")
        return
    account = model.books.accounts[wanted.account]
    sales = (e for e in _open(model, wanted.account, old) if e.wanted.listing == listing)
    taken = sum((each.remaining for each in sales if not each.wanted.is_buy), ZERO)
    if wanted.quantity > account.shares(listing.con_id) - taken and not model.shorting:
        raise Refusal(201, f"{REJECTED}The contract is not available for short sale.")


def _open(model: "TwsModel", account: str, old: Booked | None) -> list[Booked]:
    live = (each for each in model.books.open() if each is not old)
    return [each for each in live if each.wanted.account == account]


def funds(model: "TwsModel", account: str, currency: str, old: Booked | None) -> Decimal:
    """Cash that no open purchase has taken, but for ``old``."""
    taken = (
        each.remaining * (each.wanted.limit or model.touch(each.wanted))
        for each in _open(model, account, old)
        if each.wanted.is_buy and each.wanted.listing.currency == currency
    )
    return model.books.accounts[account].cash.get(currency, ZERO) - sum(taken, ZERO)


def fee_of(order: Booked) -> Decimal:
    """Half a cent a share, at least a dollar an order, at most one percent of it."""
    fee = min(max(order.filled * Decimal("0.005"), Decimal(1)), order.paid / 100)
    return fee.quantize(Decimal("0.000001")).normalize()


def waits_words(wanted: Wanted, opens: datetime) -> str:
    """What is said of an order that comes while the market is closed, as recorded."""
    what = f"{wanted.action} {wanted.quantity:f} {wanted.listing.symbol} {wanted.listing.exchange}"
    day = f"{opens.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S} {ZONE}"
    warning = f"Warning: Your order will not be placed at the exchange until {day}."
    return f"Order Message:\n{what}.{wanted.listing.trading_class}\n{warning}"


def is_frozen(moment: datetime) -> bool:
    """Whether the closing auction of the day is too near, or over."""
    return moment >= closing(moment) - FREEZE


def closing(moment: datetime) -> datetime:
    """The end of the session in which an order of ``moment`` trades."""
    day = moment.astimezone(NEW_YORK).date()
    return datetime.combine(day, time(16), NEW_YORK).astimezone(UTC)
