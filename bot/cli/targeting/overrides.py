"""What the caller tries in place of what an account's config says; the config stays as it is."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.exits import WrongUse
from bot.cli.targeting.grids import read_column
from bot.cli.targeting.own import is_own
from bot.cli.targeting.wanted import Wanted, option
from bot.config.mistakes import ConfigError
from bot.config.target_checks import WANTS
from bot.config.target_files import BENCHMARK, CAPS, MEANS, Sort, read_dated
from bot.config.target_table import BY_WEIGHTS, Strategy
from brokers.words import Symbol
from strategies.policy.own_code import OwnCode
from strategies.policy.target import Dated, Estimator, MeanSource, Target

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig

NUMBERS = ("lower", "upper", "expected_return", "volatility", "risk_aversion", "level")
FRONTIER = "efficient-frontier"
SOURCES = (
    "--means historical (averages of the past, shrunk), equilibrium (with --caps CSV), views (of"
    " the config), file:MEANS.csv or forecast:MODEL.py:FUNCTION"
)
FIGURES = frozenset({"risk_free", "points"})
"""What serves the figures of every strategy."""


def overridden(
    account: "AccountConfig", strategy: str | None, means: str | None, wanted: Wanted
) -> "AccountConfig":
    """``account`` with another strategy, source of returns, or numbers. Raises ``WrongUse``."""
    if wanted.bounds.short or wanted.bounds.gross is not None:
        what = "--gross" if wanted.bounds.gross is not None else "--short"
        raise WrongUse(f"{what}: an account holds no shorts", "it is for numbers out of files")
    target = account.policy.target
    if strategy is not None:
        target = _by(target, strategy)
    recipe = replace(target.recipe, **_changes(wanted), **_means(means))
    if target.strategy == Strategy.BLACK_LITTERMAN:
        recipe = replace(recipe, means=MeanSource.VIEWS)
    target = replace(target, recipe=recipe)
    _refuse_lacking(target)
    return replace(account, policy=replace(account.policy, target=target))


IN_CONFIG = "write it in the config: docs/config.md"
REMEDIES = {
    "means": SOURCES,
    "caps": "--caps CSV, with the header symbol,cap,date",
    "benchmark": "--benchmark CSV, with the header symbol,weight,date",
    "names_max": "--names-max N",
    "expected_return": "--return R",
    "volatility": "--volatility V",
    "risk_aversion": "--risk-aversion G",
}
"""How the caller gives what a strategy needs."""
CALLED = {"means": "expected returns, and no source of them is named", "path": "a path of dates"}


def _refuse_lacking(target: Target) -> None:
    """Raise ``WrongUse`` with the remedy where a strategy lacks what it cannot do without."""
    recipe = target.recipe
    if recipe.means in {MeanSource.EQUILIBRIUM, MeanSource.VIEWS} and recipe.caps is None:
        raise WrongUse(f"means by {recipe.means} need capitalisations", REMEDIES["caps"])
    if target.strategy not in set(Strategy):
        return
    for keys in WANTS[Strategy(target.strategy)].needs:
        fields = ("waypoints" if key == "path" else key for key in keys if key != "means_file")
        if not any(getattr(recipe, field) not in {None, "", ()} for field in fields):
            what, remedy = CALLED.get(keys[0], keys[0]), REMEDIES.get(keys[0], IN_CONFIG)
            raise WrongUse(f"{target.strategy} needs {what}", remedy)


def unused(target: Target, wanted: Wanted) -> tuple[str, ...]:
    """What the strategy of ``target`` makes nothing of, said."""
    if target.strategy not in set(Strategy):
        return ()
    known = WANTS[Strategy(target.strategy)].keys | FIGURES
    lost = [field for field in wanted.said() if field not in known]
    return tuple(f"{option(field)} is not used by {target.strategy}" for field in lost)


def _by(target: Target, strategy: str) -> Target:
    """The same names by another strategy."""
    if strategy == target.strategy:
        return target
    if strategy == FRONTIER:
        raise WrongUse("a frontier is no target: it has many", "trimtab frontier [ACCOUNT]")
    if strategy in set(Strategy):
        by_weights = Strategy(strategy) in BY_WEIGHTS
        if by_weights and target.strategy not in {each.value for each in BY_WEIGHTS}:
            raise WrongUse(f"{strategy} starts from weights, and the config has none", HOW_FIXED)
        return replace(target, strategy=strategy, own=None)
    if is_own(strategy):
        limits = target.own or OwnCode("")
        return replace(target, strategy="own", own=replace(limits, reference=strategy))
    near = get_close_matches(strategy, list(Strategy), n=3)
    there = f"did you mean {' or '.join(near)}?" if near else f"there is: {', '.join(Strategy)}"
    raise WrongUse(f"there is no strategy {strategy!r}", there)


HOW_FIXED = "write them down in the config: docs/config.md"


def _changes(wanted: Wanted) -> dict[str, Any]:
    """Fields of a recipe that the caller says otherwise."""
    said = wanted.said()
    changes: dict[str, Any] = {
        name: Decimal(repr(said[name])) for name in (*NUMBERS, "risk_free") if name in said
    }
    if {"volatility", "risk_aversion"} & said.keys():
        changes["tolerance"] = ""
    if "names_max" in said:
        changes["names_max"] = said["names_max"]
    if wanted.covariance is not None:
        changes["covariance"] = estimator(wanted.covariance)
    columns = wanted.columns
    if columns.budgets is not None:
        budgets = read_column(columns.budgets)
        pairs = zip(budgets.names, budgets.values.tolist(), strict=True)
        changes["budgets"] = tuple((Symbol(name), Decimal(repr(share))) for name, share in pairs)
    changes |= _dated({"caps": (columns.caps, CAPS), "benchmark": (columns.benchmark, BENCHMARK)})
    return changes


def estimator(name: str) -> Estimator:
    """The estimator that is called so. Raises ``WrongUse``."""
    if name not in set(Estimator):
        raise WrongUse(
            f"--covariance {name}: there is no such estimator", f"there is: {', '.join(Estimator)}"
        )
    return Estimator(name)


def _means(means: str | None) -> dict[str, Any]:
    """Where expected returns come from. Raises ``WrongUse`` for a source that is none."""
    if means is None:
        return {}
    kind, _, rest = means.partition(":")
    if kind == MeanSource.FILE and rest:
        return {"means": MeanSource.FILE, **_dated({"expected": (Path(rest), MEANS)})}
    if kind == MeanSource.FORECAST and rest:
        reference = f"file:{rest}" if ":" in rest else rest
        return {"means": MeanSource.FORECAST, "forecast": OwnCode(reference)}
    if rest or means not in {MeanSource.HISTORICAL, MeanSource.EQUILIBRIUM, MeanSource.VIEWS}:
        raise WrongUse(f"--means {means}: there is no such source", SOURCES)
    return {"means": MeanSource(means)}


def _dated(files: Mapping[str, tuple[Path | None, Sort]]) -> dict[str, Dated]:
    """Numbers with their day, as the config's own files have them. Raises ``ConfigError``."""
    found, mistakes = {}, []
    for key, (path, sort) in files.items():
        if path is None:
            continue
        dated, wrong = read_dated(path, sort)
        mistakes += wrong
        if dated is not None:
            found[key] = dated
    if mistakes:
        raise ConfigError(mistakes)
    return found
