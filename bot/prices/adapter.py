"""A data adapter: an installed function that is asked for prices in a process of its own.

    [project.entry-points."trimtab.prices"]
    mydata = "my_package:daily"

The function is called with symbols, the first and the last day, and returns rows by symbol, oldest
first: (day, close) or (day, close, volume). It may take as long as ``SECONDS``, print what it
likes, and fail in any way: a name that it does not tell of keeps what it had.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import entry_points
from math import nan

from bot.prices.source import NoPrices, Span, Told
from brokers.words import Bars, Symbol

GROUP = "trimtab.prices"
SECONDS = 120
DAYS_PER_SESSION = 1.5
"""Calendar days that surely hold a session, 252 of which are a year."""


@dataclass(frozen=True, slots=True)
class FromAdapter:
    """The adapter of a name; ``adjusted`` and ``consolidated`` are the owner's word on it."""

    entry: str
    feed: str
    adjusted: bool = False
    consolidated: bool = False
    seconds: float = SECONDS
    has_files: bool = False

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"the adapter {self.entry}"

    def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, str]:  # noqa: ARG002  # no files
        """None."""
        return {}

    def tell(self, symbols: Sequence[Symbol], span: Span) -> Told:
        """What it says of each name; ``NoPrices`` where it says nothing that can be read."""
        if self.entry not in installed():
            there = ", ".join(installed()) or "none"
            raise NoPrices("it is not installed", f"installed in the group {GROUP}: {there}")
        first = span.through - timedelta(days=round(span.days * DAYS_PER_SESSION) + 10)
        task: dict[str, object] = {"name": self.entry, "symbols": list(symbols)}
        task |= {"first": first.isoformat(), "last": span.through.isoformat()}
        answer = _ask(task, self.seconds)
        bars: dict[Symbol, Bars] = {}
        faults: dict[Symbol, str] = {}
        for symbol in symbols:
            try:
                if symbol in answer:
                    bars[symbol] = self._bars(symbol, answer[symbol], span.days)
            except (TypeError, ValueError) as exc:
                faults[symbol] = f"a row is not (day, close, volume): {exc}"
        return Told(bars, faults)

    def _bars(self, symbol: Symbol, rows: Sequence[Sequence[object]], days: int) -> Bars:
        kept = rows[-days:]
        volumes = [row[2] if len(row) > 2 else None for row in kept]  # noqa: PLR2004
        known = any(volume is not None for volume in volumes)
        return Bars(
            symbol=symbol,
            days=tuple(date.fromisoformat(str(row[0])) for row in kept),
            closes=tuple(_float(row[1]) for row in kept),
            volumes=tuple(nan if v is None else _float(v) for v in volumes) if known else (),
            source=self.name,
            consolidated=self.consolidated and known,
        )


def installed() -> tuple[str, ...]:
    """Names of the adapters of this installation."""
    return tuple(sorted(entry.name for entry in entry_points(group=GROUP)))


def _float(value: object) -> float:
    return float(value)  # type: ignore[arg-type]  # what is no number says so


def _ask(task: Mapping[str, object], seconds: float) -> Mapping[str, Sequence[Sequence[object]]]:
    """Call it elsewhere: neither a crash nor a loop without end takes anything down with it."""
    try:
        done = subprocess.run(  # our own interpreter and module
            [sys.executable, "-m", "bot.prices.adapter_child"],
            input=json.dumps(task),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise NoPrices(f"no answer in {seconds:g} s", "ask it by itself") from exc
    except OSError as exc:
        raise NoPrices(
            f"it cannot be started: {exc.strerror}", "see what this machine lacks"
        ) from exc
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise NoPrices(said[-1][:300], "mend the adapter")
    try:
        answer = json.loads(done.stdout)
    except ValueError as exc:
        raise NoPrices("its answer cannot be read", "mend the adapter") from exc
    if not isinstance(answer, dict):
        raise NoPrices("it returned no rows by symbol", "docs/prices.md has an example")
    return answer
