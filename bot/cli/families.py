"""Which household a verb is about, and what the command line puts in place of the config's word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.config.settings import HouseholdSettings, Outside
from brokers.words import Environment, Symbol
from strategies.washes.nouns import OWNER_SAYS

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config

UNNAMED = "household"
"""What the household of accounts that name none is called: as its table is."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says instead of the config; None where it says nothing."""

    files: tuple[Path, ...] | None = None
    identical: tuple[tuple[Symbol, ...], ...] | None = None
    outside: tuple[Outside, ...] | None = None

    def over(self, settings: HouseholdSettings) -> HouseholdSettings:
        """The settings with these in their place."""
        return replace(
            settings,
            files=settings.files if self.files is None else self.files,
            identical=settings.identical if self.identical is None else self.identical,
            outside=settings.outside if self.outside is None else self.outside,
        )


@dataclass(frozen=True, slots=True)
class Family:
    """A household and those of its accounts that count; ``left_out`` are the names of the rest."""

    settings: HouseholdSettings
    accounts: "tuple[AccountConfig, ...]"
    left_out: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of accounts that do not count."""
        names = ", ".join(self.left_out)
        return (f"left out, with no real money in it: {names}",) if names else ()


def given(
    files: Sequence[Path] | None, identical: Sequence[str] | None, outside: Sequence[str] | None
) -> Given:
    """The options understood."""
    return Given(
        tuple(files) if files else None,
        groups(identical) if identical else None,
        kinds(outside) if outside else None,
    )


def families(config: "Config") -> tuple[Family, ...]:
    """Each household with its accounts of real money, or all of them where none has any."""
    return tuple(_family(config, each) for each in config.households)


def _family(config: "Config", settings: HouseholdSettings) -> Family:
    members = tuple(one for one in config.accounts if one.household == settings.name)
    live = tuple(one for one in members if one.environment is Environment.LIVE)
    counted = live or members
    left_out = tuple(str(one.account) for one in members if one not in counted)
    return Family(settings, counted, left_out)


def family_of(config: "Config", account: "AccountConfig") -> Family:
    """The household of ``account``: its accounts of the same kind of money."""
    settings = next(each for each in config.households if each.name == account.household)
    alike = tuple(
        one
        for one in config.accounts
        if (one.household, one.environment) == (account.household, account.environment)
    )
    return Family(settings, alike)


def family(config: "Config", name: str | None) -> Family:
    """The household that is named; unsaid the only one, or the only one with real money."""
    every = {each.settings.name or UNNAMED: each for each in families(config)}
    if name is not None and name not in every:
        remedy = f"there is: {', '.join(every)}"
        raise WrongUse(f"{config.path} has no household {name!r} with an account", remedy)
    if name is not None:
        return every[name]
    live = [each for each in every.values() if _is_live(each)]
    fitting = live or [*every.values()]
    if len(fitting) > 1:
        what = f"{config.path} has several households: {', '.join(every)}"
        raise WrongUse(what, f"name one: --household {next(iter(every))}")
    if not fitting:
        raise WrongUse(f"{config.path} has no account", "write a table [accounts.NAME]")
    return fitting[0]


def _is_live(one: Family) -> bool:
    return any(account.environment is Environment.LIVE for account in one.accounts)


def groups(lists: Iterable[str]) -> tuple[tuple[Symbol, ...], ...]:
    """The groups that the lists make; no symbol may be in two."""
    found: dict[str, dict[str, None]] = {}
    first_of: dict[str, str] = {}
    for said in lists:
        alike = [symbol.strip().upper() for symbol in said.split(",") if symbol.strip()]
        for symbol in alike:
            if first_of.setdefault(symbol, alike[0]) != alike[0]:
                raise WrongUse(f"--identical: {symbol} is in two lists", "make them one list")
            found.setdefault(alike[0], {})[symbol] = None
    return tuple(tuple(map(Symbol, group)) for group in found.values())


def kinds(words: Sequence[str]) -> tuple[Outside, ...]:
    """Kinds of account whose buys replace nothing, because the owner says so."""
    for word in words:
        if word.lower() not in OWNER_SAYS:
            remedy = f"an IRA counts (Rev. Rul. 2008-5); yours to set are {', '.join(OWNER_SAYS)}"
            raise WrongUse(f"--outside {word}: that is not left to the owner", remedy)
    return tuple(Outside(word.lower()) for word in words)
