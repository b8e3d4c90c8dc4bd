"""An account of a simulated household: its cash, its executions and lots, what it sees of a day.

It is planned by ``make_plan`` from a snapshot as the daemon's, and its lots are those of
``strategies.lots.ledger``.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal
from itertools import groupby

from benchmarks.tax.household_book import Journal
from benchmarks.tax.market import ADV_DAYS, HISTORY, Market
from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Bars,
    Environment,
    Execution,
    Instrument,
    Quote,
    Side,
    Symbol,
)
from strategies.lots import Lot, ledger
from strategies.policy import Policy
from strategies.snapshot import Holding, Snapshot
from strategies.washes.enforce import KIND
from strategies.washes.home import Home
from strategies.washes.nouns import REINVEST, Trade

CENT, FINE, FRACTION = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class Order:
    """What an account wants done, at ``limit`` or better; ``costs`` are fees and impact.

    ``before`` are the sales that pay for a buy, of which ``paired`` shares are in their place.
    """

    symbol: Symbol
    side: Side
    quantity: Decimal
    limit: Decimal
    costs: Decimal
    key: str
    paired: Decimal = ZERO
    before: tuple[str, ...] = ()


class Account:
    """One account; ``journal`` is the household's."""

    def __init__(self, policy: Policy, journal: Journal, market: Market, *, drip: bool) -> None:
        """Empty; ``drip`` where the broker reinvests dividends."""
        self.policy, self.journal, self.market, self.drip = policy, journal, market, drip
        self.name, self.kind = str(policy.account), KIND[policy.tax.kind]
        self.step = FRACTION if policy.orders.fractional else Decimal(1)
        self.cash = ZERO
        self.last_traded: date | None = None
        self.held: dict[Symbol, Decimal] = defaultdict(Decimal)
        self.costs = ZERO
        self._executions = defaultdict[Symbol, list[Execution]](list)
        self._lots: dict[Symbol, tuple[Lot, ...]] = {}
        self._wanted = {symbol for symbol, _ in policy.target.weights}
        for original, listed in () if policy.harvest is None else policy.harvest.substitutes:
            self._wanted |= {*listed} if original in self._wanted else set()

    def nav(self, at: int) -> Decimal:
        """At the closes of session ``at``."""
        return self.cash + sum((n * self.price(s, at) for s, n in self.held.items() if n), ZERO)

    def price(self, symbol: Symbol, at: int) -> Decimal:
        """The close, in cents; the last one where there is none on the day."""
        series = self.market.close[: at + 1, self.market.column(symbol)]
        while len(series) and not series[-1] > 0:
            series = series[:-1]
        return Decimal(f"{series[-1]:.2f}") if len(series) else ZERO

    def quote(self, symbol: Symbol, at: int) -> Quote:
        """The touch around the close."""
        mid = self.price(symbol, at)
        share = Decimal(f"{self.market.half_spread[at, self.market.column(symbol)]:.7f}")
        half = max(FINE, (mid * share).quantize(FINE))
        return Quote(symbol, mid - half, mid + half, moment(self.market.days[at]))

    def snapshot(self, at: int, home: Home) -> Snapshot:
        """All that the decision of session ``at`` may know."""
        day = self.market.days[at]
        names = sorted(self._wanted | {symbol for symbol, held in self.held.items() if held})
        seen = [name for name in names if self.market.close[at, self.market.column(name)] > 0]
        return Snapshot(
            account=AccountId(self.name),
            environment=Environment.PAPER,
            time=moment(day),
            session=day,
            base=USD,
            cash=self.cash,
            settled=self.cash,
            accrued=ZERO,
            holdings=tuple(self._holding(name, at) for name in seen),
            history={name: bars(self.market, name, at) for name in seen},
            relief=self.policy.tax.relief,
            is_first=self.last_traded is None,
            last_traded=self.last_traded,
            home=home,
        )

    def _holding(self, name: Symbol, at: int) -> Holding:
        volume = self.market.volume[max(0, at - ADV_DAYS) : at, self.market.column(name)]
        mean = float(volume.mean()) if len(volume) else 0.0
        return Holding(
            symbol=name,
            quantity=self.held.get(name, ZERO),
            price=self.price(name, at),
            fx=Decimal(1),
            quote=self.quote(name, at),
            instrument=Instrument(name, quantity_step=self.step),
            lots=self.lots(name),
            adv_shares=Decimal(int(mean)) if mean > 0 else None,
        )

    def lots(self, name: Symbol) -> tuple[Lot, ...]:
        """Open lots of ``name``."""
        if name not in self._lots:
            self._work_out(name)
        return self._lots[name]

    def _work_out(self, name: Symbol) -> None:
        found = ledger(self._executions[name], (), (), self.policy.tax.relief)
        self._lots[name] = found.lots.get(name, ())
        self._realized = found.realized

    def trade(self, order: Order, price: Decimal, at: int, *, reinvests: bool = False) -> None:
        """Carry ``order`` out at ``price``: cash, lots, and a row in the household's journal."""
        name, day = order.symbol, self.market.days[at]
        root = f"{self.name} {name} {len(self._executions[name])}"
        moved = order.side.sign * order.quantity
        self._executions[name].append(
            Execution(
                root, 1, None, name, order.side, order.quantity, price, order.costs, moment(day)
            )
        )
        self.held[name] += moved
        self.cash -= moved * price + order.costs
        self.costs += order.costs + order.quantity * abs(price - self.price(name, at))
        self._work_out(name)
        side = REINVEST if reinvests else order.side.value
        self.journal.add(
            Trade(
                day=day,
                account=self.name,
                kind=self.kind,
                symbol=name,
                side=side,
                quantity=order.quantity,
                price=price,
                fee=order.costs,
                lot=root if order.side is Side.BUY else self._taken(root, order.quantity),
                order="",
            )
        )

    def _taken(self, root: str, quantity: Decimal) -> str:
        """The lots that the last sale took, in their order."""
        names: list[str] = []
        for one in reversed(self._realized):
            if quantity <= 0:
                break
            names.append(one.lot_id)
            quantity -= one.quantity
        assert quantity == 0, f"{root} sold lots that nobody knows"
        return ";".join(name for name, _ in groupby(reversed(names)))

    def receive_dividends(self, at: int) -> None:
        """Those of session ``at``, as cash or as whole shares for it."""
        for name in [name for name, held in self.held.items() if held]:
            each = float(self.market.dividends[at, self.market.column(name)])
            if each > 0:
                self._receive(name, Decimal(f"{each:.4f}") * self.held[name], at)

    def _receive(self, name: Symbol, money: Decimal, at: int) -> None:
        self.cash += money.quantize(CENT)
        if self.drip:
            price = self.price(name, at)
            shares = (money / price / self.step).to_integral_value(ROUND_DOWN) * self.step
            if shares:
                order = Order(name, Side.BUY, shares, price, ZERO, "reinvested")
                self.trade(order, price, at, reinvests=True)

    def tell(self, **said: object) -> None:
        """Change what the owner says of the taxpayer."""
        taxpayer = replace(self.policy.taxpayer, **said)  # type: ignore[arg-type]
        self.policy = replace(self.policy, taxpayer=taxpayer)


def moment(day: date) -> datetime:
    """The close of a session, in UTC."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def bars(market: Market, name: str, at: int) -> Bars:
    """A year of total-return closes before session ``at``."""
    first = max(0, at - HISTORY)
    closes = market.adjusted[first:at, market.column(name)]
    known = closes > 0
    days = tuple(
        day for day, here in zip(market.days[first:at], known.tolist(), strict=True) if here
    )
    values = closes[known]
    return Bars(Symbol(name), days, tuple(values.tolist()), (5e6,) * len(days), "simulated")
