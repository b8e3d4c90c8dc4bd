"""Journals and lots in lines of text, which the tests of lots share.

``24-01-02 buy 10@100`` is an execution in VTI, ``24-02-01 split 4`` an action on it; a word before
the day, as in ``BND: 24-01-02 buy 5@80``, is another symbol. A price of ? is an unknown basis.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from brokers.words import (
    USD,
    Action,
    Execution,
    Merger,
    Relief,
    ReturnOfCapital,
    Side,
    SpinOff,
    Split,
    Symbol,
    SymbolChange,
    Transfer,
)
from strategies.lots import Ledger, Lot, Realized, Rules, ledger

D = Decimal
VTI = Symbol("VTI")
Event = Execution | Transfer | Action


def rows(table: str) -> list[tuple[str, ...]]:
    """Cells of a table; columns start where the titles in its header start."""
    header, *lines = table.strip("\n").splitlines()
    starts = [match.start() for match in re.finditer(r"\S+( \S+)*", header)]
    ends = [*starts[1:], None]
    return [tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True)) for line in lines]


def day_of(text: str) -> date:
    """A day from ``24-01-02``."""
    return date.fromisoformat(f"20{text}")


def event(line: str) -> Event:
    """One line of a journal as what happened; its text is its name unless ``id`` gives one."""
    symbol, _, rest = line.rpartition(": ")
    name = Symbol(symbol or "VTI")
    day, what, *words = rest.split()
    if what in ("buy", "sell"):
        return _execution(line, name, day, Side(what), words)
    if what in ("in", "out"):
        quantity, _, cost = words[0].partition("@")
        signed = D(quantity) if what == "in" else -D(quantity)
        bought = day_of(words[1]) if len(words) > 1 else day_of(day)
        noon = datetime.combine(day_of(day), datetime.min.time(), UTC).replace(hour=16)
        return Transfer(line, name, signed, None if cost in ("", "?") else D(cost), bought, noon)
    return _action(line, name, day_of(day), what, words)


def _execution(line: str, symbol: Symbol, day: str, side: Side, words: Sequence[str]) -> Execution:
    quantity, _, price = words[0].partition("@")
    told = dict(zip(words[1::2], words[2::2], strict=True))
    hour = int(told.get("at", "15"))
    noon = datetime.combine(day_of(day), datetime.min.time(), UTC).replace(hour=hour)
    fee, root = D(told.get("fee", "0")), told.get("id", line)
    return Execution(root, 1, None, symbol, side, D(quantity), D(price), fee, noon)


def _action(line: str, symbol: Symbol, day: date, what: str, words: Sequence[str]) -> Action:
    plain = [word for word in words if word != "taxable"]
    lead = 2 if what in ("spin", "merge") else 1
    told = {k: D(v) for k, v in zip(plain[lead::2], plain[lead + 1 :: 2], strict=True)}
    made: dict[str, Callable[[], Action]] = {
        "plainsplit": lambda: Split(line, symbol, D(words[0]), day),
        "split": lambda: Split(line, symbol, D(words[0]), day, told.get("lieu")),
        "capital": lambda: ReturnOfCapital(line, symbol, day, D(words[0])),
        "rename": lambda: SymbolChange(line, symbol, day, Symbol(words[0])),
        "cash": lambda: Merger(line, symbol, day, cash=D(words[0])),
        "spin": lambda: SpinOff(
            line, symbol, day, Symbol(words[0]), D(words[1]), told["share"], told.get("lieu")
        ),
        "merge": lambda: Merger(
            line,
            symbol,
            day,
            Symbol(words[0]),
            D(words[1]),
            told.get("cash", D(0)),
            told.get("value"),
            "taxable" in words,
            told.get("lieu"),
        ),
    }
    return made[what]()


def events(journal: str) -> list[Event]:
    """Every line of a journal; lines are apart by a line break or a semicolon."""
    lines = [line.strip() for line in re.split(r"[\n;]", journal)]
    return [event(line) for line in lines if line]


def add_up(told: Sequence[Event], method: Relief | Rules = Relief.FIFO) -> Ledger:
    """The ledger of what happened."""
    return ledger(
        [e for e in told if isinstance(e, Execution)],
        [e for e in told if isinstance(e, Transfer)],
        [e for e in told if not isinstance(e, Execution | Transfer)],
        method,
    )


def number(amount: Decimal | None) -> str:
    """To nine places, without zeros at its end; ? where it is unknown."""
    if amount is None:
        return "?"
    text = f"{amount.quantize(D('1e-9')):f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def lot(text: str) -> Lot:
    """A lot of VTI from ``10@100/24-01-02``, which is its name, too."""
    quantity, cost, day = re.split("[@/]", text)
    return Lot(text, VTI, D(quantity), None if cost == "?" else D(cost), day_of(day), USD)


def lot_text(one: Lot) -> str:
    """The lot in the words it is read from, with its symbol where that is not VTI."""
    symbol = "" if one.symbol == VTI else f"{one.symbol} "
    return f"{symbol}{number(one.quantity)}@{number(one.unit_cost)}/{one.acquired:%y-%m-%d}"


def lots_text(found: Ledger) -> str:
    """Every open lot, by symbol."""
    held = [one for symbol in sorted(found.lots) for one in found.lots[symbol]]
    return "  ".join(lot_text(one) for one in held) or "-"


def realized_text(found: Ledger) -> str:
    """``4 for 440 less 400 short`` for each sale, with its cause where that is not a sale."""
    return "  ".join(_realized_text(one) for one in found.realized) or "-"


def _realized_text(one: Realized) -> str:
    term = "long" if one.is_long_term else "short"
    cause = "" if one.cause == "sale" else f" {one.cause.replace(' ', '-')}"
    proceeds, basis = number(one.proceeds), number(one.basis)
    return f"{number(one.quantity)} for {proceeds} less {basis} {term}{cause}"
