"""Which format a file has, and its statement."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.importers import fidelity, own, schwab, vanguard
from bot.importers.alpaca import is_activities, read_alpaca
from bot.importers.flex import read_flex
from bot.importers.ibkr_csv import is_activity, read_ibkr_csv
from bot.importers.mapping import Columns, read_mapped
from bot.importers.nouns import BadImport, Frame, Item, Statement
from bot.importers.ofx import read_ofx
from bot.importers.sheets import Head, has_table, head
from bot.importers.sound import check

Read = Callable[[str, Frame], Iterator[Item]]
Known = Callable[[str], bool]

SNIFFED = 20_000
"""Characters at the beginning that tell what a file is."""

TAX_FILE: Final = head("trades", "date", "account", "kind", "symbol", "side", "lot", "order")
FILLS_FILE: Final = head("fills", "symbol", "side", "quantity", "price", "time")


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what it is called, how it is known and read."""

    name: str
    words: str
    is_it: Known
    read: Read


def _has(*heads: Head) -> Known:
    return lambda text: has_table(text[: SNIFFED * 4], heads)


def _is_own(text: str) -> bool:
    return own.SCHEMA_LINE.search(text[:SNIFFED]) is not None or _has(own.HEAD)(text)


FORMATS: Final[tuple[Format, ...]] = (
    Format("flex", "IBKR Flex XML", lambda t: "<FlexQueryResponse" in t[:SNIFFED], read_flex),
    Format("ofx", "OFX or QFX", lambda t: "<OFX>" in t[:SNIFFED].upper(), read_ofx),
    Format("alpaca", "Alpaca activities", is_activities, read_alpaca),
    Format("csv", "lots of trimtab", _is_own, own.read_own),
    Format("ibkr-csv", "IBKR activity statement", is_activity, read_ibkr_csv),
    Format("schwab", "Schwab", _has(*schwab.HEADS), schwab.read_schwab),
    Format("vanguard", "Vanguard", _has(*vanguard.HEADS), vanguard.read_vanguard),
    Format("fidelity", "Fidelity", _has(*fidelity.HEADS), fidelity.read_fidelity),
)
BY_NAME: Final[Mapping[str, Format]] = {one.name: one for one in FORMATS}
NAMES: Final = ("auto", *BY_NAME)


def read_statement(
    text: str, frame: Frame, name: str = "auto", columns: Columns | None = None
) -> Statement:
    """The statement in ``text``. Raises ``BadImport`` with every mistake that is in it."""
    if columns is not None:
        found = tuple(read_mapped(text, frame, columns))
        name = "mapping"
    else:
        chosen = _chosen(text, frame, name)
        name, found = chosen.name, tuple(chosen.read(text, frame))
    check(found, frame)
    frame.raise_mistakes()
    if not found and not frame.notes:
        what = f"{frame.at(1)}: it tells of no trades, lots, positions or cash"
        raise BadImport([what], "choose another time, or another report, at the broker")
    return Statement(frame.file, name, found, tuple(frame.notes))


def _chosen(text: str, frame: Frame, name: str) -> Format:
    like = next((one for one in FORMATS if one.is_it(text)), None)
    if name == "auto":
        if like is None:
            raise _unknown(text, frame)
        return like
    wanted = BY_NAME[name]
    if not wanted.is_it(text):
        looks = f"; it looks like {like.words} (--format {like.name})" if like else ""
        what = f"{frame.at(1)}: it is no file of {wanted.words}{looks}"
        raise BadImport([what], "name the format that it has, or leave --format out")
    return wanted


def _unknown(text: str, frame: Frame) -> BadImport:
    """A file that nobody here knows, or that is for another verb."""
    if has_table(text[:SNIFFED], [TAX_FILE]):
        remedy = f"trimtab tax --trades {frame.file} reads it as it is"
        return BadImport([f"{frame.at(1)}: it is a file of trades for trimtab tax"], remedy)
    if has_table(text[:SNIFFED], [FILLS_FILE]):
        remedy = f"trimtab fills import {frame.file} reads it as it is"
        return BadImport([f"{frame.at(1)}: it is a list of fills"], remedy)
    known = ", ".join(one.words for one in FORMATS)
    what = f"{frame.at(1)}: no format that is known here: {known}"
    return BadImport([what], "for any other CSV: --mapping map.toml (docs/import.md)")
