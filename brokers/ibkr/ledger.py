"""Executions in our words. Pure.

An execution's id is a base and, after the last point, the number of the version: ``.01`` is the
first, ``.02`` corrects it. IB does not say whether a correction replaces the quantity or adds to
it; here it replaces, and positions that then differ stop the name. The commission comes in a
message of its own, later: until then an execution is told without it, and again with it as a
version that replaces the first. A statement, days later, has the last word.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from brokers.broker import BadAnswer
from brokers.ibkr.fields import SAY_SO, moment, number, number_or_none
from brokers.ibkr.library import Told
from brokers.words import ZERO, CashFlow, Currency, Execution, FlowKind, OrderKey, Side, Symbol

Fills = Mapping[str, tuple[Told, Told]]
"""Contract and execution by the execution's id."""
Reports = Mapping[str, Told]
"""Commission reports by the execution's id."""

STEPS = 3
"""Versions of ours to one of IB's: without commission, with it, and from a statement."""

SIDES = {"BOT": Side.BUY, "SLD": Side.SELL}
PAIR = "CASH"
"""A trade of one currency for another: it moves cash of both, and no shares."""


def split_id(exec_id: str) -> tuple[str, int]:
    """The base of an execution's id, and which version it is, from 0 on."""
    base, point, last = exec_id.rpartition(".")
    if not point or not last.isdecimal():
        return exec_id, 0
    return base, max(int(last) - 1, 0)


def executions(
    fills: Fills, reports: Reports, account: str, name_of: Callable[[Told], Symbol]
) -> tuple[Execution, ...]:
    """Every execution of ``account`` in every version, oldest first."""
    found = [
        _execution(exec_id, contract, done, _fee(exec_id, contract.currency, reports), name_of)
        for exec_id, (contract, done) in fills.items()
        if done.acctNumber == account and contract.secType != PAIR
    ]
    return tuple(sorted(found, key=lambda each: (each.time, each.root, each.version)))


def _execution(
    exec_id: str,
    contract: Told,
    done: Told,
    fee: Decimal | None,
    name_of: Callable[[Told], Symbol],
) -> Execution:
    base, version = split_id(exec_id)
    quantity, price = number(done.shares, "an execution"), number(done.price, "a price")
    if done.side not in SIDES or quantity < 0:
        raise BadAnswer(
            f"Interactive Brokers: execution {exec_id} is {done.side} {quantity}", SAY_SO
        )
    size = number_or_none(contract.multiplier) if contract.multiplier else None
    return Execution(
        root=base,
        version=STEPS * version + (fee is not None),
        key=OrderKey(done.orderRef) if done.orderRef else None,
        symbol=name_of(contract),
        side=SIDES[done.side],
        quantity=quantity,
        price=price * (size or 1),
        fee=ZERO if fee is None else fee,
        time=moment(done.time, f"the time of execution {exec_id}"),
        currency=Currency(contract.currency),
    )


def _fee(exec_id: str, currency: str, reports: Reports) -> Decimal | None:
    """The commission, where it is known; nothing of it where it is in another currency."""
    report = reports.get(exec_id)
    if report is None:
        return None
    amount = number(report.commission, f"the commission of {exec_id}")
    return amount if report.currency in {"", currency} else ZERO


def unpaid(fills: Fills, reports: Reports, account: str) -> set[str]:
    """Executions whose commission is not known yet."""
    return {
        exec_id
        for exec_id, (_, done) in fills.items()
        if done.acctNumber == account and exec_id not in reports
    }


def cash_flows(fills: Fills, reports: Reports, account: str) -> tuple[CashFlow, ...]:
    """Cash that trades move beside price and fee: of currency pairs, and fees in other money."""
    found: list[CashFlow] = []
    for exec_id, (contract, done) in fills.items():
        if done.acctNumber != account:
            continue
        if contract.secType == PAIR:
            found += _exchanged(exec_id, contract, done)
        report = reports.get(exec_id)
        elsewhere = report is not None and report.currency not in {"", contract.currency}
        if report is not None and (elsewhere or contract.secType == PAIR):
            amount = -number(report.commission, f"the commission of {exec_id}")
            currency = report.currency or contract.currency
            found.append(_flow(exec_id, "fee", amount, currency, done))
    return tuple(each for each in found if each.amount)


def _exchanged(exec_id: str, contract: Told, done: Told) -> list[CashFlow]:
    """Both sides of a trade of one currency for another."""
    sign = SIDES[done.side].sign
    quantity, price = number(done.shares, "an execution"), number(done.price, "a rate")
    return [
        _flow(exec_id, contract.symbol, sign * quantity, contract.symbol, done),
        _flow(exec_id, contract.currency, -sign * quantity * price, contract.currency, done),
    ]


def _flow(exec_id: str, what: str, amount: Decimal, currency: str, done: Told) -> CashFlow:
    kind = FlowKind.FEE if what == "fee" else FlowKind.OTHER
    at = moment(done.time, f"the time of execution {exec_id}")
    return CashFlow(f"{exec_id}:{what}", kind, amount, at, Currency(currency))


def latest(done: Iterable[Execution]) -> tuple[Execution, ...]:
    """The newest version of each execution."""
    newest: dict[str, Execution] = {}
    for each in done:
        if each.root not in newest or each.version > newest[each.root].version:
            newest[each.root] = each
    return tuple(newest.values())
