"""Why a lot is harvested and why not: one sentence each, with its dollars."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from strategies.harvest.deals import Deal
from strategies.harvest.ladder import Rung
from strategies.harvest.nouns import Kept, Substitute, Wishes
from strategies.harvest.room import Room
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import Moved

PERCENT = 100
NOT = "not harvested: "


def usd(amount: Decimal) -> str:
    """Dollars to the cent."""
    return f"{amount:,.2f} USD"


def joined(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def behind(rungs: Sequence[Rung]) -> str:
    """What the broker sells before the last of ``rungs``, as the beginning of a sentence."""
    if len(rungs) == 1:
        return ""
    return f"the broker sells {dated(rungs[:-1])} first and cannot name a lot; together it "


def dated(rungs: Sequence[Rung]) -> str:
    """Lots by their days of purchase: what a broker calls them says nothing to a person."""
    days = [*dict.fromkeys(str(rung.lot.acquired) for rung in rungs)]
    if len(days) > SHOWN_MAX:
        return f"{len(rungs)} lots"
    return f"the lot of {days[0]}" if len(rungs) == 1 else f"the lots of {joined(days)}"


SHOWN_MAX = 3


def harvested(kept: Kept, substitute: Substitute, deal: Deal) -> str:
    """What a sale is worth, what is bought instead, and what could stay of it."""
    instead = f"buy {substitute.quantity.normalize():f} {substitute.symbol} instead"
    stays = left_behind(deal.in_part) if deal.in_part else ""
    said = (worth(kept), of_funds(deal), instead, waiting(deal), stays)
    return "; ".join(filter(None, said))


def of_funds(deal: Deal) -> str:
    """What of the loss is long-term because the fund paid capital gains; empty where nothing is."""
    if not deal.as_long:
        return ""
    return (
        f"{usd(deal.as_long)} of the loss are long-term, for the fund paid capital gains within six"
        " months (26 U.S.C. 852(b)(4)(A))"
    )


def waiting(deal: Deal) -> str:
    """What of the last lot is not sold today, and why; empty where all of it is."""
    if deal.room is None or not deal.left:
        return ""
    return f"{deal.left.normalize():f} shares more wait for the next session: {no_room(deal.room)}"


def no_room(room: Room) -> str:
    """Why an order is not for more."""
    return f"one order may be for {room.order_max:,.0f} {room.of}"


def beyond(deal: Deal) -> str:
    """A lot behind as many shares as one order may be for."""
    assert deal.room is not None, "else it would have been weighed"
    return (
        f"{NOT}it waits for the next session: {no_room(deal.room)},"
        f" and the broker sells {dated(deal.rungs)} first"
    )


def worth(kept: Kept) -> str:
    """What a sale saves, and what it costs."""
    carried = f", {usd(kept.carried)} of loss are carried on" if kept.carried > 0 else ""
    moved = f", {usd(kept.deferred)} of loss only move to other lots" if kept.deferred else ""
    return (
        f"saves {usd(kept.saved)} of tax now, worth {usd(kept.value)} after the tax that comes"
        f" later{carried}{moved}; costs {usd(kept.cost)}"
    )


def with_others(last: Rung) -> str:
    """A lot that goes because one behind it is harvested."""
    return f"sold with {dated([last])}: the broker takes it first and cannot name a lot"


def costs_more(kept: Kept, rungs: Sequence[Rung]) -> str:
    """Nothing remains."""
    if kept.value <= 0 and kept.carried > 0:
        carried = f"{usd(kept.carried)} of loss would only be carried on"
        return (
            f"{NOT}{behind(rungs)}saves nothing: the year's gains and deduction are used, {carried}"
        )
    if kept.value <= 0:
        saved = f"saves {usd(kept.saved)} now and brings {usd(kept.later)} of tax later"
        return f"{NOT}{behind(rungs)}{saved}"
    return f"{NOT}{behind(rungs)}saves {usd(kept.value)} and costs {usd(kept.cost)}"


def adds_less(more: Kept) -> str:
    """A lot behind those that are harvested, which would add nothing."""
    return f"{NOT}with it the sale would save {usd(more.value)} more and cost {usd(more.cost)} more"


def too_small(kept: Kept, wishes: Wishes, rungs: Sequence[Rung]) -> str:
    """Less than the owner's least."""
    asked = f"you ask for {usd(wishes.net_min)}"
    return f"{NOT}{behind(rungs)}nets {usd(kept.net)}, {asked}"


def fallen_less(deal: Deal, wishes: Wishes) -> str:
    """Not far enough below its basis."""
    fall = deal.loss / deal.basis * PERCENT
    asked = f"you ask for {wishes.fall_min * PERCENT:.1f} %"
    return f"{NOT}it has fallen by {fall:.1f} %, {asked}"


def lost(moves: Sequence[Moved]) -> str:
    """What an IRA or the like bought would take it."""
    gone = [move for move in moves if move.is_lost]
    money = sum((move.loss for move in gone), Decimal(0))
    return f"{NOT}{_bought(gone)} would take {usd(money)} of the loss for good"


def moved(moves: Sequence[Moved]) -> str:
    """What was bought elsewhere would take it into its basis."""
    money = sum((move.loss for move in moves if not move.is_lost), Decimal(0))
    free = free_from(moves)
    until = "" if free is None else f"; from {free} on it counts"
    return f"{NOT}{_bought(moves)} would defer {usd(money)} of the loss{until}"


def left_behind(moves: Sequence[Moved]) -> str:
    """What an order that fills in part could leave, and what that would take."""
    money = usd(sum((move.loss for move in moves), Decimal(0)))
    should = "should it fill only in part, or at the bid"
    return f"{should}, {_bought(moves)} could defer {money} of the loss"


def not_in_part(moves: Sequence[Moved], last: date) -> str:
    """Why it waits until nothing that could stay was bought of late; ``last`` is the last buy."""
    return f"{NOT}{left_behind(moves)}; from {free_after(last)} on it counts"


def _bought(moves: Sequence[Moved]) -> str:
    each = [*dict.fromkeys(f"{move.acquired} in {move.account}" for move in moves)]
    word = "a purchase" if len(each) == 1 else "purchases"
    more = f" and {len(each) - SHOWN_MAX} more" if len(each) > SHOWN_MAX else ""
    shown = ", ".join(each[:SHOWN_MAX]) if more else joined(each)
    return f"{word} of {shown}{more}"


def free_from(moves: Sequence[Moved]) -> date | None:
    """The first day on which none of these buys takes a loss any more."""
    if not moves:
        return None
    return free_after(max(move.acquired for move in moves))


def free_after(bought: date) -> date:
    """The first day on which what was ``bought`` that day takes no loss any more."""
    return bought + timedelta(days=WINDOW_DAYS + 1)


def no_substitute(symbol: str, found: Sequence[Substitute]) -> str:
    """Nothing may be bought instead."""
    if not found:
        return f"{NOT}no substitute for {symbol} is named"
    said = "; ".join(f"{one.symbol}: {one.objection}" for one in found)
    return f"{NOT}no substitute may be bought: {said}"


def waits(rung: Rung, kept: Kept, worth: Decimal, until: date) -> str:
    """A lot before it is nearly long-term."""
    what = f"{dated([rung])}, which the broker sells first, is long-term on {until}"
    return f"{NOT}{what}: waiting is worth {usd(worth)}, the harvest {usd(kept.net)}"
