"""Whether markets are calm, tense or in crisis, by the prices of the account's own names.

Read ``measures`` (five numbers a day), then ``walk`` (from numbers to a state). ``judge`` walks
through the history each time it is asked, so that no state is kept anywhere: whoever asks twice
about the same days gets the same answer, and later days never change what was said of earlier ones.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from strategies.policy.regime import RegimePolicy, Threshold
from strategies.risk.model import Array
from strategies.risk.regime import measures, walk


class State(StrEnum):
    """How markets are, from best to worst."""

    CALM = "calm"
    TENSE = "tense"
    CRISIS = "crisis"


PAIR = 2
"""Names that there must be for anything to move together."""

STATES = (State.CALM, State.TENSE, State.CRISIS)
"""By the level that ``walk`` gives them."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One measure on the last day, the threshold that it is held against, and whether it is on."""

    name: str
    value: float
    threshold: Threshold
    is_on: bool

    @property
    def words(self) -> str:
        """The signal in one sentence."""
        told = WORDS[self.name].format(self.value)
        edge = self.threshold.leave if self.is_on else self.threshold.enter
        return f"{told} (on, until below {edge})" if self.is_on else f"{told} (on from {edge})"


WORDS = {
    "volatility": "volatility is {:.2f} times its median",
    "correlation": "average correlation is {:+.2f} from its median",
    "absorption": "absorption ratio has shifted by {:+.2f} standard deviations",
    "turbulence": "turbulence is {:.2f} times its median",
    "breakdown": "a pair's correlation has changed by {:.2f}",
}
"""Each signal, volatility first, and how its value is told."""


@dataclass(frozen=True, slots=True)
class Regime:
    """The state of the last day, and the row of the returns on which it was entered.

    ``since_index`` is None, and the state calm, where nothing can be judged: ``notes`` says why.
    """

    state: State
    since_index: int | None
    signals: tuple[Signal, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What was said on each day: ``values`` and ``flags`` by signal, shape (T,) each.

    ``states`` holds levels, 0 calm to 2 crisis; ``first`` is the first row that was judged.
    """

    values: dict[str, Array]
    flags: dict[str, walk.Flags]
    states: walk.Levels
    first: int


def judge(returns: Array, policy: RegimePolicy) -> Regime:
    """The regime after the last row of ``returns`` (T, n), simple and daily, oldest first."""
    usable, notes = _usable(returns, policy)
    if usable is None:
        return Regime(State.CALM, None, (), notes)
    past = history(usable, policy)
    began = walk.began(past.states[past.first :]) + past.first
    signals = tuple(
        Signal(name, float(past.values[name][-1]), getattr(policy, name), bool(on[-1]))
        for name, on in past.flags.items()
    )
    if began == past.first:
        notes = (*notes, "the history begins within this state: it may be older")
    return Regime(STATES[past.states[-1]], began, signals, notes)


def _usable(returns: Array, policy: RegimePolicy) -> tuple[Array | None, tuple[str, ...]]:
    """The names with a return on every day, and what is to be said about the others."""
    days, names = returns.shape
    if days <= policy.days_min:
        return None, (f"regime unknown: {days} daily returns, more than {policy.days_min} needed",)
    whole = np.isfinite(returns).all(axis=0)
    left = int(whole.sum())
    if left < PAIR:
        return None, (f"regime unknown: {left} names with whole histories, two are needed",)
    if left == names:
        return returns, ()
    return returns[:, whole], (f"{names - left} of {names} names left out: returns are missing",)


def history(returns: Array, policy: RegimePolicy) -> History:
    """Every day's signals and state, from finite ``returns`` (T, n) of two names or more."""
    values = _values(returns, policy)
    flags = {name: walk.switched(values[name], getattr(policy, name)) for name in WORDS}
    first = min(policy.days_min, len(returns))
    states = np.full(len(returns), walk.CALM)
    calls = walk.called([on[first:] for on in flags.values()], policy)
    states[first:] = walk.levels(calls, policy)
    return History(values, flags, states, first)


def _values(returns: Array, policy: RegimePolicy) -> dict[str, Array]:
    """The signals, shape (T,) each, NaN where too little is known."""
    length, window = len(returns), policy.window_days
    z = measures.settled(returns, policy.fast_days)
    swings = measures.volatility(returns, policy.fast_days)
    together = measures.average_correlation(z, policy.fast_days)
    absorbed = measures.absorption(z, window)
    distances = measures.turbulence(measures.surprises(returns, policy.surprise_days), window)
    strange = _mean(distances, policy.turbulence_days)
    memory, least = policy.memory_days, policy.memory_min
    found = {
        "volatility": _ratio(swings, measures.usual(swings, memory, least)),
        "correlation": together - measures.usual(together, memory, least),
        "absorption": measures.shift(absorbed, policy.shift_days, memory, least),
        "turbulence": _ratio(strange, measures.usual(strange, memory, least)),
        "breakdown": measures.breakdown(z, window),
    }
    return {name: measures.late(values, length) for name, values in found.items()}


def _mean(values: Array, days: int) -> Array:
    """Mean of the last ``days`` values, NaN where one is missing."""
    known = np.isfinite(values)
    start = int(np.argmax(known)) if known.any() else len(values)
    if len(values) - start < days:
        return np.full(len(values), np.nan)
    return measures.late(measures.rolling_sum(values[start:], days) / days, len(values))


def _ratio(values: Array, usual: Array) -> Array:
    """``values`` over ``usual``; one where nothing is usual."""
    sound = usual > 0
    return np.where(np.isnan(usual), np.nan, np.where(sound, values / np.where(sound, usual, 1), 1))
