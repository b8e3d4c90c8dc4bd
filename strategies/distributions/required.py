"""Required minimum distributions: how much must be out of which accounts, and by when.

For each year the value at the end of the year before over the distribution period, by December 31;
for the first year by April 1 of the next, so that who waits takes two in that year (26 U.S.C.
401(a)(9), 408(a)(6); 26 CFR 1.401(a)(9)-5; IRS Publication 590-B). Each amount is worked out by
account; IRAs of one owner may then be taken from any of them, 403(b) accounts likewise, an
employer's other plans may not. What is taken in excess counts for no later year.

Roth accounts owe nothing while the owner lives (408A(c)(4), 402A(d)(5)), nor does an HSA. What is
distributed in kind counts at its value of that day, which becomes its basis.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal

from brokers.words import ZERO
from strategies.distributions.people import Owner, Plan, Pot, first_year
from strategies.distributions.tables import joint, uniform
from strategies.policy import TaxKind
from strategies.taxes.errors import BadTax

CENT = Decimal("0.01")
TABLES_SINCE = 2022
ROTH_PLANS_FREE_SINCE = 2024
"""26 U.S.C. 402A(d)(5), SECURE 2.0 section 325: before that only a Roth IRA owed nothing."""
MUCH_YOUNGER = 10
"""Years: a spouse who is more than these younger makes it the joint table."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one account owes for one year, and what was taken of it already.

    ``left`` of accounts that are taken together may come from any of them.
    """

    account: str
    balance: Decimal
    required: Decimal
    taken: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What one owner must take from accounts that count together, for ``year``, by ``due``."""

    owner: str
    plan: Plan
    year: int
    due: date
    age: int
    table: str
    period: Decimal
    shares: tuple[Share, ...]

    @property
    def required(self) -> Decimal:
        """Of all of them."""
        return sum((one.required for one in self.shares), ZERO)

    @property
    def taken(self) -> Decimal:
        """Already."""
        return sum((one.taken for one in self.shares), ZERO)

    @property
    def left(self) -> Decimal:
        """What is still to come."""
        return max(ZERO, self.required - self.taken)

    @property
    def reserve(self) -> Mapping[str, Decimal]:
        """Dollars to have in cash by the day, by account: each its own, as far as they are left."""
        left, found = self.left, dict[str, Decimal]()
        for one in self.shares:
            found[one.account] = min(left, max(ZERO, one.required - one.taken))
            left -= found[one.account]
        return found


@dataclass(frozen=True, slots=True)
class Nothing:
    """An account of which nothing is due, or nothing is known here, and why."""

    account: str
    why: str


@dataclass(frozen=True, slots=True)
class Required:
    """All that falls due in ``year``, or next April for it; the soonest first."""

    year: int
    dues: tuple[Due, ...]
    nothing: tuple[Nothing, ...]


def required(year: int, owners: Sequence[Owner], pots: Sequence[Pot]) -> Required:
    """What must be taken in ``year``; raises ``BadTax`` where a value that it needs is missing."""
    if year < TABLES_SINCE:
        what = f"{year}: the tables here are in force since {TABLES_SINCE}"
        raise BadTax(what, "the years before had others")
    known = {owner.name: owner for owner in owners}
    nothing = tuple(Nothing(pot.account, why) for pot in pots if (why := _exempt(pot, year)))
    owing = [pot for pot in pots if not _exempt(pot, year)]
    for pot in owing:
        if pot.owner not in known:
            whose = f"its owner {pot.owner} has no birth date" if pot.owner else "it has no owner"
            raise BadTax(
                f"{pot.account}: {whose}", f"people with one: {', '.join(known) or 'none'}"
            )
    early = tuple(_early(year, known, owing))
    dues = (due for group in _groups(owing) for due in _dues(year, known[group[0].owner], group))
    return Required(year, tuple(sorted(dues, key=lambda one: one.due)), (*nothing, *early))


def _exempt(pot: Pot, year: int) -> str:
    """Why nothing is due of it or nothing is known here, whoever owns it."""
    if pot.kind is TaxKind.ROTH and pot.plan is not Plan.IRA and year < ROTH_PLANS_FREE_SINCE:
        return f"a Roth account in a plan: before {ROTH_PLANS_FREE_SINCE} not worked out here"
    if pot.plan is Plan.INHERITED:
        return "inherited: the ten-year rule and its exceptions are not worked out here"
    if pot.kind is not TaxKind.TRADITIONAL:
        return {
            TaxKind.TAXABLE: "a taxable account has no required distributions",
            TaxKind.ROTH: "a Roth owes nothing while its owner lives",
            TaxKind.HSA: "an HSA has no required distributions",
        }[pot.kind]
    if pot.working and pot.plan is not Plan.IRA:
        return "still working for its sponsor: nothing is due before the year of retirement"
    return ""


def _early(year: int, known: dict[str, Owner], pots: Iterable[Pot]) -> Iterator[Nothing]:
    for pot in pots:
        first = first_year(known[pot.owner].birth)
        if year < first:
            yield Nothing(pot.account, f"the first year of {pot.owner} is {first}")


def _groups(pots: Iterable[Pot]) -> Iterator[list[Pot]]:
    """Accounts that count together: the IRAs of an owner, the 403(b)s; others alone."""
    together: dict[tuple[str, Plan, str], list[Pot]] = {}
    for pot in pots:
        alone = pot.account if pot.plan is Plan.K401 else ""
        together.setdefault((pot.owner, pot.plan, alone), []).append(pot)
    yield from together.values()


def _dues(year: int, owner: Owner, pots: Sequence[Pot]) -> Iterator[Due]:
    first = first_year(owner.birth)
    spent = {pot.account: pot.taken.get(year, ZERO) for pot in pots}
    if year == first + 1:
        before = {pot.account: pot.taken.get(first, ZERO) for pot in pots}
        both = {name: before[name] + spent[name] for name in spent}
        late = _due(first, owner, pots, both)
        if late.required > sum(before.values(), ZERO):
            yield late
            spent = _over(late, before, spent)
    if year >= first:
        yield _due(year, owner, pots, spent)


def _over(late: Due, before: dict[str, Decimal], spent: dict[str, Decimal]) -> dict[str, Decimal]:
    """What this year's withdrawals leave for this year after those of the first are met."""
    missing = late.required - sum(before.values(), ZERO)
    left: dict[str, Decimal] = {}
    for name, amount in spent.items():
        used = min(amount, missing)
        left[name], missing = amount - used, missing - used
    return left


def _due(year: int, owner: Owner, pots: Sequence[Pot], taken: dict[str, Decimal]) -> Due:
    table, period = _period(owner, year)
    is_first = year == first_year(owner.birth)
    return Due(
        owner=owner.name,
        plan=pots[0].plan,
        year=year,
        due=date(year + 1, 4, 1) if is_first else date(year, 12, 31),
        age=owner.age_in(year),
        table=table,
        period=period,
        shares=tuple(_share(pot, year, period, taken[pot.account]) for pot in pots),
    )


def _period(owner: Owner, year: int) -> tuple[str, Decimal]:
    age = owner.age_in(year)
    if owner.spouse is None or age - (year - owner.spouse.year) <= MUCH_YOUNGER:
        return "uniform", uniform(age)
    return "joint", joint(age, year - owner.spouse.year)


def _share(pot: Pot, year: int, period: Decimal, taken: Decimal) -> Share:
    """A distribution is rounded up: a cent less would be missing."""
    if year - 1 not in pot.year_ends:
        what = f"{pot.account}: its value at the end of {year - 1} is not told"
        raise BadTax(what, "it stands on Form 5498 and on the statement of December")
    balance = pot.year_ends[year - 1]
    return Share(pot.account, balance, (balance / period).quantize(CENT, ROUND_UP), taken)
