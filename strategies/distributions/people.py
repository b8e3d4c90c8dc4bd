"""Owners of retirement accounts, and what they had at the end of each year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO
from strategies.policy import TaxKind
from strategies.taxes.errors import check

HALF_YEAR_MONTH = 6


class Plan(StrEnum):
    """What the account is in law; it decides what may be taken from what."""

    IRA = "ira"
    """Traditional, SEP and SIMPLE IRAs: one owner's together (26 CFR 1.408-8)."""
    K401 = "401k"
    """An employer's plan: each for itself."""
    B403 = "403b"
    """One owner's together (26 CFR 1.403(b)-6(e)(7))."""
    INHERITED = "inherited"
    """Under rules of its own, which are not worked out here."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person. ``spouse`` is the birth date of a spouse who is the sole beneficiary all year."""

    name: str
    birth: date
    spouse: date | None = None

    def age_in(self, year: int) -> int:
        """The age reached in ``year``."""
        return year - self.birth.year


@dataclass(frozen=True, slots=True)
class Pot:
    """An account of ``owner``: its value at the end of years, and what was taken out in them.

    ``working``: still employed by the sponsor of the plan, of whom 5 % or less is owned, so that
    nothing is due before the year of retirement (26 U.S.C. 401(a)(9)(C)).
    """

    account: str
    owner: str
    kind: TaxKind
    plan: Plan = Plan.IRA
    year_ends: Mapping[int, Decimal] = field(default_factory=dict)
    taken: Mapping[int, Decimal] = field(default_factory=dict)
    working: bool = False

    def __post_init__(self) -> None:
        """Raise ``BadTax`` where an amount is none."""
        for what, amounts in (("at the end of", self.year_ends), ("taken in", self.taken)):
            for year, amount in amounts.items():
                check(f"{self.account}: {what} {year}", amount, ZERO)


def starting_age(birth: date) -> Decimal:
    """The applicable age (26 U.S.C. 401(a)(9)(C)(v), SECURE 2.0 section 107).

    Of those born in 1959 the statute says both 73 and 75; it is 73 (proposed 26 CFR
    1.401(a)(9)-2(b)(2)(v), 2024).
    """
    if birth < date(1949, 7, 1):
        return Decimal("70.5")
    if birth < date(1951, 1, 1):
        return Decimal(72)
    return Decimal(73) if birth < date(1960, 1, 1) else Decimal(75)


def first_year(birth: date) -> int:
    """The first year for which a distribution is due."""
    age = starting_age(birth)
    is_half = age != int(age)
    late = is_half and birth.month > HALF_YEAR_MONTH
    return birth.year + int(age) + (1 if late else 0)


def beginning_date(birth: date) -> date:
    """The required beginning date: April 1 after the first year (401(a)(9)(C)(i))."""
    return date(first_year(birth) + 1, 4, 1)
