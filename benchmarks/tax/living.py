"""A household lives through a market: deposits, dividends, plans, fills, and the tax of each year.

Every decision is ``make_plan``'s, on what its day knows. Orders fill at their limits, which is the
far touch, on the close that they were planned from ("close"), or on the next session's close if the
limit allows, else not at all ("next"). As at the gate the wash-sale rule is asked once more then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from benchmarks.tax.accounts import Account, Order
from benchmarks.tax.household_book import Journal
from benchmarks.tax.market import Market
from brokers.words import ZERO, Side
from strategies.harvest.year import realised
from strategies.plan import Plan, Rebalance, make_plan
from strategies.policy import Policy
from strategies.taxes.netting import NOTHING, Carryover, Year, year
from strategies.taxes.rates import Rates
from strategies.washes.enforce import taken_by_buy, taken_by_sale
from strategies.washes.nouns import BUY, SELL, TAXABLE, Trade

ELSEWHERE = "elsewhere"
"""The account in which gains arise that the plans have nothing to do with."""
TAX_DAY = (4, 15)


@dataclass(frozen=True, slots=True)
class Member:
    """One account: ``cash`` at the start, ``deposit`` on the first session of each month."""

    policy: Policy
    cash: Decimal
    deposit: Decimal = ZERO
    drip: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """A household, its market, and the sessions ``first`` to ``last``, both in.

    It is looked at every ``every`` sessions. Each year the gains ``outside`` arise elsewhere, as
    shares of what the taxable accounts are worth when the year begins: short-term and long-term.
    """

    market: Market
    members: tuple[Member, ...]
    first: int
    last: int
    every: int = 1
    fills: Literal["close", "next"] = "close"
    outside: tuple[Decimal, Decimal] = (ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Look:
    """What one plan came to."""

    day: date
    account: str
    plan: Plan


@dataclass(slots=True)
class Lived:
    """What became of it. ``navs`` and ``flows`` are of the taxable accounts, a row a session."""

    journal: Journal
    accounts: dict[str, Account]
    looks: list[Look] = field(default_factory=list)
    navs: list[Decimal] = field(default_factory=list)
    flows: list[Decimal] = field(default_factory=list)
    taxes: list[Decimal] = field(default_factory=list)
    """What was paid of them out of the first taxable account, a row a session."""
    years: dict[int, Year] = field(default_factory=dict)
    saved: dict[int, Decimal] = field(default_factory=dict)
    """Tax that the household does not owe for what these accounts realised; below zero if more."""
    unpaid: Decimal = ZERO
    brought: Carryover = NOTHING
    brought_without: Carryover = NOTHING
    """What these accounts brought into the year, and what is brought without them."""
    unfilled: int = 0
    refused: list[str] = field(default_factory=list)
    """Orders that the wash-sale rule kept from being sent, after they were planned."""


class Life:
    """One household, session by session."""

    def __init__(self, setup: Setup) -> None:
        """Before the first session."""
        self.setup, journal = setup, Journal()
        made = (Account(m.policy, journal, setup.market, drip=m.drip) for m in setup.members)
        self.lived = Lived(journal, {account.name: account for account in made})
        self._working: list[tuple[Account, list[Order]]] = []

    def run(self, tick: Callable[[int], None] = lambda _at: None) -> Lived:
        """All of it; ``tick`` hears of each session."""
        for at in range(self.setup.first, self.setup.last + 1):
            self._session(at)
            tick(at)
        self._close_year(self.setup.market.days[self.setup.last].year)
        return self.lived

    def _session(self, at: int) -> None:
        flow = self._begin(at)
        for account, orders in self._working:
            self._fill(account, orders, at)
        self._working = []
        if (at - self.setup.first) % self.setup.every == 0:
            for account in self.lived.accounts.values():
                self._look(account, at)
        self.lived.flows.append(flow)
        self.lived.navs.append(sum((one.nav(at) for one in self._taxable()), ZERO))

    def _taxable(self) -> Iterator[Account]:
        return (one for one in self.lived.accounts.values() if one.kind == TAXABLE)

    def _begin(self, at: int) -> Decimal:
        """Dividends, deposits and taxes; what came into taxable accounts from outside."""
        days, setup = self.setup.market.days, self.setup
        today, before = days[at], days[at - 1] if at > setup.first else date.min
        for account in self.lived.accounts.values():
            account.receive_dividends(at)
        flow = ZERO
        for account, member in zip(self.lived.accounts.values(), setup.members, strict=True):
            money = member.cash if at == setup.first else ZERO
            if (today.year, today.month) != (before.year, before.month):
                money += member.deposit
            account.cash += money
            flow += money if account.kind == TAXABLE else ZERO
        if at > setup.first and today.year != before.year:
            self._close_year(before.year)
        if at == setup.first or today.year != before.year:
            self._open_year(at)
        self._pay(before, today)
        return flow

    def _pay(self, before: date, today: date) -> None:
        due = self.lived.unpaid if before < date(today.year, *TAX_DAY) <= today else ZERO
        next(self._taxable()).cash -= due
        self.lived.unpaid -= due
        self.lived.taxes.append(due)

    def _open_year(self, at: int) -> None:
        """What arises elsewhere is known when the year begins; so are the losses that it brings."""
        day, worth = self.setup.market.days[at], sum((a.nav(at) for a in self._taxable()), ZERO)
        for share, term, held in zip(self.setup.outside, ("S", "L"), (0, 800), strict=True):
            gain = (share * worth).quantize(Decimal(1))
            if gain > 0:
                lot, bought = f"{term}{day.year}", day - timedelta(days=held)
                for side, on, price in ((BUY, bought, Decimal(1)), (SELL, day, gain + 1)):
                    self.lived.journal.add(
                        Trade(
                            on, ELSEWHERE, TAXABLE, f"{ELSEWHERE} {lot}", side, Decimal(1), price,
                            ZERO, lot, "",
                        )
                    )  # fmt: skip
        for account in self.lived.accounts.values():
            brought = self.lived.brought
            account.tell(carryover_short=brought.short, carryover_long=brought.long)

    def _close_year(self, of: int) -> None:
        """The tax with what the accounts realised, less the tax on the gains elsewhere alone."""
        lived, home = self.lived, self.lived.journal.home()
        owner = self.setup.members[0].policy
        rates, filing = rates_of(owner), owner.taxpayer.filing
        found = year(*realised(home, of), lived.brought, filing)
        short, long = (self._elsewhere(of, term) for term in "SL")
        without = year(short, long, lived.brought_without, filing)
        lived.years[of] = found
        lived.saved[of] = without.tax(rates) - found.tax(rates)
        lived.unpaid -= lived.saved[of]
        lived.brought, lived.brought_without = found.carryover, without.carryover

    def _elsewhere(self, of: int, term: str) -> Decimal:
        sold = (one for one in self.lived.journal.ledger().disposals if one.account == ELSEWHERE)
        return sum((one.recognised for one in sold if one.lot == f"{term}{of}"), ZERO)

    def _look(self, account: Account, at: int) -> None:
        """Plan, and send."""
        working = tuple(
            _row(one, order, self.setup.market.days[at])
            for one, orders in self._working
            for order in orders
        )
        shot = account.snapshot(at, self.lived.journal.home(working))
        if shot.nav <= 0:
            return
        plan = make_plan(shot, account.policy)
        self.lived.looks.append(Look(shot.session, account.name, plan))
        if not isinstance(plan.decision, Rebalance):
            return
        account.last_traded = shot.session
        orders = [*_orders(plan)]
        if self.setup.fills == "next":
            self._working.append((account, orders))
        else:
            self._fill(account, orders, at)

    def _fill(self, account: Account, orders: list[Order], at: int) -> None:
        """Sales first, as they are planned; a buy is cut to what it may spend."""
        sold: set[str] = set()
        for order in orders:
            quote = account.quote(order.symbol, at)
            touch = quote.ask if order.side is Side.BUY else quote.bid
            if order.side.sign * (touch - order.limit) > 0:
                self.lived.unfilled += 1
                continue
            price = order.limit if self.setup.fills == "close" else touch
            if why := self._refused(account, order, at):
                self.lived.refused.append(why)
                continue
            quantity = _affordable(order, price, account, sold)
            if quantity > 0:
                account.trade(replace(order, quantity=quantity), price, at)
                sold.add(order.key)

    def _refused(self, account: Account, order: Order, at: int) -> str:
        """Why the gate lets it not through: what was bought since the plan was made counts too."""
        row, home = _row(account, order, self.setup.market.days[at]), self.lived.journal.home()
        taken = taken_by_buy if order.side is Side.BUY else taken_by_sale
        return taken(home, row).objection(may_defer=account.policy.taxpayer.may_defer)


def _affordable(order: Order, price: Decimal, account: Account, sold: set[str]) -> Decimal:
    """Its shares, without those in place of what was not sold, as far as there is cash."""
    if order.side is Side.SELL:
        return order.quantity
    missing = sum(key not in sold for key in order.before)
    wanted = order.quantity
    if missing:
        wanted -= order.paired * missing / len(order.before)
    shares = min(wanted, (account.cash - order.costs) / price)
    return max(ZERO, (shares / account.step).to_integral_value(ROUND_DOWN) * account.step)


def _orders(plan: Plan) -> Iterator[Order]:
    for leg in plan.legs:
        yield Order(
            leg.order.symbol,
            leg.order.side,
            leg.order.quantity,
            leg.order.limit,
            leg.fees + leg.impact,
            leg.order.key,
            leg.paired,
            leg.instead_of,
        )


def _row(account: Account, order: Order, day: date) -> Trade:
    """An order at work, as a row of the household's journal."""
    lots: list[str] = []
    left = order.quantity
    if order.side is Side.SELL:
        from strategies.lots import Sale, queue

        tax, held = account.policy.tax, account.lots(order.symbol)
        sale = Sale(day, order.limit, tax.short_rate, tax.long_rate)
        for place in queue(held, tax.relief, sale):
            if left <= 0:
                break
            lots.append(held[place].lot_id)
            left -= held[place].quantity
    return Trade(
        day, account.name, account.kind, order.symbol, order.side.value, order.quantity,
        order.limit, ZERO, ";".join(lots), "",
    )  # fmt: skip


def rates_of(policy: Policy) -> Rates:
    """The owner's marginal rates."""
    return Rates(policy.tax.short_rate, policy.tax.long_rate)
