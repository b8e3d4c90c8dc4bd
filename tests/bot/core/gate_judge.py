"""Every limit stated a second time, in fractions, by a judge that calls no rule of the gate.

The judge is told what the account was when the plan was taken up, and sees which orders arrived at
the broker; from that it reckons by itself what is left. It reads limits and nouns and nothing else.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from gate_world import Shot

from bot.gate import Passage
from brokers.words import Order, Quote, Side

HALF_CENT_DAY = (2026, 11, 2)
HAIR = Fraction(1, 10**20)
"""What rounding at the 28th digit may hide."""


def number(value: Decimal) -> Fraction | None:
    """An exact number; None where it is none, or absurd."""
    if not value.is_finite() or (value and not -40 <= value.adjusted() <= 40):
        return None
    return Fraction(value)


def positive(value: Decimal | None) -> Fraction | None:
    """An exact number from a billionth to a trillion, as prices and quantities are; or None."""
    found = None if value is None else number(value)
    sound = found is not None and Fraction(1, 10**9) <= found < 10**12
    return found if sound else None


def over(value: Fraction, most: Fraction) -> bool:
    """Whether it is more, by more than a hair."""
    return value > most + abs(most) * HAIR


class Judge:
    """Looks on while the orders of one plan are fired."""

    def __init__(self, start: Passage) -> None:
        """Begin with the account as it was."""
        self.start = start
        self.lim = start.limits
        self.nav = Fraction(start.plan.nav)
        self.arrived: list[Shot] = []

    # The plan as a whole.

    def against_plan(self, now: object) -> Iterator[str]:
        """What is wrong with the plan as a whole."""
        start, plan, lim = self.start, self.start.plan, self.lim
        if plan.session != start.session.day:
            yield "other session"
        if not start.approved and now - plan.time > timedelta(seconds=lim.snapshot_age_seconds):
            yield "old"
        symbols = [leg.order.symbol for leg in plan.legs]
        if len(symbols) != len(set(symbols)):
            yield "two orders in a name"
        per_cycle, per_day, at_once = self.counts()
        buys = sum(leg.order.side is Side.BUY for leg in plan.legs)
        if len(symbols) > per_cycle or start.activity.orders_today + len(symbols) > per_day:
            yield "too many"
        if start.open + max(buys, len(symbols) - buys) > at_once:
            yield "too many at once"
        if not start.approved and (plan.is_first or over(self.turned(), self.nav)):
            yield "nobody approved it"
        before = {line.symbol: line.quantity_before for line in plan.lines if line.quantity_before}
        if before != {s: q for s, q in start.held.items() if q}:
            yield "moved"

    def turned(self) -> Fraction:
        """What the plan trades, in parts of what it may trade without a person."""
        moved = (
            abs(Fraction(line.quantity_after) - Fraction(line.quantity_before))
            * Fraction(line.price)
            for line in self.start.plan.lines
        )
        return sum(moved, Fraction(0)) / Fraction(self.lim.cycle_turnover_max)

    def counts(self) -> tuple[int, int, int]:
        """Orders a cycle, a day, at once: at least the numbers, and so many for each name."""
        lim = self.lim
        scaled = int(Fraction(lim.orders_per_name) * len(self.start.plan.lines))
        return (
            max(lim.orders_per_cycle, scaled),
            max(lim.orders_per_day, scaled * 2),
            max(lim.orders_open, scaled),
        )

    # One order.

    def against(self, shot: Shot) -> Iterator[str]:
        """Everything that is wrong with an order; into nonsense it looks no further."""
        order, start = shot.order, self.start
        yield from self._now(shot)
        quantity, limit = positive(order.quantity), positive(order.limit)
        if quantity is None or limit is None:
            yield "not an order"
            return
        rate = positive(start.rates.get(order.symbol))
        if rate is None:
            yield "worth unknown"
            return
        yield from self._as_planned(order, quantity)
        yield from self._auction(shot, quantity)
        if shot.most is not None and quantity > Fraction(shot.most):
            yield "more than its pair"
        mid = self._mid(shot.quote)
        if mid is None or shot.quote is None:
            yield "no quote"
            return
        yield from self._price(shot, shot.quote, limit, mid)
        yield from self._account(order, quantity, quantity * limit * rate)
        yield from self._counts(order)

    def _now(self, shot: Shot) -> Iterator[str]:
        session, lim = self.start.session, self.lim
        first = session.opens + timedelta(minutes=lim.after_open_minutes)
        last = session.closes - timedelta(minutes=lim.before_close_minutes)
        if shot.halted or shot.lock or shot.order.symbol in self.start.busy:
            yield "stopped"
        if shot.now > shot.send_before:
            yield "late"
        if shot.now < first or shot.now > last or not shot.is_open:
            yield "closed"
        if abs(shot.off) > lim.clock_stop_seconds:
            yield "clock"

    def _mid(self, quote: Quote | None) -> Fraction | None:
        if quote is None:
            return None
        bid, ask = positive(quote.bid), positive(quote.ask)
        return None if bid is None or ask is None else (bid + ask) / 2

    def _price(self, shot: Shot, quote: Quote, limit: Fraction, mid: Fraction) -> Iterator[str]:
        order, lim = shot.order, self.lim
        volume = self.start.volumes.get(order.symbol)
        liquid = volume is not None and Fraction(volume) * mid >= Fraction(lim.liquid_adv_usd)
        age = (shot.now - quote.time).total_seconds()
        widest = Fraction(lim.spread_max_liquid if liquid else lim.spread_max)
        collar = Fraction(lim.collar_liquid if liquid else lim.collar)
        sign = 1 if order.side is Side.BUY else -1
        faults = {
            "bad quote": Fraction(quote.ask) <= Fraction(quote.bid) or quote.delayed,
            "currency": quote.currency != order.currency,
            "old quote": age > lim.quote_age_seconds or age < -lim.clock_stop_seconds,
            "wide": over(Fraction(quote.ask) - Fraction(quote.bid), widest * mid),
            "collar": over((limit - mid) * sign, collar * mid),
            "tick": order.currency == "USD" and (limit / self._grain(limit)).denominator != 1,
        }
        yield from (name for name, is_broken in faults.items() if is_broken)
        if order.symbol not in self.start.past.cleared:
            yield from self._close(order, limit, mid, sign)

    def _close(self, order: Order, limit: Fraction, mid: Fraction, sign: int) -> Iterator[str]:
        close = positive(self.start.closes.get(order.symbol))
        if close is None:
            yield "no close"
            return
        if over(abs(mid - close), Fraction(self.lim.jump_max) * close):
            yield "jump"
        if over((limit - close) * sign, Fraction(self.lim.close_collar) * close):
            yield "close collar"

    def _grain(self, limit: Fraction) -> Fraction:
        if limit < 1:
            return Fraction(1, 10_000)
        day = self.start.session.day
        return Fraction(1, 200 if (day.year, day.month, day.day) >= HALF_CENT_DAY else 100)

    def _as_planned(self, order: Order, quantity: Fraction) -> Iterator[str]:
        wanted = [
            leg.order.quantity
            for leg in self.start.plan.legs
            if (leg.order.symbol, leg.order.side) == (order.symbol, order.side)
        ]
        mine = [
            shot
            for shot in self.arrived
            if (shot.order.symbol, shot.order.side) == (order.symbol, order.side)
        ]
        if not wanted:
            yield "not planned"
            return
        if any(self._may_fill(shot) for shot in mine):
            yield "two at once"
        if over(sum((self._done(shot) for shot in mine), quantity), Fraction(wanted[0])):
            yield "more than planned"
        if len(mine) >= self.lim.sends_per_order:
            yield "sent too often"

    def _auction(self, shot: Shot, quantity: Fraction) -> Iterator[str]:
        """An order for the close: as planned, in time, in whole shares and dollars, and once."""
        order, lead = shot.order, self.start.closing_lead
        planned = {
            leg.order.force
            for leg in self.start.plan.legs
            if (leg.order.symbol, leg.order.side) == (order.symbol, order.side)
        }
        if order.force not in planned:
            yield "another time in force"
        if order.force.value != "cls":
            return
        if lead is None or shot.now + lead > self.start.session.closes:
            yield "too late for the close"
        if quantity.denominator != 1 or order.currency != "USD":
            yield "nothing for the close"

    def _may_fill(self, shot: Shot) -> bool:
        return shot.answer != "refused" and not shot.ends

    def _done(self, shot: Shot) -> Fraction:
        if shot.answer == "refused":
            return Fraction(0)
        return Fraction(min(shot.filled, shot.order.quantity) if shot.ends else shot.order.quantity)

    def _account(self, order: Order, quantity: Fraction, value: Fraction) -> Iterator[str]:
        lim, start, nav = self.lim, self.start, self.nav
        bought, sold, every = Fraction(0), Fraction(0), Fraction(0)
        for shot in self.arrived:
            worth = self._worth(shot.order)
            every += worth
            bought += worth if shot.order.side is Side.BUY else 0
            is_sale = shot.order.side is Side.SELL and shot.order.symbol == order.symbol
            sold += Fraction(shot.order.quantity) if is_sale else 0
        if order.side is Side.SELL:
            if over(quantity, Fraction(start.held.get(order.symbol, Decimal(0))) - sold):
                yield "short"
        else:
            floor = max(Fraction(lim.cash_floor), Fraction(lim.cash_floor_weight) * nav)
            if over(floor, Fraction(start.cash) - bought - value):
                yield "cash"
            if over(Fraction(start.invested) + bought + value, Fraction(lim.gross_max) * nav):
                yield "gross"
            yield from self._name_weight(order, value)
        volume = start.volumes.get(order.symbol)
        if volume is not None and over(quantity, Fraction(volume) * Fraction(lim.order_adv_max)):
            yield "volume"
        if not start.approved:
            yield from self._size(value, every)
            yield from self._again(order, quantity)

    def _worth(self, order: Order) -> Fraction:
        rate = Fraction(self.start.rates[order.symbol])
        return Fraction(order.quantity) * Fraction(order.limit) * rate

    def _name_weight(self, order: Order, value: Fraction) -> Iterator[str]:
        if self.lim.name_weight_max is None:
            return
        lines = [line for line in self.start.plan.lines if line.symbol == order.symbol]
        held = sum((Fraction(line.quantity_before) * Fraction(line.price) for line in lines), value)
        rate = Fraction(self.start.rates[order.symbol])
        for shot in self.arrived:
            if (shot.order.symbol, shot.order.side) == (order.symbol, Side.BUY):
                held += self._done(shot) * Fraction(shot.order.limit) * rate
        if over(held, Fraction(self.lim.name_weight_max) * self.nav):
            yield "name weight"

    def _size(self, value: Fraction, every: Fraction) -> Iterator[str]:
        lim, nav, start = self.lim, self.nav, self.start
        share = max(Fraction(lim.order_weight_max), Fraction(1, len(start.plan.lines)))
        if over(value, share * nav):
            yield "weight"
        if lim.order_usd_max is not None and over(value, Fraction(lim.order_usd_max)):
            yield "dollars"
        harvests = any(leg.paired for leg in start.plan.legs)
        most = Fraction(lim.harvest_turnover_max if harvests else lim.day_turnover_max)
        if over(Fraction(start.value_before) + every + value, most * nav):
            yield "day"

    def _again(self, order: Order, quantity: Fraction) -> Iterator[str]:
        known = self.start.past.traded.get((order.symbol, order.side))
        again = known is not None and known.plans >= self.lim.repeats_per_session
        if again and over(quantity, Fraction(known.meant) - Fraction(known.done)):
            yield "repeat"
        if self._back(order) > 0:
            legs = self.start.plan.legs
            every = sum((self._back(leg.order) for leg in legs), Fraction(0))
            if over(every, Fraction(self.lim.reversal_weight_max) * self.nav):
                yield "reversal"

    def _back(self, order: Order) -> Fraction:
        """Worth of what an order takes back; nothing where the plan harvests by it."""
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        known = self.start.past.traded.get((order.symbol, other))
        place = (order.symbol, order.side)
        legs = [g for g in self.start.plan.legs if (g.order.symbol, g.order.side) == place]
        rate = positive(self.start.rates.get(order.symbol))
        if known is None or rate is None or any(leg.paired for leg in legs[:1]):
            return Fraction(0)
        return min(Fraction(order.quantity), Fraction(known.lately)) * Fraction(order.limit) * rate

    def _counts(self, order: Order) -> Iterator[str]:
        lim, start = self.lim, self.start
        per_cycle, per_day, at_once = self.counts()
        sent = start.sent + len(self.arrived)
        is_first = all(
            (shot.order.symbol, shot.order.side) != (order.symbol, order.side)
            for shot in self.arrived
        )
        if start.open + len(self.arrived) >= at_once:
            yield "open"
        if is_first and (sent >= per_cycle or start.activity.orders_today + sent >= per_day):
            yield "count"
        rejects = start.rejects + sum(shot.answer == "refused" for shot in self.arrived)
        unclear = [shot for shot in self.arrived if shot.answer == "unclear"]
        today = start.activity.orders_today + sent
        if rejects >= lim.rejects_halt or start.unknowns + len(unclear) >= lim.unknowns_halt:
            yield "trouble"
        if today >= lim.rejects_share_from and rejects > Fraction(lim.rejects_share_halt) * today:
            yield "share of rejects"
        if any(shot.order.symbol == order.symbol for shot in unclear):
            yield "unknown in it"
        if start.activity.rejects_by_symbol.get(order.symbol, 0) >= lim.rejects_same_symbol:
            yield "rejected in it"


def first_fault(judge: Judge, shot: Shot) -> str:
    """The first thing that is wrong, or an empty string."""
    return next(judge.against(shot), "")
