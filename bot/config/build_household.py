"""From checked tables to households: who pays the tax, and which account belongs to whom."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.config.account_table import AccountTable
from bot.config.holdings_files import read_holdings
from bot.config.household_table import HouseholdTable, RatesTable
from bot.config.settings import HouseholdSettings, Substitutes
from bot.config.shape import FileTable
from bot.limits import Profile
from brokers.words import Symbol
from strategies.policy import TaxPolicy
from strategies.policy.overlap import Holdings, overlaps
from strategies.policy.taxpayer import HarvestPolicy, Taxpayer
from strategies.taxes.rates import Rates

NOBODY = HouseholdTable()


def household_of(name: str, table: AccountTable) -> str:
    """The household of account ``name``: empty for ``[household]``.

    An adviser's accounts are not one family's: each is a household of its own, called like the
    account, unless it names another.
    """
    if table.household is not None:
        return table.household
    return name if table.profile is Profile.ADVISER else ""


def household_table(file: FileTable, household: str) -> HouseholdTable:
    """Its table; all defaults where none is written."""
    return file.households.get(household, NOBODY) if household else file.household


def households(file: FileTable, folder: Path) -> Iterator[HouseholdSettings]:
    """Those that have an account, in the order of their first ones."""
    names = (household_of(name, table) for name, table in file.accounts.items())
    for name in dict.fromkeys(names):
        yield _household(name, household_table(file, name), folder)


def _household(name: str, table: HouseholdTable, folder: Path) -> HouseholdSettings:
    return HouseholdSettings(
        name=name,
        taxpayer=taxpayer(table, read_holdings(table, folder)[0]),
        identical=tuple(tuple(map(Symbol, group)) for group in table.identical or ()),
        outside=tuple(table.outside),
        files=tuple(folder / path for path in table.trades),
        substitutes=substitutes(table),
        buys_in_doubt=table.buys_in_doubt,
    )


def taxpayer(table: HouseholdTable, holdings: Mapping[str, Holdings]) -> Taxpayer:
    """Who pays the tax; ``holdings`` are those of funds, as the owner's files tell them."""
    return Taxpayer(
        table.filing,
        table.carryover_short,
        table.carryover_long,
        table.may_defer,
        tuple(map(Symbol, table.exempt)),
        table.gains_short,
        table.gains_long,
        tuple(map(Symbol, table.no_harvest)),
        overlaps(substitutes(table), holdings),
        table.overlap_max,
    )


def tax(table: AccountTable, household: HouseholdTable) -> TaxPolicy:
    """The account's own rates, where it says any; else those of its household, put together."""
    own = table.tax
    short, long = own.short_rate, own.long_rate
    if household.rates is not None:
        rates = _rates(household.rates)
        short = short if "short_rate" in own.model_fields_set else rates.short
        long = long if "long_rate" in own.model_fields_set else rates.long
    return TaxPolicy(own.kind, short, long, own.relief, own.wait_days)


def _rates(table: RatesTable) -> Rates:
    return Rates(
        table.federal_short,
        table.federal_long,
        table.state_short,
        table.state_long,
        table.net_investment,
        table.state_deductible,
    )


def substitutes(table: HouseholdTable) -> Substitutes:
    """What may be bought in place of a symbol."""
    return tuple(
        (Symbol(symbol), tuple(map(Symbol, others)))
        for symbol, others in sorted(table.substitutes.items())
    )


def harvest(table: AccountTable, household: HouseholdTable) -> HarvestPolicy | None:
    """What the owner wants of harvesting; None where the table is not there, or says no."""
    wishes = table.harvest
    if "harvest" not in table.model_fields_set or not wishes.enabled:
        return None
    return HarvestPolicy(
        substitutes=substitutes(household),
        horizon_years=wishes.horizon_years,
        growth=wishes.growth,
        discount=wishes.discount,
        net_min=wishes.min_usd,
        fall_min=wishes.min_fall,
        swap_back=wishes.swap_back,
        gains_max=wishes.gains_max,
    )
