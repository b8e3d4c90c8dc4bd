"""The solvers behind cvxpy: Clarabel, which can be stopped, and any other by its name.

Clarabel is called with the data that cvxpy compiles for it, because cvxpy does not pass on its
callback. An error in the listener would be lost in there; it is kept and raised afterwards.
"""

import warnings
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Self

from strategies.optimize.progress import Progress, Tick

if TYPE_CHECKING:
    import cvxpy as cp

TOLERANCES = {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-8, "tol_feas": 1e-9}
QP_SETTINGS: dict[str, dict[str, float]] = {
    "PIQP": {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iter": 500},
    "OSQP": {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iter": 200_000},
}
JAMMED = (
    "InsufficientProgress",
    "NumericalError",
    "MaxIterations",
    "AlmostSolved",
    "AlmostPrimalInfeasible",
    "AlmostDualInfeasible",
)
SETTLED = ("Solved", "PrimalInfeasible", "DualInfeasible")
STAGE = "cone solver"
NO_BOUND = -float("inf")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a solver ended, in its own word; the values are in the variables where ``has_values``.

    ``bound`` is the dual value where the solver vouches for it, else minus infinity.
    """

    word: str
    iterations: int
    bound: float
    has_values: bool

    @property
    def jammed(self) -> bool:
        """Whether Clarabel ended without a word that settles the matter, of its own accord."""
        return self.word in JAMMED

    @property
    def settled(self) -> bool:
        """Whether Clarabel vouches for what it says."""
        return self.word in SETTLED


def run_clarabel(program: "cp.Problem", tick: Tick, before: int = 0) -> Ran:
    """Solve ``program`` by Clarabel, to ``TOLERANCES``; ``tick`` may end it.

    Iterations count on from ``before``. Where it jams it is asked once more without scaling the
    rows, which often helps power cones.
    """
    import cvxpy as cp

    data, chain, inverse = program.get_problem_data(cp.CLARABEL, ignore_dpp=True, solver_opts={})
    listener = _Listener(tick, before)
    found = _clarabel(data, listener, scaled=True)
    if str(found.status) in JAMMED:
        listener.before = before + found.iterations
        again = _clarabel(data, listener, scaled=False)
        found = again if str(again.status) in SETTLED else found
    listener.raise_kept()
    return _take_over(program, found, chain, inverse)


def _clarabel(data: dict[str, Any], listener: "_Listener", *, scaled: bool) -> Any:  # noqa: ANN401
    import clarabel
    from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import dims_to_solver_cones
    from scipy.sparse import csc_array, triu

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.equilibrate_enable = scaled
    for name, value in TOLERANCES.items():
        setattr(settings, name, value)
    cones = dims_to_solver_cones(data["dims"])
    size = data["c"].size
    quadratic = triu(data["P"]).tocsc() if "P" in data else csc_array((size, size))
    solver = clarabel.DefaultSolver(quadratic, data["c"], data["A"], data["b"], cones, settings)
    solver.set_termination_callback(listener)
    return solver.solve()


def _take_over(program: "cp.Problem", found: Any, chain: Any, inverse: Any) -> Ran:  # noqa: ANN401
    """Put what Clarabel found into the variables, also where it vouches for nothing."""
    word = str(found.status)
    if "Infeasible" in word:
        return Ran(word, found.iterations, NO_BOUND, has_values=False)
    told = "Solved" if word == "Solved" else "AlmostSolved"
    names = ("x", "z", "obj_val", "iterations", "solve_time")
    stand_in = SimpleNamespace(status=told, **{name: getattr(found, name) for name in names})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "may be inaccurate": the word says so
        program.unpack_results(stand_in, chain, inverse)
    offset = float(program.value) - found.obj_val
    bound = found.obj_val_dual + offset if word == "Solved" else NO_BOUND
    return Ran(word, found.iterations, bound, has_values=True)


class _Listener:
    """Clarabel's callback: true ends the solve."""

    def __init__(self, tick: Tick, before: int) -> None:
        self._tick = tick
        self.before = before
        self._kept: BaseException | None = None

    def __call__(self, info: Any) -> bool:  # noqa: ANN401 - Clarabel's
        with self:
            return not self._tick(Progress(self.before + info.iterations, STAGE))
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        self._kept = error or self._kept
        return True

    def raise_kept(self) -> None:
        """Raise what the listener raised, an interrupt too."""
        if self._kept is not None:
            raise self._kept


def run_qp(program: "cp.Problem", solver: str) -> Ran:
    """Solve the quadratic ``program`` by PIQP or OSQP, which nobody can stop."""
    import cvxpy as cp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the word says so
            program.solve(solver=solver, ignore_dpp=True, **QP_SETTINGS[solver])
    except cp.error.SolverError as exc:
        return Ran(f"failed ({exc})", 0, NO_BOUND, has_values=False)
    has_values = program.status in ("optimal", "optimal_inaccurate")
    steps = program.solver_stats.num_iters or 0
    return Ran(program.status, steps, _qp_bound(program, solver), has_values)


def _qp_bound(program: "cp.Problem", solver: str) -> float:
    """PIQP's dual value; OSQP's is not to be had."""
    if solver != "PIQP" or program.status != "optimal":
        return NO_BOUND
    info = program.solver_stats.extra_stats["solution"].info
    return float(program.value - (info.primal_obj - info.dual_obj))


def installed() -> tuple[str, ...]:
    """Names of the solvers that cvxpy finds here."""
    import cvxpy as cp

    return tuple(cp.installed_solvers())
