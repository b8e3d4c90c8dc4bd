"""``--benchmark``: a name with a price history, or a file of weights; else that of the target.

    symbol,weight,date
    AAPL,0.07,2026-10-30

The date may be left out. Weights of a file are scaled to sum to one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.cli.exits import WrongUse
from bot.config.kinds import SYMBOL
from bot.config.mistakes import Mistake
from bot.config.model_file import read_model, read_rows
from bot.config.target_files import BENCHMARK, read_dated
from brokers.words import ZERO, Symbol
from strategies.policy.target import Dated

REMEDY = "a file is symbol,weight or symbol,weight,date; or name a symbol, like SPY"
NEARLY = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Weights that sum to one. ``words`` say where they are from; ``day`` is that of a file."""

    name: str
    words: str
    weights: tuple[tuple[Symbol, float], ...]
    day: date | None = None

    @property
    def names(self) -> tuple[Symbol, ...]:
        """The names in it."""
        return tuple(symbol for symbol, _ in self.weights)


def asked(text: str) -> Benchmark:
    """What ``--benchmark`` names. Raises ``WrongUse``, with every bad line of a file."""
    path = Path(text)
    if path.suffix.lower() != ".csv" and re.fullmatch(SYMBOL, text, re.ASCII):
        return Benchmark(text, text, ((Symbol(text), 1.0),))
    rows, unread = read_rows(path)
    if unread:
        raise WrongUse(f"--benchmark {unread[0]}", REMEDY)
    if rows and len(rows[0][1]) == len(("symbol", "weight")):
        weights, mistakes = read_model(path)
        pairs, day = tuple((Symbol(s), w) for s, w in weights.items()), None
    else:
        dated, mistakes = read_dated(path, BENCHMARK)
        pairs, day = (dated.values, dated.day) if dated is not None else ((), None)
    _refuse(mistakes)
    return _scaled(path.name, pairs, day)


def _refuse(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise WrongUse("\n".join(map(str, mistakes)), REMEDY)


def of_target(benchmark: Dated | None) -> Benchmark | None:
    """The one that the target strategy of the config is given, if there is one."""
    if benchmark is None:
        return None
    return _scaled(benchmark.source, benchmark.values, benchmark.day)


def _scaled(name: str, pairs: tuple[tuple[Symbol, Decimal], ...], day: date | None) -> Benchmark:
    whole = sum((weight for _, weight in pairs), ZERO)
    if whole <= 0:
        raise WrongUse(f"{name} has no weight above zero", REMEDY)
    words = ", ".join((name, *_facts(len(pairs), whole, day)))
    return Benchmark(name, words, tuple((s, float(w / whole)) for s, w in pairs if w), day)


def _facts(names: int, whole: Decimal, day: date | None) -> Iterator[str]:
    yield "1 name" if names == 1 else f"{names} names"
    if day is not None:
        yield f"of {day}"
    if abs(whole - 1) > NEARLY:
        yield f"whose weights sum to {whole:.1%} and are scaled to 100 %"
