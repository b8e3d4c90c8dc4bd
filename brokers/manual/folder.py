"""The folder of an account held elsewhere: which files it may hold, and all of them as nouns.

Every reading takes the whole folder and believes all of it or nothing: a mistake in one file
stops the account, and all mistakes of all files are named at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from brokers.broker import BadAnswer, Misconfigured
from brokers.manual import actions, nouns
from brokers.manual.nouns import Frame
from brokers.manual.row import Row
from brokers.manual.sheet import Layout, Sheet, read_sheet
from brokers.words import (
    Action,
    Bars,
    Cash,
    CashFlow,
    Execution,
    FxRate,
    Position,
    Quote,
    Transfer,
)

Noun = TypeVar("Noun")

POSITIONS = Layout("positions.csv", ("symbol", "quantity"))
CASH = Layout("cash.csv", ("currency", "amount"), ("settled",))
QUOTES = Layout("quotes.csv", ("symbol", "time"), ("bid", "ask", "price", "spread", "currency"))
LOTS = Layout(
    "lots.csv",
    ("symbol", "quantity", "acquired"),
    ("unit_cost", "received", "currency", "basis"),
)
FILLS = Layout(
    "fills.csv",
    ("symbol", "side", "quantity", "price", "time"),
    ("fee", "currency", "key", "id"),
)
FLOWS = Layout("flows.csv", ("kind", "amount", "time"), ("currency", "symbol", "id"))
SPLITS = Layout("splits.csv", ("symbol", "ratio", "effective"), ("id",))
ACTIONS = Layout("actions.csv", ("kind", "symbol", "effective"), (*actions.COLUMN.values(), "id"))
RATES = Layout("fx.csv", ("currency", "rate", "time"))
BARS = Layout("bars.csv", ("symbol", "day", "close"), ("volume",))

ACCOUNT_REMARK = "account "
EMPTY_REMARK = "empty account"


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that the folder says. ``number`` is the broker's number of the account.

    ``written`` is when positions.csv was last written, which is what the positions are as of.
    """

    number: str
    written: datetime
    positions: tuple[Position, ...]
    cash: tuple[Cash, ...]
    quotes: tuple[Quote, ...]
    lots: tuple[Transfer, ...]
    fills: tuple[Execution, ...]
    flows: tuple[CashFlow, ...]
    actions: tuple[Action, ...]
    rates: tuple[FxRate, ...]
    bars: tuple[Bars, ...]


def read_folder(folder: Path, frame: Frame) -> Statement:
    """All files of ``folder``. Raises ``BadAnswer`` with every mistake that is in them."""
    if not folder.is_dir():
        raise Misconfigured(
            f"{folder} is not a folder",
            f"make it, and put {POSITIONS.file} and {CASH.file} of the account into it",
        )
    mistakes: list[str] = []
    held = read_sheet(folder / POSITIONS.file, POSITIONS, mistakes)
    statement = Statement(
        number=_number(held, mistakes),
        written=_written(folder / POSITIONS.file),
        positions=_positions(held, frame, mistakes),
        cash=_cash(folder, frame, mistakes),
        quotes=_read(folder, QUOTES, nouns.quotes, frame, mistakes),
        lots=_read(folder, LOTS, nouns.lots, frame, mistakes),
        fills=_read(folder, FILLS, nouns.fills, frame, mistakes),
        flows=_read(folder, FLOWS, nouns.flows, frame, mistakes),
        actions=(
            *_read(folder, SPLITS, actions.splits, frame, mistakes),
            *_read(folder, ACTIONS, actions.actions, frame, mistakes),
        ),
        rates=_read(folder, RATES, nouns.rates, frame, mistakes),
        bars=_read(folder, BARS, nouns.bars, frame, mistakes),
    )
    refuse(mistakes, folder)
    return statement


def refuse(mistakes: Sequence[str], place: Path) -> None:
    """Raise ``BadAnswer`` with all ``mistakes``, if there are any."""
    if not mistakes:
        return
    head = f"{len(mistakes)} mistakes in {place}:\n  " if len(mistakes) > 1 else f"in {place}: "
    raise BadAnswer(head + "\n  ".join(mistakes), "mend them in the files; nothing was changed")


def read_fills(folder: Path, frame: Frame) -> tuple[Execution, ...]:
    """The executions alone. Raises ``BadAnswer`` with every mistake in their file."""
    mistakes: list[str] = []
    found = _read(folder, FILLS, nouns.fills, frame, mistakes)
    refuse(mistakes, folder)
    return found


def read_file(
    folder: Path,
    layout: Layout,
    read: Callable[[Sequence[Row], Frame], tuple[Noun, ...]],
    frame: Frame,
) -> tuple[Noun, ...]:
    """The nouns of one file alone. Raises ``BadAnswer`` with every mistake that is in it."""
    mistakes: list[str] = []
    found = _read(folder, layout, read, frame, mistakes)
    refuse(mistakes, folder)
    return found


def _read(
    folder: Path,
    layout: Layout,
    read: Callable[[Sequence[Row], Frame], tuple[Noun, ...]],
    frame: Frame,
    mistakes: list[str],
) -> tuple[Noun, ...]:
    """The nouns of a file that need not be there."""
    sheet = read_sheet(folder / layout.file, layout, mistakes)
    return () if sheet is None else read(sheet.rows, frame)


def _number(sheet: Sheet | None, mistakes: list[str]) -> str:
    """The account number, which positions.csv must state so that no other account's is taken."""
    remarks = () if sheet is None else sheet.remarks
    numbers = [
        r.removeprefix(ACCOUNT_REMARK).strip() for r in remarks if r.startswith(ACCOUNT_REMARK)
    ]
    if sheet is not None and len(numbers) != 1:
        mistakes.append(
            f'{POSITIONS.file}:1: one line must say whose positions these are: "# account NUMBER"'
        )
    return numbers[0] if numbers else ""


def _written(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.fromtimestamp(0, UTC)


def _positions(sheet: Sheet | None, frame: Frame, mistakes: list[str]) -> tuple[Position, ...]:
    """What is held. Nothing at all is only believed where the file says so in words."""
    file = POSITIONS.file
    if sheet is None:
        mistakes.append(f"{file}: it is missing; an account without positions has a file too")
        return ()
    says_empty = EMPTY_REMARK in sheet.remarks
    if sheet.columns and not sheet.rows and not says_empty:
        mistakes.append(
            f"{file}: it holds no positions; if the account is really empty, add the line"
            f' "# {EMPTY_REMARK}"'
        )
    if sheet.rows and says_empty:
        mistakes.append(f'{file}: it says "# {EMPTY_REMARK}" and holds positions')
    return nouns.positions(sheet.rows, frame)


def _cash(folder: Path, frame: Frame, mistakes: list[str]) -> tuple[Cash, ...]:
    """Cash. No file, or no line in it, is not the same as no money."""
    sheet = read_sheet(folder / CASH.file, CASH, mistakes)
    if sheet is None or (sheet.columns and not sheet.rows):
        mistakes.append(f'{CASH.file}: it names no cash; no money is a line too: "{frame.base},0"')
        return ()
    return nouns.cash(sheet.rows, frame)
