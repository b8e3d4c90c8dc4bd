"""Prices out of a folder: one file a symbol, or files with a column a symbol; or one such file.

A file whose name is a symbol (AAPL.csv, BRK.B.parquet) is of that symbol. Any other is taken for a
file with a column a symbol.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.prices.columns import ADJUSTED, BadFile, Sheet, long_bars, names_in, read_sheet, wide_bars
from bot.prices.source import NoPrices, Span, Told
from brokers.words import Bars, Symbol

ENDINGS = (".csv", ".parquet")
CLOSE, ADJ_CLOSE = ", close", ", adj_close"
"""End of what is said to be the source: files of a kind share it, and so a row of the book."""
_SYMBOL = re.compile(r"[A-Z0-9.-]{1,12}")


@dataclass(frozen=True, slots=True)
class FromFolder:
    """Files of prices; ``adjusted`` and ``consolidated`` are the owner's word on them."""

    path: Path
    feed: str
    adjusted: bool = False
    consolidated: bool = False
    has_files: bool = True

    @property
    def name(self) -> str:
        """What a person calls it."""
        return str(self.path)

    def symbols(self) -> tuple[Symbol, ...]:
        """Every name that there are prices of. Raises ``NoPrices``."""
        own, wide = self._files()
        columns = (name for path in wide for name in _columns(path))
        return tuple(sorted({*own, *(Symbol(name) for name in columns)}))

    def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, str]:
        """Size and time of the files that each name is in. Raises ``NoPrices``."""
        own, wide = self._files()
        shared = ",".join(map(_state, wide))
        return {s: _state(own[s]) if s in own else shared for s in symbols if s in own or wide}

    def tell(self, symbols: Sequence[Symbol], span: Span) -> Told:
        """What the files say up to the last session; a name in two of them is of its own file."""
        own, wide = self._files()
        marks = dict(self.marks(symbols))
        bars: dict[Symbol, Bars] = {}
        faults: dict[Symbol, str] = {}
        for symbol, found in self._bars(symbols, own, wide):
            if isinstance(found, str):
                faults.setdefault(symbol, found)
                continue
            bars[symbol] = _cut(found, span)
            if found.days and found.days[-1] > span.through:
                marks[symbol] = ""  # it has more to tell when the next session is over
        adjusted = (symbol for symbol, found in bars.items() if found.source.endswith(ADJ_CLOSE))
        lost = {symbol: why for symbol, why in faults.items() if symbol not in bars}
        return Told(bars, lost, marks, frozenset(adjusted))

    def _bars(
        self, symbols: Sequence[Symbol], own: Mapping[Symbol, Path], wide: Sequence[Path]
    ) -> Iterator[tuple[Symbol, Bars | str]]:
        """The bars of each name, or what is wrong with them."""
        for symbol in symbols:
            if symbol in own:
                yield symbol, self._of_own(own[symbol], symbol)
        rest = [symbol for symbol in symbols if symbol not in own]
        for path in wide if rest else ():
            try:
                sheet = read_sheet(path)
                columns = set(names_in(sheet))
            except BadFile as exc:
                yield from ((symbol, str(exc)) for symbol in rest)
                continue
            if sheet.is_long:
                name = Symbol(path.stem.upper())
                yield name, f"{path}: is of one name; call it {name}{path.suffix}"
                continue
            there = [symbol for symbol in rest if symbol in columns]
            yield from ((symbol, self._of_wide(sheet, symbol)) for symbol in there)

    def _of_own(self, path: Path, symbol: Symbol) -> Bars | str:
        try:
            sheet = read_sheet(path)
            if not sheet.is_long:
                return f"{path}:1: there is no column close"
            bars = long_bars(sheet, symbol, consolidated=self.consolidated)
        except BadFile as exc:
            return str(exc)
        is_adjusted = any(name in sheet.names for name in ADJUSTED)
        return replace(bars, source=f"{self.path}{ADJ_CLOSE if is_adjusted else CLOSE}")

    def _of_wide(self, sheet: Sheet, symbol: Symbol) -> Bars | str:
        try:
            return replace(wide_bars(sheet, symbol), source=f"{self.path}{CLOSE}")
        except BadFile as exc:
            return str(exc)

    def _files(self) -> tuple[dict[Symbol, Path], list[Path]]:
        """Files by the symbol that they are of, and those with a column a symbol."""
        try:
            if self.path.is_file():
                return {}, [self.path]
            files = sorted(path for path in self.path.iterdir() if path.suffix in ENDINGS)
        except OSError as exc:
            remedy = "check prices.folder in the config"
            raise NoPrices(f"{self.path} cannot be read: {exc.strerror}", remedy) from exc
        if not files:
            raise NoPrices(f"{self.path} holds no {' or '.join(ENDINGS)} file", "docs/prices.md")
        own = {Symbol(path.stem): path for path in files if _SYMBOL.fullmatch(path.stem)}
        return own, [path for path in files if path not in set(own.values())]


def _columns(path: Path) -> Iterator[str]:
    try:
        sheet = read_sheet(path)
        return iter([] if sheet.is_long else list(names_in(sheet)))
    except BadFile:
        return iter(())


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"


def _cut(bars: Bars, span: Span) -> Bars:
    """The last days of the span, none of them after it."""
    end = bisect_right(bars.days, span.through)
    start = max(end - span.days, 0)
    return replace(
        bars,
        days=bars.days[start:end],
        closes=bars.closes[start:end],
        volumes=bars.volumes[start:end] if bars.volumes else (),
    )
