"""What a document asks for, in the solver's nouns."""

from dataclasses import dataclass

from strategies.optimize.cone import OwnTerm
from strategies.optimize.cone.terms import NOTHING, Terms
from strategies.optimize.netting.gains import Gains
from strategies.optimize.netting.law import Netting
from strategies.optimize.problem import SQUARE_ROOT_LAW, Problem
from strategies.optimize.whole.grid import Grid


@dataclass(frozen=True, slots=True)
class Asked:
    """The problem, and whether a loss may be sold and the same name bought.

    ``terms`` are those that only the cone solver takes; with ``netting`` the lots are in ``gains``
    and the problem has none; ``grid`` is there where whole shares are asked for. ``own`` is a term
    that a user wrote. ``repairs`` says what was changed in the covariance.
    """

    problem: Problem
    allow_loss_and_buy: bool
    terms: Terms = NOTHING
    gains: tuple[Gains, ...] = ()
    netting: Netting | None = None
    grid: Grid | None = None
    repairs: tuple[str, ...] = ()
    own: OwnTerm | None = None

    @property
    def needs_cone(self) -> bool:
        """Whether the kernel cannot take it."""
        beyond = self.own is not None or not self.terms.are_none
        return beyond or self.problem.exponent != SQUARE_ROOT_LAW
