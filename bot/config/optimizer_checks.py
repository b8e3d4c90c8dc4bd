"""What is wrong between the keys of ``[accounts.NAME.optimizer]``; a rule is a row of a table."""

from collections.abc import Iterator, Sequence

from bot.config.checks import Finding, Rule, Subject
from bot.config.locate import KeyPath
from bot.config.optimizer_table import ExposureTable, GroupTable, TiltTable

HERE = "optimizer"


def _limits_of_something(of: Subject) -> Iterator[Finding]:
    """A group and an exposure have a limit, and its sides do not cross."""
    for place, group in enumerate(of.table.optimizer.groups):
        yield from _sides((HERE, "groups", place), group)
    for place, exposure in enumerate(of.table.optimizer.exposures):
        yield from _sides((HERE, "exposures", place), exposure)


def _sides(path: KeyPath, table: GroupTable | ExposureTable) -> Iterator[Finding]:
    low, high = table.low, table.high
    if low is None and high is None:
        yield Finding(path, None, f'"{table.name}" limits nothing; write min or max')
    elif low is not None and high is not None and low > high:
        yield Finding((*path, "max"), high, f"must be at least min, which is {low}")


def _members(of: Subject) -> Iterator[Finding]:
    for place, group in enumerate(of.table.optimizer.groups):
        path = (HERE, "groups", place, "members")
        if not group.members:
            yield Finding(path, None, "is empty; name the members")
        for symbol in _twice(group.members):
            yield Finding(path, symbol, "is in the list more than once")


def _coefficients(of: Subject) -> Iterator[Finding]:
    ours = of.table.optimizer
    exposures: Sequence[ExposureTable | TiltTable] = ours.exposures
    for key, tables in (("exposures", exposures), ("tilts", ours.tilts)):
        for place, table in enumerate(tables):
            if not any(table.coefficients.values()):
                problem = "is empty; write { SYMBOL = 1.0 }"
                yield Finding((HERE, key, place, "coefficients"), None, problem)


def _names_once(of: Subject) -> Iterator[Finding]:
    """Names tell limits apart in words, so that none stands for two; those on labels too."""
    ours = of.table.optimizer
    on_labels = {f"{column} {label}" for column, each in ours.limits.items() for label in each}
    for place, group in enumerate(ours.groups):
        if group.name in on_labels:
            problem = "is the name of a limit on labels already"
            yield Finding((HERE, "groups", place, "name"), group.name, problem)
    for key, tables in (("groups", ours.groups), ("exposures", ours.exposures)):
        names = [table.name for table in tables]
        for name in _twice(names):
            place = len(names) - 1 - names[::-1].index(name)
            yield Finding((HERE, key, place, "name"), name, "is the name of another one already")


def _lists(of: Subject) -> Iterator[Finding]:
    ours = of.table.optimizer
    for key in ("no_buy", "no_sell", "no_trade"):
        for symbol in _twice(getattr(ours, key)):
            yield Finding((HERE, key), symbol, "is in the list more than once")


def _labels(of: Subject) -> Iterator[Finding]:
    """Every limit is on a label that some name has."""
    ours = of.table.optimizer
    if ours.limits and ours.labels is None:
        problem = "needs labels, a CSV file with the header symbol,sector,..."
        yield Finding((HERE, "limits"), None, problem)
        return
    for column, limits in ours.limits.items():
        if column not in of.labels:
            known = ", ".join(of.labels) or "none"
            problem = f"{ours.labels} has no such column; it has: {known}"
            yield Finding((HERE, "limits", column), None, problem)
            continue
        known_labels = sorted(set(of.labels[column].values()))
        for label in limits:
            if label not in known_labels:
                problem = f"nothing has this {column}; there is: {', '.join(known_labels)}"
                yield Finding((HERE, "limits", column, label), None, problem)


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


RULES = (
    Rule(_limits_of_something, ((HERE, "groups"), (HERE, "exposures"))),
    Rule(_members, ((HERE, "groups"),)),
    Rule(_coefficients, ((HERE, "exposures"), (HERE, "tilts"))),
    Rule(_names_once, ((HERE, "groups"), (HERE, "exposures"), (HERE, "limits"))),
    Rule(_lists, ((HERE, "no_buy"), (HERE, "no_sell"), (HERE, "no_trade"))),
    Rule(_labels, ((HERE, "labels"), (HERE, "limits"))),
)
