"""Executions of today as TWS tells them: asked for again and again, and waited for to the end.

A status says that an order is filled before its executions are told, and an execution is told
before its commission. Some gateways send no end where there is nothing to tell.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.ibkr import ledger
from brokers.ibkr.library import ExecutionFilter, Told
from brokers.ibkr.link import Link
from brokers.ibkr.pace import Urgency
from brokers.ibkr.register import Register
from brokers.words import ZERO, CashFlow, Execution, OrderKey, Symbol

FRESH = timedelta(seconds=1)
QUIET_SECONDS = 1.0
"""How long nothing may come, of a gateway that answers otherwise, until there is nothing."""
COMMISSION_SECONDS = 1.0
"""How long the commissions of new executions are waited for; later they make a new version."""


@dataclass(frozen=True, slots=True)
class Known:
    """Executions, and what they come to by our key and by IB's number of the order."""

    told: tuple[Execution, ...]
    by_key: Mapping[OrderKey | None, tuple[Execution, ...]]
    filled: Mapping[int, Decimal]


def known(told: tuple[Execution, ...], fills: ledger.Fills) -> Known:
    """Sort executions by what is asked of them."""
    numbers = {ledger.split_id(name)[0]: done.permId for name, (_, done) in fills.items()}
    by_key: dict[OrderKey | None, tuple[Execution, ...]] = {}
    filled: dict[int, Decimal] = {}
    for each in ledger.latest(told):
        by_key[each.key] = (*by_key.get(each.key, ()), each)
        number = numbers[each.root]
        filled[number] = filled.get(number, ZERO) + each.quantity
    return Known(told, by_key, filled)


class Executions:
    """Executions of one account, as far back as TWS tells of them."""

    def __init__(self, link: Link, register: Register, name_of: Callable[[Told], Symbol]) -> None:
        """Nothing is read until it is asked for."""
        self._link = link
        self._register = register
        self._name_of = name_of
        self._read: tuple[datetime, int] | None = None
        self._known: tuple[tuple[int, int, str], Known] | None = None
        self._unpaid: set[str] = set()
        self.gaps_seen = 0
        """How many gaps there were when the owner of this adapter was told of all of them."""

    def forget(self) -> None:
        """Look again at the next question, however soon."""
        self._read = None

    async def refresh(self) -> None:
        """Ask for all of them, unless that was done a moment ago."""
        client = await self._link.client()
        now, gaps = self._link.timing.now(), self._link.state.gaps
        if self._read is not None:
            at, before = self._read
            if gaps == before and timedelta(0) <= now - at < FRESH:
                return
        number = client.getReqId()
        await self._link.pace.take(Urgency.LOOK)
        async with self._link.waiting(number) as waiting:
            client.reqExecutions(number, ExecutionFilter(acctCode=self._link.account))
            await self._link.ask("currentTime", lambda each: each.reqCurrentTime())
            await self._until_quiet(waiting.done, waiting.rows)
        await self._until_paid()
        self._read = now, gaps

    async def tell(self) -> tuple[Execution, ...]:
        """All of them, up to now."""
        await self.refresh()
        self.gaps_seen = self._read[1] if self._read else 0
        return self.told()

    def refs(self) -> dict[str, str]:
        """The key that each execution of the account carries, by its id."""
        fills, account = dict(self._register.fills), self._link.account
        return {
            name: done.orderRef for name, (_, done) in fills.items() if done.acctNumber == account
        }

    async def _until_quiet(self, done: "asyncio.Future[list[object]]", rows: list[object]) -> None:
        """Wait for the end, or, where not one execution comes, for a while."""
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await asyncio.shield(done)
        except TimeoutError:
            if not rows:
                return
            async with asyncio.timeout(self._link.settings.timeout_seconds):
                await done

    async def _until_paid(self) -> None:
        """Wait a moment for the commissions of executions that are new."""
        register = self._register
        end = self._link.timing.seconds() + COMMISSION_SECONDS
        while missing := self._missing() - self._unpaid:
            left = end - self._link.timing.seconds()
            register.charged_now.clear()
            try:
                async with asyncio.timeout(max(left, 0)):
                    await register.charged_now.wait()
            except TimeoutError:
                self._unpaid |= missing
        self._unpaid &= self._missing()

    def _missing(self) -> set[str]:
        register = self._register
        return ledger.unpaid(register.fills, register.reports, self._link.account)

    def told(self) -> tuple[Execution, ...]:
        """All executions that are known."""
        return self._made().told

    def of(self, key: OrderKey) -> tuple[Execution, ...]:
        """Those of our order ``key``, each in its newest version."""
        return self._made().by_key.get(key, ())

    def filled(self, perm_id: int) -> Decimal:
        """Shares that changed hands for one of IB's orders."""
        return self._made().filled.get(perm_id, ZERO)

    def _made(self) -> Known:
        """What the messages so far come to, worked out once for as many as there are."""
        fills, reports = dict(self._register.fills), dict(self._register.reports)
        size = len(fills), len(reports), self._link.account
        if self._known is None or self._known[0] != size:
            told = ledger.executions(fills, reports, self._link.account, self._name_of)
            self._known = size, known(told, fills)
        return self._known[1]

    def flows(self) -> tuple[CashFlow, ...]:
        """Cash that trades of currencies moved."""
        fills, reports = dict(self._register.fills), dict(self._register.reports)
        return ledger.cash_flows(fills, reports, self._link.account)
