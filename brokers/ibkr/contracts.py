"""What is listed at Interactive Brokers: contracts by symbol, their ticks, steps and hours.

A symbol of ours is a stock, routed by IB (SMART), in the account's currency; ``listings`` name
another exchange or currency. A class of shares has a space at IB and a dot here: ``BRK B`` is
``BRK.B``. What an account holds beside stocks is named by the contract's number, and not traded.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import lcm

from brokers.ibkr import hours
from brokers.ibkr.ear import Trouble
from brokers.ibkr.errors import Kind
from brokers.ibkr.fields import number_or_none, plain, price_or_none
from brokers.ibkr.hours import Spans
from brokers.ibkr.library import Contract, Told
from brokers.ibkr.link import Link
from brokers.words import Currency, Instrument, Symbol, TickRule, TimeInForce

FRESH = timedelta(hours=12)
"""How long contract details hold; their hours reach several days ahead."""
STOCK = "STK"
SMART = "SMART"
WHOLE = Decimal(1)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Listed:
    """A contract that IB knows, and what its details say of it."""

    contract: Told
    instrument: Instrument
    hours: Spans
    zone: str
    magnifier: Decimal = WHOLE
    """By how much prices are larger than the currency: 100 where they are in pence."""
    takes_loc: bool = True
    """Whether limit-on-close orders are taken."""

    def objection(self, force: TimeInForce) -> str:
        """Why no order is sent that is good so long, or an empty string."""
        if not self.instrument.tradable:
            return "cannot be traded here"
        no_loc = force is TimeInForce.CLOSE and not self.takes_loc
        return "takes no limit-on-close orders" if no_loc else ""


def their_symbol(symbol: Symbol) -> str:
    """``BRK.B`` as IB writes it."""
    return symbol.replace(".", " ")


class Contracts:
    """Contracts of one account, asked for once and kept for half a day."""

    def __init__(self, link: Link) -> None:
        """Nothing is read until it is asked for."""
        self._link = link
        self._settings = link.settings
        self._listings = dict(link.settings.listings)
        self._known: dict[Symbol, tuple[datetime, Listed | None]] = {}
        self._held: dict[Symbol, Told] = {}
        self._rules: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {}

    def name_of(self, contract: Told) -> Symbol:
        """Our name of a contract that IB speaks of. It is remembered by it."""
        plainly = Symbol(contract.symbol.replace(" ", "."))
        currency = self._place_of(plainly)[1]
        is_ours = contract.secType == STOCK and contract.currency == currency
        name = plainly if is_ours else Symbol(f"{contract.localSymbol}#{contract.conId}")
        if not is_ours:
            self._held[name] = contract
        return name

    def _place_of(self, symbol: Symbol) -> tuple[str, Currency]:
        """Primary exchange, where one is named, and currency of a symbol."""
        exchange, _, currency = self._listings.get(symbol, "").partition(" ")
        is_routed = exchange in {"", SMART}
        return "" if is_routed else exchange, Currency(currency or self._settings.currency)

    async def known(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Listed]:
        """Those of ``symbols`` that IB knows."""
        now = self._link.timing.now()
        stale = [symbol for symbol in dict.fromkeys(symbols) if not self._is_fresh(symbol, now)]
        looked_up = await asyncio.gather(*map(self._look_up, stale))
        self._known |= {s: (now, each) for s, each in zip(stale, looked_up, strict=True)}
        found = ((symbol, self._known[symbol][1]) for symbol in symbols)
        return {symbol: each for symbol, each in found if each is not None}

    def _is_fresh(self, symbol: Symbol, now: datetime) -> bool:
        at = self._known.get(symbol, (None, None))[0]
        return at is not None and timedelta(0) <= now - at < FRESH

    def remembered(self) -> tuple[Listed, ...]:
        """What was looked up before, whatever it is."""
        return tuple(each for _, each in self._known.values() if each is not None)

    async def _look_up(self, symbol: Symbol) -> Listed | None:
        """One contract; None where IB knows none, or cannot tell which of several is meant."""
        for wanted in self._wanted(symbol):
            found = await self._details(wanted)
            if len(found) == 1:
                return await self._listed(symbol, found[0])
        return None

    async def _details(self, wanted: Told) -> list[Told]:
        """What IB tells of the contracts that ``wanted`` could mean, one for each number."""
        try:
            rows = await self._link.request(
                lambda client, number: client.reqContractDetails(number, wanted)
            )
        except Trouble as trouble:
            if trouble.kind is Kind.NOT_FOUND:
                return []
            raise
        found = {row.contract.conId: row for row in rows if self._fits(row.contract, wanted)}
        return list(found.values())

    def _wanted(self, symbol: Symbol) -> list[Told]:
        """What to ask IB for; a dot is a space there, but not on every exchange."""
        if symbol in self._held:
            return [Contract(conId=self._held[symbol].conId)]
        exchange, currency = self._place_of(symbol)
        return [
            Contract(
                secType=STOCK,
                symbol=name,
                exchange=SMART,
                primaryExchange=exchange,
                currency=currency,
            )
            for name in dict.fromkeys((their_symbol(symbol), symbol))
        ]

    def _fits(self, contract: Told, wanted: Told) -> bool:
        """Whether it is what was asked for, and not a namesake in another currency."""
        if wanted.conId:
            return bool(contract.conId == wanted.conId)
        place = wanted.primaryExchange in {"", contract.primaryExchange}
        same = (contract.secType, contract.currency) == (wanted.secType, wanted.currency)
        return place and same and contract.symbol == wanted.symbol

    async def _listed(self, symbol: Symbol, row: Told) -> Listed:
        is_stock = row.contract.secType == STOCK
        contract = Contract(
            secType=row.contract.secType,
            conId=row.contract.conId,
            symbol=row.contract.symbol,
            exchange=SMART if is_stock else row.contract.exchange,
            primaryExchange=row.contract.primaryExchange,
            currency=row.contract.currency,
            localSymbol=row.contract.localSymbol,
            tradingClass=row.contract.tradingClass,
        )
        magnifier = number_or_none(row.priceMagnifier) or WHOLE
        kinds = set(row.orderTypes.split(",")) if row.orderTypes else {"LMT", "LOC"}
        instrument = Instrument(
            symbol=symbol,
            currency=Currency(row.contract.currency),
            tick=await self._ticks(row),
            quantity_step=self._step(row),
            tradable=is_stock and "LMT" in kinds and magnifier == 1 and symbol not in self._held,
            name=row.longName,
        )
        spans = hours.spans(row.liquidHours, row.timeZoneId)
        return Listed(contract, instrument, spans, row.timeZoneId, magnifier, "LOC" in kinds)

    def _step(self, row: Told) -> Decimal:
        """The step of a quantity: a share, or the fraction that the contract grants."""
        step = price_or_none(getattr(row, "sizeIncrement", 0))
        if not self._settings.fractional or step is None:
            return WHOLE
        return min(step, WHOLE)

    async def _ticks(self, row: Told) -> TickRule:
        """The price grid: of the contract's market rule, or else its smallest tick."""
        smallest = price_or_none(row.minTick) or CENT
        rule = rule_of(row)
        if rule is None:
            return TickRule(smallest, smallest)
        if rule not in self._rules:
            rows = await self._link.ask(
                f"marketRule-{rule}", lambda client: client.reqMarketRule(rule)
            )
            steps = ((number_or_none(r.lowEdge), price_or_none(r.increment)) for r in rows)
            self._rules[rule] = tuple(
                (low, tick) for low, tick in steps if low is not None and tick
            )
        return grid(self._rules[rule], smallest)


def rule_of(row: Told) -> int | None:
    """The market rule of IB's own routing, or of the first exchange."""
    exchanges, rules = row.validExchanges.split(","), row.marketRuleIds.split(",")
    by_exchange = dict(zip(exchanges, rules, strict=False))
    found = by_exchange.get(SMART, rules[0])
    return int(found) if found.isdecimal() else None


def grid(rule: Sequence[tuple[Decimal, Decimal]], smallest: Decimal) -> TickRule:
    """A tick that is right at every price below one, and one that is right at every price above.

    A rule with steps at higher prices is met by their least common multiple: 0.005 and 0.01 by
    0.01. Coarser than it need be at some prices, it is refused at none.
    """
    edges = sorted(rule)
    below = [tick for low, tick in edges if low < 1] or [smallest]
    high = [tick for low, tick in edges if low >= 1]
    at_one = [tick for low, tick in edges if low <= 1][-1:]
    return TickRule(common([*at_one, *high] or [smallest]), common(below))


def common(ticks: Sequence[Decimal]) -> Decimal:
    """The least common multiple of ``ticks``."""
    scale = min(Decimal(1).scaleb(min(int(t.as_tuple().exponent), 0)) for t in ticks)
    return plain(lcm(*(int(tick / scale) for tick in ticks)) * scale)
