"""Plans written out by hand, which the tests of every face share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.book.rows import SnapshotRow
from bot.report.history import CycleRow, RunReport, TradedRow, drift_max
from brokers.words import (
    ZERO,
    AccountId,
    Currency,
    Environment,
    Execution,
    Order,
    OrderKey,
    Side,
    Symbol,
)
from strategies.drift import CashToInvest, Drifted
from strategies.lots import Lot
from strategies.plan import Hold, Leg, Line, Plan, PlanId, Rebalance
from strategies.worth import Worth

D = Decimal
USD = Currency("USD")
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SESSION = date(2026, 11, 20)
NAV = D(100_000)

# symbol, price, shares before, shares after, target
HELD = (
    ("VTI", "250", "140", "128", "0.30"),
    ("VXUS", "60", "300", "320", "0.20"),
    ("BND", "75", "200", "210", "0.16"),
    ("VNQ", "80", "135", "100", "0.08"),
    ("VWO", "40", "200", "205", "0.08"),
    ("GLD", "200", "18", "24", "0.05"),
    ("TIP", "100", "45", "50", "0.05"),
    ("MUB", "50", "74", "78", "0.04"),
    ("SCHD", "27.5", "80", "72", "0.02"),
    ("IBM", "220", "1", "1", "0.01"),
)


def line(symbol: str, price: str, before: str, after: str, target: str) -> Line:
    """A line of an account worth ``NAV``, in a band of a quarter of its target."""
    aim = D(target)
    return Line(
        symbol=Symbol(symbol),
        price=D(price),
        quantity_before=D(before),
        quantity_after=D(after),
        weight_before=D(price) * D(before) / NAV,
        weight_after=D(price) * D(after) / NAV,
        target=aim,
        low=aim * D("0.75"),
        high=aim * D("1.25"),
    )


def leg(row: Line, number: int) -> Leg:
    """The order that takes ``row`` from before to after, a cent through the mid."""
    moved = row.quantity_after - row.quantity_before
    side = Side.BUY if moved > 0 else Side.SELL
    order = Order(
        key=OrderKey(f"trim-42-{number}"),
        symbol=row.symbol,
        side=side,
        quantity=abs(moved),
        limit=row.price + D("0.01") * side.sign,
        currency=USD,
    )
    lots = (
        Lot("a", row.symbol, abs(moved) - 2, row.price * D("0.8"), date(2024, 3, 1), USD),
        Lot("b", row.symbol, D(2), row.price * D("1.1"), date(2026, 8, 3), USD),
    )
    return Leg(
        order=order,
        mid=row.price,
        lots=lots if side is Side.SELL else (),
        spread=abs(moved) * D("0.01"),
        fees=D("0.02"),
        impact=abs(moved) * D("0.005"),
        tax=D("12.50") if side is Side.SELL else ZERO,
    )


def rebalance() -> Plan:
    """Ten names, two of them outside their bands, nine orders."""
    lines = tuple(line(*row) for row in HELD)
    moved = [row for row in lines if row.quantity_before != row.quantity_after]
    legs = tuple(leg(row, number) for number, row in enumerate(moved, 1))
    vnq, gld = lines[3], lines[5]
    return Plan(
        plan_id=PlanId("plan-42"),
        account=AccountId("family"),
        environment=Environment.PAPER,
        time=NOW,
        session=SESSION,
        base=USD,
        nav=NAV,
        cash_before=D("2280.00"),
        cash_after=D("2301.55"),
        decision=Rebalance("gains 61.20 USD for 39.26 USD", full=False),
        reasons=(
            Drifted(vnq.symbol, vnq.weight_before, vnq.target, vnq.low, vnq.high),
            Drifted(gld.symbol, gld.weight_before, gld.target, gld.low, gld.high),
            CashToInvest(D(1280)),
        ),
        legs=legs,
        lines=lines,
        worth=Worth(
            benefit=D("61.20"),
            spread=D("1.05"),
            fees=D("0.18"),
            impact=D("0.525"),
            tax=D("37.50"),
            tracking_error_before=D("0.0142"),
            tracking_error_after=D("0.0071"),
        ),
        is_first=False,
        warnings=("IBM: the quote is 14 minutes old",),
    )


def hold() -> Plan:
    """The same account, left alone."""
    plan = rebalance()
    still = tuple(
        replace(row, quantity_after=row.quantity_before, weight_after=row.weight_before)
        for row in plan.lines
    )
    return replace(
        plan,
        plan_id=PlanId("plan-43"),
        decision=Hold("it costs 41.20 USD to gain 12.75 USD"),
        legs=(),
        lines=still,
        cash_after=plan.cash_before,
        worth=None,
    )


def calm() -> Plan:
    """Every weight on its target."""
    plan = hold()
    lines = tuple(
        replace(row, weight_before=row.target, weight_after=row.target) for row in plan.lines
    )
    return replace(plan, decision=Hold("no name is outside its band"), lines=lines, reasons=())


def renamed(plan: Plan, symbol: str) -> Plan:
    """``plan`` with its first name called ``symbol`` wherever it appears."""
    old, new = plan.lines[0].symbol, Symbol(symbol)
    lines = tuple(replace(row, symbol=new) if row.symbol == old else row for row in plan.lines)
    legs = tuple(
        replace(
            leg,
            order=replace(leg.order, symbol=new),
            lots=tuple(replace(lot, symbol=new) for lot in leg.lots),
        )
        if leg.order.symbol == old
        else leg
        for leg in plan.legs
    )
    return replace(plan, lines=lines, legs=legs)


def fills(plan: Plan) -> tuple[Execution, ...]:
    """Everything filled at mid, but the last order not at all and the one before by one share."""
    done = tuple(
        Execution(
            root=f"x{leg.order.key}",
            version=1,
            key=leg.order.key,
            symbol=leg.order.symbol,
            side=leg.order.side,
            quantity=leg.order.quantity,
            price=leg.mid,
            fee=D("0.02"),
            time=NOW + timedelta(minutes=2),
        )
        for leg in plan.legs[:-1]
    )
    return (*done[:-1], replace(done[-1], quantity=D(1)))


def _swing(day: int, place: int) -> D:
    """A weight's walk away from target, without chance: a saw tooth of its own for each name."""
    period = 11 + 3 * place
    return D((day * (place % 3 + 1)) % period - period // 2) / D(1000)


def history(days: int = 60) -> tuple[SnapshotRow, ...]:
    """Sixty daily rows of the ten names."""
    targets = {Symbol(row[0]): D(row[4]) for row in HELD}
    first = SESSION - timedelta(days=days)
    return tuple(_row(first + timedelta(days=day), day, targets) for day in range(days))


def _row(session: date, day: int, targets: Mapping[Symbol, D]) -> SnapshotRow:
    weights = {
        name: max(ZERO, aim + _swing(day, place))
        for place, (name, aim) in enumerate(targets.items())
    }
    return SnapshotRow(
        account=AccountId("family"),
        time=NOW - timedelta(days=60 - day),
        session=session,
        nav=NAV + D(60 * day) - D(900) * (day % 7),
        cash=D(2000) + D(40) * (day % 9),
        weights=weights,
        targets=targets,
        lows={name: aim * D("0.75") for name, aim in targets.items()},
        highs={name: aim * D("1.25") for name, aim in targets.items()},
    )


def cycles(rows: tuple[SnapshotRow, ...]) -> tuple[CycleRow, ...]:
    """A cycle for each row; every twelfth trades."""
    return tuple(_cycle(row, day) for day, row in enumerate(rows))


def _cycle(row: SnapshotRow, day: int) -> CycleRow:
    if day % 12:
        why = "Hold: no name is outside its band"
        return CycleRow(row.session, why, (), 0, ZERO, ZERO, drift_max(row), drift_max(row))
    reasons = ("VNQ is 10.80 %, over its band of 6.00 % to 10.00 % (target 8.00 %)",)
    return CycleRow(
        session=row.session,
        decision="Rebalance: gains 61.20 USD for 39.26 USD",
        reasons=reasons,
        orders=4 + day % 5,
        turnover=D("0.02") + D(day) / 2000,
        cost=D("3.10") + day,
        drift_before=drift_max(row),
        drift_after=drift_max(row) / 2,
    )


def run() -> RunReport:
    """Sixty days of the account."""
    rows = history()
    return RunReport(
        account=AccountId("family"),
        environment=Environment.PAPER,
        base=USD,
        start=rows[0].session,
        end=rows[-1].session,
        nav_start=rows[0].nav,
        nav_end=rows[-1].nav,
        deposits=D(1000),
        cycles=cycles(rows),
        history=rows,
        traded=(
            TradedRow(Symbol("VTI"), 5, D(12), D("3000.00"), D(24), D("6012.40"), D("0.48")),
            TradedRow(Symbol("VNQ"), 3, ZERO, ZERO, D("35.5"), D("2841.20"), D("0.06")),
        ),
        totals={"orders refused": "0", "fills checked against the broker": "41 of 41"},
        places={"book": "run/book.sqlite", "mails": "run/mails", "log": "run/log.jsonl"},
    )
