"""What is wrong between the keys of households, and of what an account harvests."""

from collections.abc import Iterator

from bot.config.build_household import household_of
from bot.config.checks import Finding, Rule, Subject
from bot.config.file_checks import FileRule
from bot.config.household_table import HouseholdTable
from bot.config.locate import KeyPath
from bot.config.shape import FileTable
from strategies.policy import TaxKind

ONE, MANY = "household", "households"


def _tables(file: FileTable) -> Iterator[tuple[KeyPath, HouseholdTable]]:
    """Every household that is written down, and where."""
    yield (ONE,), file.household
    for name, table in file.households.items():
        yield (MANY, name), table


def _named(file: FileTable) -> Iterator[Finding]:
    """Every household that an account names is there: a slip would tear a family apart."""
    own = {household_of(name, table) for name, table in file.accounts.items()}
    unsaid = {
        household_of(name, table)
        for name, table in file.accounts.items()
        if table.household is None
    }
    for name, table in file.accounts.items():
        said = table.household
        if said is not None and said not in file.households and said not in unsaid:
            problem = f"there is no table [{MANY}.{said}]; write one, or leave the key out"
            yield Finding(("accounts", name, ONE), said, problem)
    for name in file.households:
        if name not in own:
            problem = f'is nobody\'s; write household = "{name}" in its accounts, or take it out'
            yield Finding((MANY, name), None, problem)
    if ONE in file.model_fields_set and file.accounts and "" not in own:
        problem = "is nobody's: every account has a household of its own; take it out"
        yield Finding((ONE,), None, problem)


def _identical(file: FileTable) -> Iterator[Finding]:
    """Groups of two or more, and no symbol in two of them."""
    for path, table in _tables(file):
        where = (*path, "identical")
        group_of: dict[str, tuple[str, ...]] = {}
        for group in table.identical or ():
            if len(set(group)) == 1:
                problem = "is a group of one: every symbol is that anyway; name two or more"
                yield Finding(where, group[0], problem)
            for symbol in dict.fromkeys(group):
                if group_of.setdefault(symbol, group) is not group:
                    yield Finding(where, symbol, "is in two groups; make them one")


def _substitutes(file: FileTable) -> Iterator[Finding]:
    """Each once, and none that the rule takes for the same."""
    for path, table in _tables(file):
        group_of = {symbol: group[0] for group in table.identical or () for symbol in group}
        for symbol, others in table.substitutes.items():
            where = (*path, "substitutes", symbol)
            for other in dict.fromkeys(others):
                if others.count(other) > 1:
                    yield Finding(where, other, "is in the list more than once")
                if other == symbol:
                    yield Finding(where, other, "cannot stand for itself")
                elif group_of.get(other, other) == group_of.get(symbol, symbol):
                    problem = f"is substantially identical to {symbol}, as identical says"
                    yield Finding(where, other, f"{problem}: it would take the loss")


def _holdings(file: FileTable) -> Iterator[Finding]:
    """Of funds that stand for another, or that others stand for."""
    for path, table in _tables(file):
        names = {
            *table.substitutes,
            *(each for some in table.substitutes.values() for each in some),
        }
        for symbol in table.holdings:
            if symbol not in names:
                problem = "stands for nothing, and nothing for it: see substitutes"
                yield Finding((*path, "holdings", symbol), None, problem)
        if table.overlap_max is not None and not table.holdings:
            problem = "is not used: no file tells what the funds hold (holdings)"
            yield Finding((*path, "overlap_max"), None, problem)


def _rates(file: FileTable) -> Iterator[Finding]:
    """Rates together that leave something of a gain."""
    for path, table in _tables(file):
        parts = table.rates
        if parts is None:
            continue
        for term in ("short", "long"):
            both = (getattr(parts, f"federal_{term}"), getattr(parts, f"state_{term}"))
            if sum(both, parts.net_investment) >= 1:
                problem = f"take all of a {term}-term gain together: 0.15 is 15 %"
                yield Finding((*path, "rates"), None, problem)


def _trades(file: FileTable) -> Iterator[Finding]:
    """No file twice, in one household or in two: what is in it would count for both."""
    owner_of: dict[str, KeyPath] = {}
    for path, table in _tables(file):
        where = (*path, "trades")
        for name in dict.fromkeys(table.trades):
            owner = owner_of.setdefault(name, path)
            if table.trades.count(name) > 1:
                yield Finding(where, name, "is in the list more than once")
            if owner != path:
                yield Finding(where, name, f"belongs to {'.'.join(map(str, owner))} already")


def _taxable(of: Subject) -> Iterator[Finding]:
    """Losses are taken where they save tax."""
    kind = of.table.tax.kind
    is_on = "harvest" in of.table.model_fields_set and of.table.harvest.enabled
    if is_on and kind is not TaxKind.TAXABLE:
        problem = f'is not used while tax.kind = "{kind.value}": no loss is realised there'
        yield Finding(("harvest",), None, f"{problem}; take it out")


FILE_RULES = (
    FileRule(_named, (("accounts",), (MANY,), (ONE,))),
    FileRule(_identical, ((MANY,), (ONE,))),
    FileRule(_substitutes, ((MANY,), (ONE,))),
    FileRule(_holdings, ((MANY,), (ONE,))),
    FileRule(_rates, ((MANY,), (ONE,))),
    FileRule(_trades, ((MANY,), (ONE,))),
)
RULES = (Rule(_taxable, (("harvest",), ("tax", "kind"))),)
