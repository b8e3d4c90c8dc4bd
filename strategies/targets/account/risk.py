"""How the names move together, by their price histories: what a strategy weighs them by."""

from dataclasses import dataclass

from strategies.optimize.problem import Array
from strategies.policy.target import Estimator
from strategies.risk.covariance import estimate
from strategies.risk.estimators import estimate_by
from strategies.risk.model import DAYS_PER_YEAR, Covariance
from strategies.risk.refusal import NoRisk
from strategies.risk.returns import Returns, align
from strategies.targets.account.asked import Asked
from strategies.targets.refusal import NoTarget


@dataclass(frozen=True, slots=True)
class Moved:
    """Daily ``returns`` of all names, their annual ``covariance``, and notes on both."""

    returns: Returns
    covariance: Covariance
    notes: tuple[str, ...]

    @property
    def values(self) -> Array:
        """Daily returns (T, n), a column for each name."""
        return self.returns.values


def moved(asked: Asked) -> Moved:
    """Returns and covariance of all names. Raises ``NoTarget`` where a name has no history to use.

    A guess in place of a history would make an unknown name look calm, or a calm one risky.
    """
    history = asked.snapshot.history
    returns = align(asked.symbols, history)
    if len(returns.columns) < len(asked.symbols):
        known = {asked.symbols[column] for column in returns.columns}
        missing = next(symbol for symbol in asked.symbols if symbol not in known)
        said = next((note for note in returns.notes if note.startswith(f"{missing}:")), missing)
        raise NoTarget(f"{asked.strategy} needs a price history of every name: {said}")
    kind = asked.recipe.covariance
    if kind is Estimator.FACTORS:
        model = estimate(asked.symbols, history)
        return Moved(returns, model, model.notes)
    try:
        found = estimate_by(kind, returns.values, periods=DAYS_PER_YEAR, names=asked.symbols)
    except NoRisk as exc:
        raise NoTarget(f"the covariance cannot be estimated: {exc}") from exc
    condition = f"covariance by {kind}, condition of the correlations {found.condition:.3g}"
    return Moved(returns, found.covariance, (*returns.notes, *found.repairs, condition))
