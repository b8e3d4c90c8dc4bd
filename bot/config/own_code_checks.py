"""What is wrong between the keys of code of the owner's own; a rule is a row of a table."""

from collections.abc import Iterator

from bot.config.checks import Finding, Rule, Subject
from bot.config.own_code import Reference
from bot.config.secret_names import looks_secret
from bot.outside import ARGUMENTS


def _only_with_own_code(of: Subject) -> Iterator[Finding]:
    target = of.table.target
    if isinstance(target.strategy, Reference) or isinstance(target.means, Reference):
        return
    for key in ("code", "parameters"):
        if key in target.model_fields_set:
            problem = 'is for your own code, as of strategy = "file:my_strategy.py:weights"'
            yield Finding(("target", key), None, problem)


def _parameter_names(of: Subject) -> Iterator[Finding]:
    for name in of.table.target.parameters:
        path = ("target", "parameters", name)
        if name in ARGUMENTS:
            yield Finding(path, None, "is what your code is given anyway; call it otherwise")
        elif looks_secret(name):
            problem = "a secret does not belong here; let your code read it from a file of its own"
            yield Finding(path, None, problem)


RULES = (
    Rule(_only_with_own_code, (("target", "strategy"),)),
    Rule(_parameter_names, (("target", "parameters"),)),
)
