"""Lots, fills, cash flows and splits of a broker's statement into the files of an account.

All of a statement is taken or nothing: every file is written beside its old one first, and only
when all of them are on the disk they take their places, lots first. What the files hold already, by
the broker's id or else by what it says, is left alone; the same statement twice changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from brokers.broker import Misconfigured
from brokers.manual import actions, nouns
from brokers.manual.disk import alone, write_all
from brokers.manual.folder import (
    ACTIONS,
    FILLS,
    FLOWS,
    LOTS,
    POSITIONS,
    SPLITS,
    read_file,
    read_fills,
    refuse,
)
from brokers.manual.identity import Turns, content_id
from brokers.manual.importer import ANY_TIME, fresh_of, on_tickets, with_fills
from brokers.manual.nouns import FLOW, LOT, Frame, flow_name, lot_name
from brokers.manual.row import NUMBER, Row
from brokers.manual.sheet import appended
from brokers.manual.tickets import read_tickets
from brokers.words import (
    USD,
    Action,
    CashFlow,
    Currency,
    Execution,
    Position,
    Split,
    Transfer,
)

Noun = TypeVar("Noun", Execution, Transfer, CashFlow, Split)
LEAST: Final = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class News:
    """What a statement says, each noun with the place where it says so."""

    fills: tuple[tuple[str, Execution], ...] = ()
    lots: tuple[tuple[str, Transfer], ...] = ()
    flows: tuple[tuple[str, CashFlow], ...] = ()
    splits: tuple[tuple[str, Split], ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the files of an account hold."""

    fills: tuple[Execution, ...]
    lots: tuple[Transfer, ...]
    flows: tuple[CashFlow, ...]
    actions: tuple[Action, ...]
    positions: tuple[Position, ...] | None
    """What the broker says is held now; None where there is no such file yet."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was new of the news, and how much the files held already."""

    fills: tuple[Execution, ...]
    lots: tuple[Transfer, ...]
    flows: tuple[CashFlow, ...]
    splits: tuple[Split, ...]
    known: int


Judge = Callable[[Kept, TakenIn], None]
"""Raises where what would then be in the files cannot be true."""


def nothing_to_say(kept: Kept, taken: TakenIn) -> None:
    """Everything is well."""
    del kept, taken


def take_in(
    folder: Path,
    news: News,
    judge: Judge = nothing_to_say,
    *,
    preview: bool = False,
    base: Currency = USD,
) -> TakenIn:
    """Add what is new of ``news`` to the account in ``folder``; a preview only tells of it.

    Raises ``BadAnswer`` with every mistake, ``Misconfigured``, or what ``judge`` raises; nothing
    is then written.
    """
    if not folder.is_dir():
        raise Misconfigured(f"{folder} is not a folder", "make it, or mend its name in the config")
    with alone(folder):
        kept = _kept(folder, Frame(base, ANY_TIME))
        taken = _new(folder, news, kept)
        judge(kept, taken)
        if not preview:
            write_all(_texts(folder, taken))
    return taken


def _kept(folder: Path, frame: Frame) -> Kept:
    positions = None
    if (folder / POSITIONS.file).exists():
        positions = read_file(folder, POSITIONS, nouns.positions, frame)
    return Kept(
        read_fills(folder, frame),
        read_file(folder, LOTS, nouns.lots, frame),
        read_file(folder, FLOWS, nouns.flows, frame),
        (
            *read_file(folder, SPLITS, actions.splits, frame),
            *read_file(folder, ACTIONS, actions.actions, frame),
        ),
        positions,
    )


def _new(folder: Path, news: News, kept: Kept) -> TakenIn:
    mistakes: list[str] = []
    listed = [execution for _, execution in news.fills]
    rows = [_row(place, e, mistakes) for place, e in news.fills]
    fresh = fresh_of(rows, listed, kept.fills)
    fills = on_tickets(fresh, kept.fills, read_tickets(folder))
    lots = _lots(news.lots, kept.lots)
    flows = _flows(news.flows, kept.flows)
    splits = _splits(news.splits, kept.actions, mistakes)
    refuse(mistakes, folder)
    told = len(news.fills) + len(news.lots) + len(news.flows) + len(news.splits)
    known = told - len(fills) - len(lots) - len(flows) - len(splits)
    return TakenIn(fills, lots, flows, splits, known)


def _row(place: str, e: Execution, mistakes: list[str]) -> Row:
    cells = {"symbol": str(e.symbol), "quantity": f"{e.quantity:f}", "key": "", "id": e.root}
    return Row(place, cells, mistakes)


def _lots(news: Iterable[tuple[str, Transfer]], kept: Iterable[Transfer]) -> tuple[Transfer, ...]:
    have, turns = Counter(map(lot_name, kept)), Turns()
    fresh: list[Transfer] = []
    for _, lot in news:
        name = lot_name(lot)
        turn = turns.of(name)
        if turn > have[name]:
            fresh.append(replace(lot, transfer_id=content_id(LOT, name, turn)))
    return tuple(fresh)


def _flows(news: Iterable[tuple[str, CashFlow]], kept: Sequence[CashFlow]) -> tuple[CashFlow, ...]:
    ids = {flow.flow_id for flow in kept}
    have, turns = Counter(map(flow_name, kept)), Turns()
    fresh: list[CashFlow] = []
    for _, flow in news:
        name = flow_name(flow)
        if flow.flow_id:
            fresh += [flow] if flow.flow_id not in ids else []
        elif (turn := turns.of(name)) > have[name]:
            fresh.append(replace(flow, flow_id=content_id(FLOW, name, turn)))
    return tuple(fresh)


def _splits(
    news: Iterable[tuple[str, Split]],
    kept: Iterable[Action],
    mistakes: list[str],
) -> tuple[Split, ...]:
    splits = (action for action in kept if isinstance(action, Split))
    known = {(action.symbol, action.effective): action.ratio for action in splits}
    fresh: list[Split] = []
    for place, action in news:
        name = action.symbol, action.effective
        ratio = action.ratio.quantize(LEAST).normalize()
        if name not in known:
            known[name] = ratio
            fresh.append(replace(action, ratio=ratio))
        elif known[name] != ratio:
            what = f"{place}: {action.symbol} is split by {ratio:f} on {action.effective}"
            mistakes.append(f"{what}, and {SPLITS.file} says {known[name]:f}")
    return tuple(fresh)


def _texts(folder: Path, taken: TakenIn) -> Mapping[Path, str]:
    """What each file will hold, in the order in which they take their places."""
    texts: dict[Path, str] = {}
    parts: tuple[tuple[str, Sequence[str], Sequence[Mapping[str, str]]], ...] = (
        (LOTS.file, LOTS.columns, [*map(_lot_cells, taken.lots)]),
        (SPLITS.file, SPLITS.columns, [*map(_split_cells, taken.splits)]),
        (FLOWS.file, FLOWS.columns, [*map(_flow_cells, taken.flows)]),
    )
    for file, columns, rows in parts:
        if rows:
            texts[folder / file] = appended(folder / file, columns, rows)
    if taken.fills:
        texts[folder / FILLS.file] = with_fills(folder / FILLS.file, taken.fills)
    return texts


def _lot_cells(lot: Transfer) -> dict[str, str]:
    """A cost of endless digits is written as the basis of the whole lot."""
    cells = {
        "symbol": str(lot.symbol),
        "quantity": f"{lot.quantity:f}",
        "acquired": lot.acquired.isoformat(),
        "received": "" if lot.time.date() == lot.acquired else lot.time.date().isoformat(),
        "currency": str(lot.currency),
    }
    if lot.unit_cost is None:
        return cells
    cost = f"{lot.unit_cost:f}"
    if NUMBER.fullmatch(cost):
        return cells | {"unit_cost": cost}
    return cells | {"basis": f"{(lot.unit_cost * lot.quantity).quantize(LEAST).normalize():f}"}


def _split_cells(action: Split) -> dict[str, str]:
    return {
        "symbol": str(action.symbol),
        "ratio": f"{action.ratio:f}",
        "effective": action.effective.isoformat(),
    }


def _flow_cells(flow: CashFlow) -> dict[str, str]:
    return {
        "kind": flow.kind.value,
        "amount": f"{flow.amount:f}",
        "time": flow.time.isoformat(),
        "currency": str(flow.currency),
        "symbol": str(flow.symbol or ""),
        "id": flow.flow_id,
    }
