"""Which key goes with which strategy, and what is wrong between them: rows of tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.config.checks import SUM_TOLERANCE, Finding, Rule, Subject
from bot.config.own_code import Reference
from bot.config.target_table import Strategy, TargetTable
from strategies.policy.target import MeanSource


@dataclass(frozen=True, slots=True)
class Wants:
    """What a strategy ``needs`` and what it ``takes`` beside that.

    Of each needed tuple one key must be set.
    """

    needs: tuple[tuple[str, ...], ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Every key that means anything to it."""
        return frozenset((*(key for each in self.needs for key in each), *self.takes))


MEANS = ("means",)
BOUNDED = ("lower", "upper", "covariance")
FEW = (*BOUNDED, "names_max")
VIEWED = ("caps", "views", "risk_aversion", "risk_free")
EXPECTING = (*FEW, *VIEWED, "code", "parameters")

WANTS: Mapping[Strategy, Wants] = {
    Strategy.FIXED: Wants(),
    Strategy.EQUAL: Wants(),
    Strategy.CAP_WEIGHT: Wants((("caps",),), ("lower", "upper")),
    Strategy.MINIMUM_VARIANCE: Wants((), FEW),
    Strategy.MAXIMUM_SHARPE: Wants((MEANS,), EXPECTING),
    Strategy.EFFICIENT_RETURN: Wants((MEANS, ("expected_return",)), EXPECTING),
    Strategy.EFFICIENT_VOLATILITY: Wants((MEANS, ("volatility", "tolerance")), EXPECTING),
    Strategy.MEAN_VARIANCE: Wants((MEANS, ("risk_aversion", "tolerance")), EXPECTING),
    Strategy.RISK_PARITY: Wants((), (*BOUNDED, "budgets")),
    Strategy.HIERARCHICAL_RISK_PARITY: Wants((), BOUNDED),
    Strategy.MAXIMUM_DIVERSIFICATION: Wants((), FEW),
    Strategy.MINIMUM_CVAR: Wants((), (*BOUNDED, "level")),
    Strategy.INDEX_TRACKING: Wants((("benchmark",), ("names_max",)), BOUNDED),
    Strategy.BLACK_LITTERMAN: Wants((("caps",), ("views",)), (*FEW, "risk_aversion", "risk_free")),
    Strategy.TACTICAL_TILT: Wants((("defensive",),), (*BOUNDED, "tilt_min", "tilt_max")),
    Strategy.GLIDE_PATH: Wants((("path",),)),
    Strategy.VOLATILITY_TARGET: Wants((("volatility", "tolerance"),), (*BOUNDED, "defensive")),
}
OWN = Wants((), ("code", "parameters", "lower", "upper", "names_max"))
"""What the owner's own code is given or held to."""

NAMES = frozenset({"strategy", "weights", "file", "symbols", "code", "parameters"})
"""Keys that have rules of their own."""

USES = (("target",),)


def wants(target: TargetTable) -> Wants:
    """What the strategy of ``target`` takes."""
    return OWN if isinstance(target.strategy, Reference) else WANTS[target.strategy]


def _needed(of: Subject) -> Iterator[Finding]:
    target, name = of.table.target, of.table.target.strategy.value
    for keys in wants(target).needs:
        if not any(_is_set(target, key) for key in keys):
            yield Finding(("target",), None, f'strategy "{name}" needs {" or ".join(keys)}')


def _is_set(target: TargetTable, key: str) -> bool:
    return key in target.model_fields_set and getattr(target, key) not in (None, [], {})


def _unused(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    known = wants(target).keys | NAMES
    for key in sorted(target.model_fields_set - known):
        problem = f'is not used by strategy "{target.strategy.value}"; take it out'
        yield Finding(("target", key), None, problem)


def _instead(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    for key, other in (
        ("tolerance", "volatility"),
        ("tolerance", "risk_aversion"),
    ):
        if _is_set(target, key) and _is_set(target, other):
            problem = f"stands beside {other}; keep one of the two"
            yield Finding(("target", key), None, problem)


def _sources(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    needs = {MeanSource.EQUILIBRIUM: ("caps",), MeanSource.VIEWS: ("caps", "views")}
    if not isinstance(target.means, MeanSource):
        return
    for key in needs.get(target.means, ()):
        if not _is_set(target, key):
            problem = f'means = "{target.means.value}" needs {key}'
            yield Finding(("target", "means"), None, problem)


def _bounds(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    count = len(of.weights)
    if target.lower > target.upper:
        yield Finding(("target", "upper"), target.upper, f"must be at least lower, {target.lower}")
    elif count and (count * target.upper < 1 or count * target.lower > 1):
        span = f"{count * target.lower} to {count * target.upper}"
        problem = f"{count} names can weigh {span} together, and must weigh 1"
        yield Finding(("target", "upper"), target.upper, problem)
    if target.tilt_min > target.tilt_max:
        problem = f"must be at least tilt_min, {target.tilt_min}"
        yield Finding(("target", "tilt_max"), target.tilt_max, problem)


def _covered(of: Subject) -> Iterator[Finding]:
    """Every name must have its line in the files, and no other name may be asked for."""
    target, names = of.table.target, set(of.weights)
    for key, dated in (("means", of.given.means), ("caps", of.given.caps)):
        if dated is not None and (missing := names - {symbol for symbol, _ in dated.values}):
            problem = f"has no line for {', '.join(sorted(missing)[:5])}"
            yield Finding(("target", key), dated.source, problem)
    for number, view in enumerate(target.views):
        if strangers := set(view.coefficients) - names:
            problem = f"{', '.join(sorted(strangers))} is not among the symbols"
            yield Finding(("target", "views", number, "coefficients"), None, problem)
    if target.budgets and (missing := names ^ set(target.budgets)):
        problem = f"must name every symbol and no other: {', '.join(sorted(missing)[:5])}"
        yield Finding(("target", "budgets"), None, problem)


def _sums(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    parts = [(("defensive",), target.defensive), (("budgets",), target.budgets)]
    paths = ((("path", n, "weights"), way.weights) for n, way in enumerate(target.path))
    for path, weights in (*parts, *paths):
        total = sum(weights.values(), Decimal(0))
        if weights and abs(total - 1) > SUM_TOLERANCE:
            yield Finding(("target", *path), None, f"sum to {total.normalize():f}, must sum to 1")


def _one_safe(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    if target.strategy is Strategy.VOLATILITY_TARGET and len(target.defensive) > 1:
        problem = 'may be one name for "volatility-target": the one that takes what is too much'
        yield Finding(("target", "defensive"), None, problem)


def _days(of: Subject) -> Iterator[Finding]:
    days = [way.day for way in of.table.target.path]
    if days != sorted(set(days)):
        yield Finding(("target", "path"), None, "must go forward in time, each date once")


def _tolerance(of: Subject) -> Iterator[Finding]:
    text = of.table.target.tolerance
    if text is None:
        return
    from strategies.targets.refusal import NoTarget
    from strategies.targets.tolerance import tolerance_point

    try:
        tolerance_point(text)
    except NoTarget as exc:
        yield Finding(("target", "tolerance"), text, str(exc))


Find = Callable[[Subject], Iterator[Finding]]

FINDS: tuple[Find, ...] = (
    _needed,
    _unused,
    _instead,
    _sources,
    _bounds,
    _covered,
    _sums,
    _one_safe,
    _days,
    _tolerance,
)
RULES = tuple(Rule(find, USES) for find in FINDS)
