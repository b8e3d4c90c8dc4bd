"""OFX and QFX statements of investments, SGML (1.x) and XML (2.x) alike.

Read are the investment lists of the Open Financial Exchange specification, 2.2, chapter 13:
INVTRANLIST (trades, income, transfers, splits), INVPOSLIST (positions) and SECLIST (tickers).
In SGML an element that has a text is ended by whatever comes next; nothing is declared, so no
entity can grow. Basis by lot is not told by OFX.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

from bot.importers.cells import NEW_YORK, Cells, at_hour, on_day, parsed_day
from bot.importers.nouns import BadImport, Frame, Item, Kind
from bot.importers.rows import (
    Deal,
    Held,
    Money,
    Told,
    flow,
    lot,
    named,
    refuse_move,
    split,
    trade,
)
from bot.importers.text import begun
from brokers.words import ZERO, Currency, FlowKind, Side, Symbol

TOKEN = re.compile(r"<(/?)([A-Za-z0-9._]{1,40})(?:\s[^<>]*)?(/?)>([^<]*)")
ENTITY = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&amp;": "&"}
DEPTH_MAX = 40
STAMP = re.compile(
    r"(\d{8})(\d{4}(?:\d{2})?)?(?:\.\d{1,6})?(?:\[([+-]?\d{1,2}(?:\.\d{1,2})?)(?::\w+)?\])?"
)

BUYS: Final = frozenset({"BUYSTOCK", "BUYMF", "BUYOTHER", "BUYDEBT"})
SELLS: Final = frozenset({"SELLSTOCK", "SELLMF", "SELLOTHER", "SELLDEBT"})
STRANGE: Final = frozenset({"BUYOPT", "SELLOPT", "CLOSUREOPT", "RETOFCAP", "JRNLSEC"})
POSITIONS: Final = frozenset({"POSSTOCK", "POSMF", "POSOTHER", "POSDEBT"})
BANK: Final[Mapping[str, FlowKind]] = {
    "INT": FlowKind.INTEREST,
    "DIV": FlowKind.DIVIDEND,
    "FEE": FlowKind.FEE,
    "SRVCHG": FlowKind.FEE,
}


@dataclass(slots=True)
class Node:
    """An element: its line, its text, what is in it."""

    tag: str
    line: int
    text: str = ""
    parts: "list[Node]" = field(default_factory=list)

    def all(self, *tags: str) -> "Iterator[Node]":
        """Every element of these names below it, in order."""
        for part in self.parts:
            if part.tag in tags:
                yield part
            yield from part.all(*tags)

    def get(self, *tags: str) -> str:
        """The text of the first element of these names below it."""
        return next((node.text for node in self.all(*tags) if node.text), "")


def read_ofx(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that the investment statements of a file say."""
    root = _tree(text, frame)
    tickers = {
        info.get("UNIQUEID"): (info.get("TICKER"), info.line) for info in root.all("SECINFO")
    }
    statements = [*root.all("INVSTMTRS")]
    if not statements:
        raise BadImport(
            [f"{frame.at(root.line)}: it has no statement of investments (INVSTMTRS)"],
            "download the investments: a bank or card statement tells no lots",
        )
    for statement in statements:
        yield from _Reader(statement, tickers, frame).items()


def _tree(text: str, frame: Frame) -> Node:
    """All elements below OFX."""
    start = text.upper().find("<OFX>")
    if start < 0:
        raise BadImport([f"{frame.at(1)}: no OFX: the element OFX is missing"])
    total, counted, line = begun(frame, text), start, text.count("\n", 0, start) + 1
    root = Node("", line)
    stack = [root]
    for found in TOKEN.finditer(text, start):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        closing, tag, empty, words = found.groups()
        if closing:
            _close(stack, tag.upper(), frame.at(line))
        else:
            _open(stack, Node(tag.upper(), line, _unescaped(words)), frame, is_empty=bool(empty))
        frame.tick(line, total)
    if len(stack) > 1:
        raise BadImport([f"{frame.at(line)}: {stack[-1].tag} does not end"], "download it again")
    return root


def _open(stack: list[Node], node: Node, frame: Frame, *, is_empty: bool) -> None:
    stack[-1].parts.append(node)
    if not node.text and not is_empty:
        stack.append(node)
    if len(stack) > DEPTH_MAX:
        raise BadImport([f"{frame.at(node.line)}: {node.tag} lies too deep for OFX"])


def _close(stack: list[Node], tag: str, place: object) -> None:
    """End an element; what stands in it without an end and without a text was empty."""
    if stack[-1].parts and stack[-1].parts[-1].tag == tag and stack[-1].parts[-1].text:
        return  # the text has ended it
    depth = next((d for d in range(len(stack) - 1, 0, -1) if stack[d].tag == tag), 0)
    if not depth:
        raise BadImport([f"{place}: {tag} ends and did not begin"], "download it again")
    for node in stack[depth + 1 :]:
        if node.parts:
            raise BadImport([f"{place}: {tag} ends before {node.tag}"], "download it again")
    del stack[depth:]


def _unescaped(words: str) -> str:
    for entity, character in ENTITY.items():
        words = words.replace(entity, character)
    return words.strip()


class _Reader:
    """One statement: whose, in which currency, and the names of its securities."""

    def __init__(
        self, statement: Node, tickers: Mapping[str, tuple[str, int]], frame: Frame
    ) -> None:
        self._node = statement
        self._tickers = tickers
        self._frame = frame
        self._number = statement.get("ACCTID")
        self._currency = Currency(statement.get("CURDEF").upper() or frame.base)

    def items(self) -> Iterator[Item]:
        for listed in self._node.all("INVTRANLIST"):
            for node in listed.parts:
                if node.tag in READERS:
                    yield from READERS[node.tag](self, node)
                elif node.tag in STRANGE:
                    place, symbol = self._frame.at(node.line), self._symbol(node)
                    refuse_move(self._frame, place, node.tag, symbol)
        for node in self._node.all(*POSITIONS):
            yield from self._position(node)

    def _cells(self, node: Node) -> Cells:
        by = {part.tag: part.text for part in node.all(*LEAVES) if part.text}
        return Cells(self._frame.at(node.line), by, self._frame)

    def _told(self, node: Node) -> Told:
        currency = node.get("CURSYM").upper() or self._currency
        return Told(self._frame.at(node.line), self._number, Currency(currency))

    def _symbol(self, node: Node) -> Symbol:
        """The ticker that SECLIST gives the security; without one its id will not do."""
        unique = node.get("UNIQUEID")
        ticker, _ = self._tickers.get(unique, ("", 0))
        if not ticker and node.get("UNIQUEIDTYPE").upper() == "TICKER":
            ticker = unique
        if not ticker:
            self._frame.refuse(
                self._frame.at(node.line), f"security {unique}: SECLIST gives it no ticker"
            )
        return Symbol(ticker.strip().upper().replace(" ", ".").replace("/", "."))

    def _moment(self, node: Node, *tags: str) -> datetime:
        stamp = node.get(*tags)
        try:
            return _stamped(stamp)
        except ValueError:
            place = self._frame.at(node.line)
            self._frame.refuse(place, f'{tags[0]}: "{stamp}" is no moment like 20260131093005')
            return on_day(date(1970, 1, 1))

    def trade(self, node: Node) -> Iterator[Item]:
        """A purchase, a sale, or a dividend reinvested."""
        cells = self._cells(node)
        units, total = cells.number("UNITS"), cells.amount("TOTAL")
        fee = sum((cells.amount(name) for name in FEES), ZERO)
        price = cells.number_or_none("UNITPRICE")
        if price is None:
            price = (abs(total) - fee) / abs(units) if units else ZERO
        deal = Deal(
            self._symbol(node),
            Side.SELL if node.tag in SELLS else Side.BUY,
            abs(units),
            price,
            self._moment(node, "DTTRADE"),
            fee,
            node.get("FITID"),
        )
        yield trade(deal, self._told(node))
        if node.tag == "REINVEST":
            income = Money(
                FlowKind.DIVIDEND,
                abs(total),
                deal.time,
                f"{node.get('FITID')}:income",
                deal.symbol,
            )
            found = flow(income, self._told(node))
            yield from [found] if found else []

    def money(self, node: Node) -> Iterator[Item]:
        """Dividends, interest, expenses, and what the bank side of the account moved."""
        cells = self._cells(node)
        amount = cells.amount("TRNAMT", "TOTAL")
        has_paper = node.tag not in {"INVBANKTRAN", "MARGININTEREST"} and node.get("UNIQUEID")
        kind = {
            "INCOME": FlowKind.INTEREST
            if node.get("INCOMETYPE") == "INTEREST"
            else FlowKind.DIVIDEND,
            "INVEXPENSE": FlowKind.FEE,
            "MARGININTEREST": FlowKind.INTEREST,
        }.get(node.tag) or BANK.get(node.get("TRNTYPE").upper(), FlowKind.DEPOSIT)
        money = Money(
            kind,
            amount,
            self._moment(node, "DTPOSTED", "DTTRADE"),
            node.get("FITID"),
            self._symbol(node) if has_paper else None,
        )
        found = flow(money, self._told(node))
        yield from [found] if found else []

    def moved(self, node: Node) -> Iterator[Item]:
        """Shares that came or went. AVGCOSTBASIS is per share, and an average: no lot's basis."""
        cells = self._cells(node)
        units = abs(cells.number("UNITS"))
        came = self._moment(node, "DTTRADE").astimezone(NEW_YORK).date()
        is_out = node.get("TFERACTION").upper() == "OUT"
        bought = node.get("DTPURCHASE")
        acquired = self._moment(node, "DTPURCHASE").date() if bought and not is_out else came
        cost = cells.number_or_none("AVGCOSTBASIS") if bought and not is_out else None
        basis = None if cost is None else cost * units
        held = Held(self._symbol(node), -units if is_out else units, basis, acquired, came)
        yield named(lot(held, self._told(node), Kind.TRANSFER), node.get("FITID"))

    def split(self, node: Node) -> Iterator[Item]:
        """New shares for old ones."""
        cells = self._cells(node)
        new, old = cells.number("NUMERATOR"), cells.number("DENOMINATOR")
        if new <= 0 or old <= 0:
            cells.wrong("NUMERATOR", "is no ratio with its DENOMINATOR")
            return
        day = self._moment(node, "DTTRADE").astimezone(NEW_YORK).date()
        yield split(self._symbol(node), new / old, day, self._told(node))

    def _position(self, node: Node) -> Iterator[Item]:
        cells = self._cells(node)
        units = cells.number("UNITS")
        if node.get("POSTYPE").upper() == "SHORT":
            units = -abs(units)
        stamp = node.get("DTPRICEASOF") or self._node.get("DTASOF")
        day = _stamped(stamp).astimezone(NEW_YORK).date() if _is_stamp(stamp) else self._frame.today
        day = min(day, self._frame.today)
        held = Held(self._symbol(node), units, None, day, day)
        yield lot(held, self._told(node), Kind.POSITION)


def _is_stamp(stamp: str) -> bool:
    try:
        _stamped(stamp)
    except ValueError:
        return False
    return True


def _stamped(stamp: str) -> datetime:
    """A moment as ``20260131093005.000[-5:EST]``; of a bare day DAWN."""
    found = STAMP.fullmatch(stamp.strip())
    if found is None:
        raise ValueError(stamp)
    day, hour, zone = found.groups()
    if zone is None or not hour or not Decimal(hour):
        return at_hour(parsed_day(day, ("%Y%m%d",)), hour if hour and Decimal(hour) else "")
    there = timezone(timedelta(hours=float(zone)))
    local = at_hour(parsed_day(day, ("%Y%m%d",)), hour).astimezone(NEW_YORK)
    return local.replace(tzinfo=there).astimezone(UTC)


FEES: Final = ("COMMISSION", "FEES", "TAXES", "LOAD")
LEAVES: Final = (
    *FEES,
    *("UNITS", "UNITPRICE", "TOTAL", "TRNAMT", "NUMERATOR", "DENOMINATOR", "AVGCOSTBASIS"),
)

READERS: Final[Mapping[str, Callable[[_Reader, Node], Iterator[Item]]]] = {
    **dict.fromkeys((*BUYS, *SELLS, "REINVEST"), _Reader.trade),
    **dict.fromkeys(("INCOME", "INVEXPENSE", "MARGININTEREST", "INVBANKTRAN"), _Reader.money),
    "TRANSFER": _Reader.moved,
    "SPLIT": _Reader.split,
}
