"""What is asked about: an account's own problem, or one out of a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.cli.exits import WrongUse
from bot.cli.optimizing.document import Asked, read
from brokers.words import Environment, Symbol
from strategies.drift import findings, look_at
from strategies.optimize.problem import Problem
from strategies.optimize.whatif.scaled import is_settled, roomy
from strategies.optimize.whatif.words import Money
from strategies.policy import Policy
from strategies.proposal import Question, question
from strategies.shocks import in_fractions
from strategies.snapshot import Snapshot

CASH = "cash"
TAX_RATE = 0.2
"""On what a gain grows or shrinks by under a shock, where a file does not say it."""
GRAIN = 1e-6
PRESSED = 1.01
"""An aversion so many times that of the policy is one that was raised."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind a case, in fractions of shares.

    ``as_planned`` where names may go only where the plan may bring them, else they may rest
    anywhere on their way to target.
    """

    snapshot: Snapshot
    policy: Policy
    as_planned: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A problem with a name for each of its rows; ``account`` is None for a file.

    ``tax_rate`` is what gains are taxed at that a shock makes or takes, in a file's problem.
    """

    subject: str
    problem: Problem
    names: tuple[str, ...]
    notes: tuple[str, ...]
    account: Account | None = None
    tax_rate: float = TAX_RATE

    @property
    def money(self) -> Money | None:
        """What its NAV is, if that is known."""
        if self.account is None:
            return None
        snapshot = self.account.snapshot
        return Money(float(snapshot.nav), str(snapshot.base))

    @property
    def environment(self) -> Environment | None:
        """Whether the money is real; None for a file."""
        return None if self.account is None else self.account.snapshot.environment


def of_account(snapshot: Snapshot, policy: Policy, *, as_planned: bool) -> Case:
    """The problem of the account. Raises ``Unjudgeable`` where there is none."""
    snapshot, policy = in_fractions(snapshot, policy)
    account = Account(snapshot, policy, as_planned)
    asked = question(snapshot, policy, to_target=not as_planned)
    return Case(
        subject=str(policy.account),
        problem=_problem(asked, account),
        names=(*map(str, asked.symbols), CASH),
        notes=(FRACTIONS, *_notes(asked, account), *snapshot.warnings),
        account=account,
    )


def _notes(asked: Question, account: Account) -> Iterator[str]:
    """What to bear in mind when its figures are read."""
    snapshot, policy = account.snapshot, account.policy
    has_reasons = bool(findings(look_at(snapshot, policy), policy)[0])
    if not account.as_planned:
        yield ON_THE_WAY if has_reasons else f"{QUIET}; {ON_THE_WAY}"
    elif is_settled(asked.problem):
        yield SETTLED
    else:
        yield AS_PLANNED if has_reasons else QUIET
    if asked.problem.risk_aversion > PRESSED * float(policy.worth.variance_price):
        yield PRESSING
    ours, theirs = asked.problem.turnover, policy.optimizer.turnover_max
    if ours is not None and theirs is not None and abs(ours - float(theirs)) > GRAIN:
        yield f"turnover <= {100 * theirs:.2f} % is {100 * ours:.2f} % here, where cash counts too"
    if policy.optimizer.cost_aversion != 1 or policy.optimizer.tax_aversion != 1:
        yield AVERSE


FRACTIONS = "asked in fractions of shares; trimtab plan rounds to what the broker takes"
QUIET = "nothing asks for a plan now"
ON_THE_WAY = "each name may rest anywhere between today's weight and its target"
AS_PLANNED = (
    "each name may go where the plan may bring it; tracking error is against what the plan aims "
    "at, which is inside the bands"
)
SETTLED = (
    "the plan brings every name to its target and leaves nothing to choose: here each may rest "
    "anywhere on its way there"
)
PRESSING = (
    "trades are wanted whatever they cost, so that risk counts many times as much as usual: the "
    "objective and the prices are in that measure"
)
AVERSE = "costs and taxes are counted as cost_aversion and tax_aversion say"


def _problem(asked: Question, account: Account) -> Problem:
    """The problem that is asked about: one with something to choose."""
    is_bare = account.as_planned and is_settled(asked.problem)
    return roomy(asked.problem) if is_bare else asked.problem


def asked_again(account: Account, snapshot: Snapshot, policy: Policy) -> Problem:
    """The problem of the same account, seen or governed otherwise. Raises ``Unjudgeable``."""
    return _problem(question(snapshot, policy, to_target=not account.as_planned), account)


def of_file(path: Path, text: str, tax_rate: float) -> Case:
    """The problem in ``text``. Raises ``BadDocument``."""
    asked = read(text)
    _refuse_beyond(path, asked)
    problem, grid = asked.problem, asked.grid
    names = [f"name {place}" for place in range(problem.size)]
    if grid is not None:
        names[grid.cash] = CASH
    notes = [] if grid is None else ["asked in fractions of shares, whatever its grid says"]
    if asked.allow_loss_and_buy:
        notes.append("no loss is sold and bought back, whatever allow_loss_and_buy says")
    return Case(path.name, problem, tuple(names), (*notes, *asked.repairs), tax_rate=tax_rate)


def _refuse_beyond(path: Path, asked: Asked) -> None:
    """What has no prices: terms that only the cone solver takes, and gains that are netted."""
    if asked.needs_cone or asked.netting is not None:
        what = "netting" if asked.netting is not None else "terms that only the cone solver takes"
        raise WrongUse(f"{path}: it has {what}, which have no prices here", "leave them out")


def shocks_by_symbol(case: Case, shocks: "list[float]") -> Mapping[Symbol, Decimal]:
    """Shocks row by row as an account knows them: by symbol, without cash."""
    pairs = zip(case.names, shocks, strict=True)
    return {Symbol(name): Decimal(repr(shock)) for name, shock in pairs if shock and name != CASH}
