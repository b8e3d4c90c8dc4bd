"""The owner's code asked once: found, run apart, and its answer checked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar

from bot.outside.checks import returns_in, weights_in
from bot.outside.given import Given
from bot.outside.listen import Limits
from bot.outside.place import Group, find
from bot.outside.process import Heard, run
from bot.outside.untold import Untold
from brokers.words import Symbol
from strategies.policy.own_code import OwnCode, Setting

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What the code said of each name, what it printed, and how long it took."""

    values: Mapping[Symbol, T_co]
    printed: str
    seconds: float


def ask_weights(
    code: OwnCode,
    given: Given,
    folder: Path,
    *,
    names_max: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Answer[Decimal]:
    """Weights within the bounds of ``given`` that sum to one: shares of what is invested.

    ``folder`` is that of the config, where paths begin and the code works. Raises ``Untold``.
    """
    with _named(code):
        heard = _heard(code, Group.STRATEGIES, given, folder, stopping)
        values = _checked(heard, lambda said: weights_in(said, given, names_max))
    return Answer(values, heard.printed, heard.seconds)


def ask_forecast(
    code: OwnCode, given: Given, folder: Path, *, stopping: Callable[[], bool] = lambda: False
) -> Answer[float]:
    """The expected return of each name, a year. Raises ``Untold``."""
    with _named(code):
        heard = _heard(code, Group.FORECASTS, given, folder, stopping)
        values = _checked(heard, lambda said: returns_in(said, given))
    return Answer(values, heard.printed, heard.seconds)


@contextmanager
def _named(code: OwnCode) -> Iterator[None]:
    """Whatever goes wrong is told with the code that is meant."""
    try:
        yield
    except Untold as exc:
        raise Untold(f"your code {code.label} gave no answer: {exc}") from exc


def _heard(
    code: OwnCode, group: Group, given: Given, folder: Path, stopping: Callable[[], bool]
) -> Heard:
    place = find(code.reference, group, folder)
    task = {
        "file": None if place.file is None else str(place.file),
        "home": "" if place.file is None else f"{place.file.parent}/",
        "function": place.function,
        "group": group.value,
        "memory_mib": code.memory_mib,
        "given": given.arguments(),
        "parameters": {name: _as_float(value) for name, value in code.parameters},
    }
    return run(task, Limits(folder.absolute(), code.seconds, stopping))


def _as_float(value: Setting) -> object:
    """A parameter as the code knows it: a Decimal is a float to it, and a tuple a list."""
    match value:
        case Decimal():
            return float(value)
        case tuple():
            return [_as_float(item) for item in value]
        case _:
            return value


def _checked(heard: Heard, check: Callable[[object], Mapping[Symbol, T]]) -> Mapping[Symbol, T]:
    """The values, or why they are none together with what the code printed."""
    try:
        return check(heard.answer.get("values"))
    except Untold as exc:
        raise Untold(str(exc), heard.printed) from exc
