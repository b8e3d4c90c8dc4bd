"""The face of the book: everything that may be asked of it or written into it.

Each method is one transaction. What it writes is on the disk when it returns; when it raises, it
wrote nothing. The book may be used by several threads at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from bot.book import halts, history, journal, orders, outbox, plans, prices, reliefs, runs, slippage
from bot.book.activity import activity
from bot.book.mark import Mark, read_mark, steps_after
from bot.book.opened import Opened
from bot.book.price_rows import FeedRow, Fetch, Prices
from bot.book.recent import Recent, Turned, Worked, recent, same_reasons, worked
from bot.book.rows import (
    AccountRow,
    Activity,
    Intent,
    Mail,
    MailRow,
    MailState,
    NamedRow,
    Note,
    OrderRow,
    OrderStep,
    PlanRow,
    PlanState,
    PlanStep,
    Recorded,
    ReliefRow,
    RunRow,
    SnapshotRow,
    TieOut,
)
from bot.importers.basis import with_basis
from bot.switch.states import Halt, State
from brokers.words import (
    AccountId,
    ActionRecord,
    CashFlow,
    Environment,
    Execution,
    OrderKey,
    Symbol,
    Transfer,
)

if TYPE_CHECKING:
    from strategies.plan import Plan, PlanId


class Book(Opened):
    """Executions, plans, orders, runs, halts and mails of all accounts, append-only."""

    # What happened.

    def bind(
        self, account: AccountId, broker: str, environment: Environment, fingerprint: str
    ) -> bool:
        """Bind a name to a broker account; True the first time, ``WrongAccount`` if another."""
        return self._write(journal.bind, AccountRow(account, broker, environment, fingerprint))

    def accounts(self) -> tuple[AccountRow, ...]:
        """Every account that the book is bound to."""
        return self._read(journal.accounts)

    def record(
        self,
        account: AccountId,
        executions: Iterable[Execution],
        flows: Iterable[CashFlow],
        transfers: Iterable[Transfer],
        actions: Iterable[ActionRecord],
    ) -> Recorded:
        """Keep what is new, in one commit; raise ``Contradicted`` where it differs from before."""
        told = tuple(executions), tuple(flows), tuple(transfers), tuple(actions)
        if self._read(journal.is_known, account, *told):  # so that a look keeps no writer waiting
            return Recorded()
        return self._write(journal.record, account, *told)

    def executions(self, account: AccountId) -> tuple[Execution, ...]:
        """Every version of every execution, oldest first."""
        return self._read(journal.words_of, account, journal.EXECUTIONS)

    def cash_flows(self, account: AccountId, since: datetime | None = None) -> tuple[CashFlow, ...]:
        """Every cash flow, oldest first; those from ``since`` on where it is said."""
        return self._read(journal.words_of, account, journal.CASH_FLOWS, since)

    def transfers(self, account: AccountId) -> tuple[Transfer, ...]:
        """Every transfer of shares, oldest first, with the basis that was told of it later."""
        return with_basis(self._read(journal.words_of, account, journal.TRANSFERS))

    def corporate_actions(self, account: AccountId) -> tuple[ActionRecord, ...]:
        """Every corporate action, and what is asked about them, oldest first."""
        return self._read(journal.words_of, account, journal.ACTIONS)

    def keep_relief(self, account: AccountId, row: ReliefRow, time: datetime) -> None:
        """Write down by what method the broker relieves lots from a day on."""
        self._write(reliefs.keep_relief, account, row, time)

    def reliefs(self, account: AccountId) -> tuple[ReliefRow, ...]:
        """By what method lots are relieved from when on, in the order of writing."""
        return self._read(reliefs.reliefs, account)

    def name_lots(self, account: AccountId, row: NamedRow) -> None:
        """Write down which lots a sale took; a later word on it replaces this one."""
        self._write(reliefs.name_lots, account, row)

    def named_lots(self, account: AccountId) -> tuple[NamedRow, ...]:
        """Every word on the lots of a sale, oldest first."""
        return self._read(reliefs.named_lots, account)

    def last_execution_time(self, account: AccountId) -> datetime | None:
        """When the newest execution happened."""
        return self._read(journal.last_execution_time, account)

    # What was decided.

    def keep(
        self,
        plan: "Plan",
        policy_digest: str,
        state: Literal["proposed", "awaiting"] = "proposed",
        expires: datetime | None = None,
    ) -> None:
        """Write a plan down, for good."""
        self._write(plans.keep, plan, policy_digest, state, expires)

    def plan(self, plan_id: "PlanId") -> "Plan":
        """The plan; ``UnknownPlan`` names those that look like it."""
        return self._read(plans.plan, plan_id)

    def plan_row(self, plan_id: "PlanId") -> PlanRow:
        """The plan without its body, and where it stands."""
        return self._read(plans.plan_row, plan_id)

    def plan_state(self, plan_id: "PlanId") -> PlanState:
        """Where the plan stands."""
        return self._read(plans.plan_state, plan_id)

    def plan_steps(self, plan_id: "PlanId") -> tuple[PlanStep, ...]:
        """Everything that happened to the plan, oldest first."""
        return self._read(plans.plan_steps, plan_id)

    def mark_plan(
        self, plan_id: "PlanId", state: PlanState, who: str, why: str, time: datetime
    ) -> None:
        """Take one step; ``IllegalStep`` where the plan's state does not lead there."""
        self._write(plans.mark_plan, plan_id, state, who, why, time)

    def latest_plan(self, account: AccountId) -> "Plan | None":
        """The newest plan of the account."""
        return self._read(plans.latest_plan, account)

    def plans(
        self, account: AccountId | None = None, limit: int = 50, state: PlanState | None = None
    ) -> tuple[PlanRow, ...]:
        """The newest plans first, of all or of those that stand in one state."""
        return self._read(plans.plan_rows, account, limit, state)

    def waiting_plans(self, account: AccountId | None, now: datetime) -> tuple[PlanRow, ...]:
        """Plans that await a person and have not expired, oldest first."""
        return self._read(plans.waiting_plans, account, now)

    def lapsed_plans(self, account: AccountId | None, now: datetime) -> tuple[PlanRow, ...]:
        """Plans that awaited a person for too long, still to be marked ``expired``."""
        return self._read(plans.lapsed_plans, account, now)

    def last_traded(self, account: AccountId) -> date | None:
        """Session of the last finished plan of which an order was sent."""
        return self._read(plans.last_traded, account)

    # What was sent.

    def intend(self, plan_id: "PlanId", account: AccountId, intents: Sequence[Intent]) -> None:
        """Commit the orders of a wave before the first is sent; ``NotHolder`` without the lease.

        ``RolledBack`` where the book is an older copy, and knows not all that was sent.
        """
        fence = self.origin.fenced(self.leases.fence)
        self._timed(lambda c: orders.intend(c, plan_id, account, intents, fence), spares=False)
        self.origin.sync()

    def note(self, notes: Iterable[Note]) -> None:
        """Write down what happened to orders; "sent" is ``NotHolder`` without the lease."""
        told = tuple(notes)
        spares = all(item.kind != "sent" for item in told)
        self._timed(lambda c: orders.note(c, told, self.leases.fence), spares=spares)

    def order_notes(self, key: OrderKey) -> tuple[Note, ...]:
        """Everything that happened to one order, oldest first."""
        return self._read(orders.order_notes, key)

    def told_since(self, account: AccountId, start: str, since: datetime) -> tuple[Note, ...]:
        """What was noted of orders from ``since`` on, in words that start so, oldest first."""
        return self._read(orders.told_since, account, start, since)

    def unsettled(self, account: AccountId) -> tuple[OrderRow, ...]:
        """Orders that may still be filled, or of which nobody knows."""
        return self._read(orders.unsettled, account)

    def orders_named(self, account: AccountId, keys: Sequence[OrderKey]) -> tuple[OrderRow, ...]:
        """Those of ``keys`` that are orders of the account, settled or not."""
        return self._read(orders.orders_named, account, keys)

    def orders(
        self,
        account: AccountId | None = None,
        plan_id: "PlanId | None" = None,
        limit: int = 100,
    ) -> tuple[OrderRow, ...]:
        """The newest orders first, with what became of them."""
        return self._read(orders.order_rows, account, plan_id, limit)

    def sent(self, account: AccountId, since: date | None = None) -> slippage.Sent:
        """Every order that was sent beside what was filled of it, from session ``since`` on."""
        return self._read(slippage.sent, account, since)

    def activity(
        self, account: AccountId, session_start: datetime, sessions_back_start: datetime
    ) -> Activity:
        """What the limits count."""
        return self._read(activity, account, session_start, sessions_back_start)

    def recent(self, account: AccountId, session_start: datetime, since: datetime) -> Recent:
        """Both sides of every name that was traded from ``since`` on."""
        return self._read(recent, account, session_start, since)

    def same_reasons(self, account: AccountId, since: datetime) -> Mapping[Symbol, Turned]:
        """What the broker turned down from ``since`` on, and why most often, name by name."""
        return self._read(same_reasons, account, since)

    def worked(self, plan_id: "PlanId", symbol: Symbol, but: OrderKey) -> Worked:
        """What was sent in one name for a plan so far, but for the order ``but``."""
        return self._read(worked, plan_id, symbol, but)

    def mark(self) -> Mark:
        """How far the book has come: what is equal to what it was has nothing new in it."""
        return self._read(read_mark)

    def steps_after(self, last_step: int) -> tuple[tuple[OrderKey, OrderStep], ...]:
        """What happened to orders of any account after a step, oldest first."""
        return self._read(steps_after, last_step)

    # How it ran.

    def begin_run(self, account: AccountId, slot: str, time: datetime) -> bool:
        """Take a slot of the schedule; False where it was taken before."""
        return self._write(runs.begin_run, account, slot, time)

    def end_run(
        self, account: AccountId, slot: str, time: datetime, *, ok: bool, why: str = ""
    ) -> None:
        """Write down how the run of a slot ended."""
        self._write(runs.end_run, account, slot, time, ok=ok, why=why)

    def runs(self, account: AccountId | None = None, limit: int = 50) -> tuple[RunRow, ...]:
        """The newest runs first."""
        return self._read(runs.run_rows, account, limit)

    def halt(
        self, scope: str, reason: str, who: str, time: datetime, state: State = "halted"
    ) -> None:
        """Stop trading in an account, or everywhere with ``*``, until a person resumes it."""
        self._write(halts.halt, Halt(scope, reason, who, time, state))

    def resume(
        self, scope: str, reason: str, who: str, time: datetime, to: State = "active"
    ) -> None:
        """Lift the halts of this scope, as far as ``to``; ``IllegalStep`` where there is none."""
        self._write(halts.resume, scope, reason, who, time, to)

    def halted(self, account: AccountId) -> Halt | None:
        """The halt that holds for the account, its own or everybody's."""
        return self._read(halts.halted, account)

    def latched(self, scope: str) -> Halt | None:
        """The halt of exactly this scope, ``*`` or an account."""
        return self._read(halts.latched, scope)

    def resumed(self, scope: str) -> datetime | None:
        """When exactly this scope was last resumed; None before it ever was."""
        return self._read(halts.resumed, scope)

    def lock(
        self, account: AccountId, symbol: Symbol, session: date, why: str, time: datetime
    ) -> None:
        """Leave one name alone for a session."""
        self._write(halts.lock, account, symbol, session, why, time)

    def locked(self, account: AccountId, session: date) -> Mapping[Symbol, str]:
        """Names that are left alone in a session, or until a person clears them, and why."""
        return self.latches.quarantined(account) | dict(self._read(halts.locked, account, session))

    def keep_snapshot(self, row: SnapshotRow) -> None:
        """Write down what an account looks like."""
        self._write(history.keep_snapshot, row)

    def nav_history(
        self, account: AccountId, since: datetime | None = None
    ) -> tuple[SnapshotRow, ...]:
        """Every look at the account from ``since`` on, oldest first."""
        return self._read(history.nav_history, account, since)

    def keep_tieout(self, account: AccountId, time: datetime, *, ok: bool, text: str) -> None:
        """Write down whether book and broker agreed."""
        self._write(history.keep_tieout, TieOut(account, time, ok, text))

    def first_tieout(self, account: AccountId) -> TieOut | None:
        """The first look at the account; ``text`` is what its broker did not tell."""
        return self._read(history.first_tieout, account)

    def last_tieout(self, account: AccountId) -> TieOut | None:
        """The newest comparison of book and broker."""
        return self._read(history.last_tieout, account)

    # How prices moved.

    def keep_prices(self, feed: str, fetches: Sequence[Fetch]) -> None:
        """Write down what a source of prices told, in one commit."""
        self._write(prices.keep, feed, fetches)

    def prices(self, feed: str) -> Prices:
        """All that is kept of a source; it is read anew only where something came since."""
        found = self._prices[feed] = self._read(prices.read, feed, self._prices.get(feed))
        return found

    def price_feeds(self) -> tuple[FeedRow, ...]:
        """Every source of which prices are kept, by name."""
        return self._read(prices.feeds)

    # Who was told.

    def post(self, mail: Mail) -> bool:
        """Put a mail in the outbox; False where its ``dedupe_key`` is there already."""
        if is_new := self._write(outbox.post, mail):
            self.posted()
        return is_new

    def due_mails(self, now: datetime) -> tuple[Mail, ...]:
        """Mails to be sent now, oldest first; each failure doubles the wait for the next try."""
        return self._read(outbox.due_mails, now)

    def mark_mail(
        self, mail_id: str, state: MailState, time: datetime, channel: str, why: str = ""
    ) -> None:
        """Write down how a try went."""
        self._write(outbox.mark_mail, mail_id, state, time, channel, why)

    def mails(self, limit: int = 50) -> tuple[MailRow, ...]:
        """The newest mails first, with what became of them."""
        return self._read(outbox.mail_rows, limit)
