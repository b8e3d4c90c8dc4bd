"""A proposal: the trades that answer the reasons, with what each costs and what all are worth.

``question`` hands out the optimiser's own problem behind them, for who wants to ask it again with
other numbers, or another solver.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import ZERO, Side, Symbol
from strategies.border import (
    Case,
    Company,
    Rounding,
    Settled,
    inside,
    measure,
    round_to_grid,
    settle,
)
from strategies.border.proof import prove
from strategies.border.settled import TOO_SOON, as_far_as_worth, measured
from strategies.border.whole import is_coarse
from strategies.cash import Wish, rooms, to_target, wishes
from strategies.costs import crossing, fees, impact
from strategies.deferring import deferral_cost
from strategies.drift import LimitBroken, Look, Reason, findings, look_at
from strategies.lots import Lot
from strategies.optimize.problem import Problem
from strategies.optimize.progress import Progress, Tick, silent
from strategies.optimize.whole.grid import Grid
from strategies.orders import Ticket, ticket
from strategies.orders.afford import cash_flow
from strategies.orders.check import fault
from strategies.orders.promises import After, broken, loosened, violation
from strategies.orders.sizes import Moves, sizes
from strategies.orders.trade import Trade
from strategies.policy import OnConflict, Policy
from strategies.snapshot import Snapshot
from strategies.standing import Standing, Unjudgeable
from strategies.taxes import lots_sold, sale_today, tax_on
from strategies.worth import Bill, Proof, Worth, appraise, presses


@dataclass(frozen=True, slots=True)
class Priced:
    """A trade, the lots that it sells, and what it costs.

    ``paired`` are those of its shares that belong to a harvest: sold at a loss, or bought
    ``instead_of`` what is.
    """

    trade: Trade
    lots: tuple[Lot, ...]
    bill: Bill
    paired: Decimal = ZERO
    instead_of: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Trades in the order in which they are sent.

    ``cash`` is what they bring in (positive) or cost, at their limits and after fees. ``fault``
    says which promise they break, ``unkept`` which limits no orders could keep; empty where none.
    ``limited`` where limits keep them from going all the way; ``ended`` says so
    where the search was ended before it was done, as by its deadline; else it is empty.
    """

    priced: tuple[Priced, ...]
    full: bool
    limited: bool
    ended: str
    cash: Decimal
    worth: Worth
    fault: str
    unkept: tuple[str, ...]
    warnings: tuple[str, ...]
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Question:
    """The problem that a plan answers, as the optimiser was given it, and its answer.

    ``problem`` has a row for each of ``symbols`` in their order and cash as the last; ``nav`` is
    what its weights are shares of, in ``base``. Where whole steps are searched ``grid`` has them
    and ``counts`` their number. ``weights``, shape (n + 1,), are those that the orders lead to.
    """

    symbols: tuple[Symbol, ...]
    nav: Decimal
    base: str
    problem: Problem
    grid: Grid | None
    weights: tuple[Decimal, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class _Course:
    """Where one wish led: the orders, the weights after them, and what is wrong with them."""

    wish: Wish
    settled: Settled
    rounding: Rounding | None
    orders: Ticket
    after: After
    fault: str
    unkept: tuple[str, ...]
    breach: Decimal
    unmended: int

    @property
    def rank(self) -> tuple[bool, Decimal, int]:
        """Less is better: sound first, then the names that are left outside their bands."""
        return bool(self.fault), self.breach if self.unkept else ZERO, self.unmended

    @property
    def is_sound(self) -> bool:
        """Whether it breaks no promise and no limit."""
        return not (self.fault or self.unkept)


def propose(look: Look, found: Sequence[Reason], policy: Policy, company: Company) -> Proposal:
    """The gentlest trades that settle ``found``. Raises ``Unjudgeable`` where there are none."""
    stand, snapshot = look.stand, look.snapshot
    case = _case(look, found, policy, company.tick)
    case = replace(case, rungs=company.rungs, ask=company.ask)
    course = _choose(case, found)
    orders, gauge = course.orders, case.gauge
    volatility = dict(zip((row.symbol for row in stand.rows), gauge.daily, strict=True))
    priced = tuple(_price(t, volatility[t.row.symbol], snapshot, policy) for t in orders.trades)
    before = measured([row.weight for row in stand.rows], case).risk.tracking_error
    variances = (before**2, course.after.risk.tracking_error**2)
    proof = _proof(course, case)
    ended = case.has_ended() and not _is_good(proof)
    return Proposal(
        priced=priced,
        full=course.wish.full and course.settled.room.whole,
        limited=not course.settled.room.whole,
        ended=TOO_SOON if ended else "",
        cash=cash_flow(orders.trades, policy.costs),
        worth=appraise(variances, [p.bill for p in priced], stand.nav, policy.worth),
        fault=course.fault,
        unkept=course.unkept,
        warnings=(
            *((UNFINISHED,) if ended else ()),
            *gauge.model.notes,
            *course.settled.warnings,
            *orders.warnings,
        ),
        proof=proof,
    )


UNFINISHED = "the search was ended before it was done: these are the best trades found by then"


def _is_good(proof: Proof) -> bool:
    """Whether the proof is as good as that of a search that ends by itself."""
    return proof.gap is not None and proof.gap <= GOOD_GAP


GOOD_GAP = Decimal("0.001")


def question(
    snapshot: Snapshot, policy: Policy, tick: Tick = silent, *, to_target: bool = False
) -> Question:
    """The problem behind the plan that ``make_plan`` makes of the same, and its answer.

    Where nothing asks for a plan, and with ``to_target`` whatever does: what it would be worth to
    bring every name to its target, as far as it is. Raises ``Unjudgeable`` where ``make_plan``
    holds because of limits or an account that makes no sense.
    """
    look = look_at(snapshot, policy)
    stand = look.stand
    found = () if to_target else findings(look, policy)[0]
    case = _case(look, found, policy, tick)
    course = _choose(case, found) if found else _idle(case)
    rounding = course.rounding
    return Question(
        symbols=tuple(row.symbol for row in stand.rows),
        nav=stand.nav,
        base=snapshot.base,
        problem=course.settled.problem if rounding is None else rounding.problem,
        grid=None if rounding is None else rounding.grid,
        weights=(*course.after.weights, 1 - sum(course.after.weights, ZERO)),
        proof=_proof(course, case),
    )


def _case(look: Look, found: Sequence[Reason], policy: Policy, tick: Tick) -> Case:
    listener = _Listener(tick)
    return Case(
        stand=look.stand,
        snapshot=look.snapshot,
        policy=policy,
        gauge=measure(look.stand, look.snapshot, policy, look.model),
        presses=presses(found, policy.triggers) or not policy.worth.enabled,
        mends=any(isinstance(reason, LimitBroken) for reason in found),
        tick=listener,
        has_ended=listener.has_ended,
    )


class _Listener:
    """``tick`` with the iterations of all searches of a decision in one count.

    Once it has answered False it is not asked again.
    """

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self._base, self._last = 0, 0
        self._goes_on = True

    def __call__(self, progress: Progress) -> bool:
        if progress.iteration < self._last:
            self._base += self._last
        self._last = progress.iteration
        if self._goes_on:
            counted = replace(progress, iteration=self._base + progress.iteration)
            self._goes_on = self._tick(counted)
        return self._goes_on

    def has_ended(self) -> bool:
        """Whether it was told to stop."""
        return not self._goes_on


def _choose(case: Case, found: Sequence[Reason]) -> _Course:
    """What keeps limits with some room to spare, where that can be; else what keeps them."""
    within = inside(case, found)
    if within is not None:
        with suppress(Unjudgeable):
            course = _first_settling(within, found)
            if course.is_sound:
                return course
    return _first_settling(case, found)


def _first_settling(case: Case, found: Sequence[Reason]) -> _Course:
    """The first wish whose orders leave every name inside its band, or else the last."""
    *gentle, last = wishes(case.stand, found, case.policy.bands.aim, case.policy.triggers)
    for wish in gentle:
        course = _follow(wish, case)
        if course.is_sound and not course.unmended:
            return course
    return _follow(last, case)


def _idle(case: Case) -> _Course:
    """What the way to target would be worth, where nothing asks for it."""
    wish = to_target(case.stand)
    settled = as_far_as_worth(rooms(wish, case.stand)[1], case)
    moves = sizes(case.stand, settled.weights, case.policy.orders.value_min, mends_cash=False)
    return _ordered(wish, settled, moves, case)


def _follow(wish: Wish, case: Case) -> _Course:
    """The orders of one wish: by whole steps where they are coarse, unless rounding mends more.

    Where steps are fine, rounding does; a limit that it breaks, since small orders are left out,
    is kept by a search after all.
    """
    settled, tried = settle(wish, case), list[_Course]()
    rounding = round_to_grid(settled, case) if is_coarse(case.stand) else None
    if rounding is not None:
        tried.append(_ordered(wish, settled, rounding.moves, case, rounding))
        if tried[0].is_sound and not tried[0].unmended:
            return tried[0]
    least = case.policy.orders.value_min
    for mends_cash in (True, False) if settled.room.whole else (False,):
        moves = sizes(case.stand, settled.weights, least, mends_cash=mends_cash)
        tried.append(_ordered(wish, settled, moves, case, rounding))
        if tried[-1].is_sound:
            break
    if rounding is None and not any(course.is_sound for course in tried):
        rounding = round_to_grid(settled, case)
        if rounding is not None:
            tried.append(_ordered(wish, settled, rounding.moves, case, rounding))
    return _let_give_way(min(tried, key=lambda course: course.rank), case)


def _let_give_way(course: _Course, case: Case) -> _Course:
    """What is left of the limits that whole orders cannot keep, where the owner lets them go."""
    if not course.unkept or case.policy.optimizer.on_conflict is OnConflict.HOLD:
        return course
    if case.has_ended():  # a longer search might have kept them
        return course
    settled = course.settled
    told = (f"a limit gave way to what can be ordered: {each}" for each in course.unkept)
    settled = replace(
        settled,
        limits=loosened(case.stand, settled.limits, course.after),
        relaxed=(*settled.relaxed, *course.unkept),
        warnings=(*settled.warnings, *told),
    )
    return replace(course, settled=settled, unkept=())


def _ordered(
    wish: Wish, settled: Settled, moves: Moves, case: Case, rounding: Rounding | None = None
) -> _Course:
    """``moves`` as orders, looked over."""
    stand, snapshot = case.stand, case.snapshot
    policy = replace(case.policy, optimizer=settled.limits)
    orders = ticket(stand, moves, snapshot, policy)
    weights = _weights_after(stand, orders.trades)
    after = measured(weights, case)
    aim = policy.bands.aim
    pairs = zip(stand.rows, weights, strict=True)
    unkept = broken(stand, settled.limits, after) if orders.trades or case.mends else ()
    return _Course(
        wish=wish,
        settled=settled,
        rounding=rounding,
        orders=orders,
        after=after,
        fault=fault(orders.trades, stand, snapshot, policy),
        unkept=unkept,
        breach=violation(stand, settled.limits, after),
        unmended=sum(not row.is_mended_at(weight, aim) for row, weight in pairs)
        if policy.triggers.band.trades
        else 0,
    )


def _proof(course: _Course, case: Case) -> Proof:
    return prove(course.settled, course.rounding, course.after, len(course.orders.trades), case)


def _weights_after(stand: Standing, trades: Sequence[Trade]) -> list[Decimal]:
    """Weight of every row once all trades are done, at today's prices."""
    moved: dict[Symbol, Decimal] = {
        t.row.symbol: t.side.sign * t.quantity * t.row.holding.price / stand.nav for t in trades
    }
    return [row.weight + moved.get(row.symbol, ZERO) for row in stand.rows]


def _price(trade: Trade, volatility: Decimal, snapshot: Snapshot, policy: Policy) -> Priced:
    holding, quantity = trade.row.holding, trade.quantity
    is_sale = trade.side is Side.SELL
    sale = sale_today(holding, snapshot, policy.tax)
    lots = lots_sold(holding, quantity, snapshot.relief, sale) if is_sale else ()
    bill = Bill(
        spread=crossing(holding, quantity),
        fees=fees(holding, trade.side, quantity, policy.costs),
        impact=impact(holding, quantity, volatility, policy.costs),
        tax=(tax_on(holding, quantity, lots, snapshot, policy.tax) if is_sale else ZERO)
        + deferral_cost(holding, trade.side, quantity, snapshot, policy),
    )
    return Priced(trade, lots, bill)
