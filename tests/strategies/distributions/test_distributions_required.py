"""Required minimum distributions: who begins when, how much, by when, and from what."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.distributions.people import (
    Owner,
    Plan,
    Pot,
    beginning_date,
    first_year,
    starting_age,
)
from strategies.distributions.required import Required, required
from strategies.policy import TaxKind
from strategies.taxes.errors import BadTax

D = Decimal

BEGINS = """
born        at    first  begins
1946-03-15  70.5  2016   2017-04-01
1949-06-30  70.5  2019   2020-04-01
1949-07-01  72    2021   2022-04-01
1950-12-31  72    2022   2023-04-01
1951-01-01  73    2024   2025-04-01
1959-12-31  73    2032   2033-04-01
1960-01-01  75    2035   2036-04-01
1975-05-05  75    2050   2051-04-01
"""
"""26 U.S.C. 401(a)(9)(C)(v) as SECURE 2.0 section 107 left it; who was 70 1/2 before 2020 stays."""


@pytest.mark.parametrize("line", BEGINS.strip().splitlines()[1:])
def test_when_distributions_begin(line: str) -> None:
    born, at, first, begins = line.split()
    birth = date.fromisoformat(born)
    assert starting_age(birth) == D(at)
    assert first_year(birth) == int(first)
    assert beginning_date(birth) == date.fromisoformat(begins)


def pot(account: str = "ira", plan: Plan = Plan.IRA, owner: str = "me", **told: int) -> Pot:
    """An account by year: ``y2025`` is a value at its end, ``t2026`` what was taken in it."""
    ends = {int(key[1:]): D(value) for key, value in told.items() if key[0] == "y"}
    taken = {int(key[1:]): D(value) for key, value in told.items() if key[0] == "t"}
    return Pot(account, owner, TaxKind.TRADITIONAL, plan, ends, taken)


def asked(year: int, birth: str, *pots: Pot, spouse: str = "") -> Required:
    other = date.fromisoformat(spouse) if spouse else None
    return required(year, (Owner("me", date.fromisoformat(birth), other),), pots)


def test_the_published_example() -> None:
    """100,000 at the end of 2022, 75 in 2023, a spouse six years younger as sole beneficiary.

    Over 24.6 that is 4,065 (IRS Publication 590-B, Distribution period).
    """
    (due,) = asked(2023, "1948-05-04", pot(y2022=100_000), spouse="1954-05-04").dues
    assert (due.age, due.table, due.period) == (75, "uniform", D("24.6"))
    assert due.required == D("4065.05"), "4,065.04 and a part of a cent, rounded up"
    assert due.due == date(2023, 12, 31)


def test_a_fund_company_s_example_of_the_joint_table() -> None:
    """262,000, 76 and 60 this year: over 28.2 that is 9,290.78 (Capital Group, IRS joint table)."""
    (due,) = asked(2026, "1950-05-04", pot(y2025=262_000), spouse="1966-05-04").dues
    assert (due.table, due.period, due.required) == ("joint", D("28.2"), D("9290.79"))


def test_a_much_younger_spouse_takes_the_joint_table() -> None:
    younger = asked(2023, "1948-05-04", pot(y2022=100_000), spouse="1963-12-31").dues[0]
    assert (younger.table, younger.period, younger.required) == (
        "joint",
        D("28.3"),
        D("3533.57"),
    )
    ten = asked(2023, "1948-05-04", pot(y2022=100_000), spouse="1958-01-01").dues[0]
    assert ten.table == "uniform", "ten years are not more than ten"


def test_who_waits_takes_two_in_the_second_year() -> None:
    """73 in 2024: for 2024 by April 1, 2025, and for 2025 by December 31, 2025."""
    ira = pot(y2023=265_000, y2024=255_000)
    (first,) = asked(2024, "1951-08-20", ira).dues
    assert (first.required, first.due) == (D(10_000), date(2025, 4, 1))
    late, now = asked(2025, "1951-08-20", ira).dues
    assert (late.year, late.due, late.left) == (2024, date(2025, 4, 1), D(10_000))
    assert (now.year, now.due, now.left) == (2025, date(2025, 12, 31), D(10_000))


def test_what_was_taken_counts_for_the_older_year_first() -> None:
    ira = pot(y2023=265_000, y2024=255_000, t2024=4_000, t2025=9_000)
    late, now = asked(2025, "1951-08-20", ira).dues
    assert late.left == 0
    assert (now.taken, now.left) == (D(3_000), D(7_000))
    (done,) = asked(2025, "1951-08-20", pot(y2023=265_000, y2024=255_000, t2024=12_000)).dues
    assert (done.year, done.left) == (2025, D(10_000)), "an excess counts for no later year"


def test_iras_are_added_and_plans_are_not() -> None:
    """Two IRAs may be taken from one of them, two 401(k) plans each from its own."""
    pots = (
        pot("a", y2025=246_000),
        pot("b", y2025=49_200, t2026=11_000),
        pot("c", Plan.K401, y2025=24_600),
        pot("d", Plan.K401, y2025=24_600, t2026=2_000),
        pot("e", Plan.B403, y2025=24_600),
        pot("f", Plan.B403, y2025=24_600),
    )
    iras, one, other, schools = asked(2026, "1951-02-02", *pots).dues
    assert [share.required for share in iras.shares] == [D(10_000), D(2_000)]
    assert (iras.required, iras.taken, iras.left) == (D(12_000), D(11_000), D(1_000))
    assert iras.reserve == {"a": D(1_000), "b": D(0)}
    assert (one.left, other.left) == (D(1_000), D(0))
    assert schools.required == D(2_000)


def test_accounts_of_which_nothing_is_due() -> None:
    pots = (
        Pot("roth", "me", TaxKind.ROTH),
        Pot("hsa", "me", TaxKind.HSA),
        Pot("main", "", TaxKind.TAXABLE),
        pot("uncle", Plan.INHERITED),
        Pot("job", "me", TaxKind.TRADITIONAL, Plan.K401, working=True),
    )
    found = asked(2026, "1952-02-02", *pots)
    assert found.dues == ()
    why = {one.account: one.why for one in found.nothing}
    assert why["roth"] == "a Roth owes nothing while its owner lives"
    assert "not worked out here" in why["uncle"]
    assert "before the year of retirement" in why["job"]
    young = asked(2026, "1960-02-02", pot()).nothing
    assert [one.why for one in young] == ["the first year of me is 2035"]


def test_a_roth_in_a_plan_owes_nothing_since_2024() -> None:
    roth = Pot("job", "me", TaxKind.ROTH, Plan.K401)
    assert "owes nothing" in asked(2024, "1948-02-02", roth).nothing[0].why
    assert "before 2024 not worked out" in asked(2023, "1948-02-02", roth).nothing[0].why
    inherited = Pot("aunt", "me", TaxKind.ROTH, Plan.INHERITED)
    assert asked(2026, "1948-02-02", inherited).nothing[0].why.startswith("inherited")


def test_the_accounts_of_a_couple_are_never_added() -> None:
    people = (Owner("me", date(1951, 2, 2)), Owner("you", date(1950, 2, 2)))
    pots = (pot("mine", y2025=246_000), pot("yours", owner="you", y2025=237_000))
    dues = required(2026, people, pots).dues
    assert [(due.owner, due.required) for due in dues] == [
        ("me", D(10_000)),
        ("you", D(10_000)),
    ]


def test_what_is_not_told_is_asked_for() -> None:
    with pytest.raises(BadTax, match="ira: its value at the end of 2025 is not told"):
        asked(2026, "1951-02-02", pot(y2024=5))
    with pytest.raises(BadTax, match="2021: the tables here are in force since 2022"):
        asked(2021, "1940-02-02", pot(y2020=5))
    with pytest.raises(BadTax, match="ira: its owner nobody has no birth date"):
        asked(2026, "1952-02-02", pot(owner="nobody", y2025=5))
    with pytest.raises(BadTax, match="ira: at the end of 2025 is -5"):
        pot(y2025=-5)


@given(
    balance=st.integers(0, 10**9).map(lambda cents: D(cents) / 100),
    born=st.integers(1920, 1951),
    taken=st.integers(0, 10**8).map(lambda cents: D(cents) / 100),
)
def test_what_is_left_and_taken_is_never_less_than_required(
    balance: Decimal, born: int, taken: Decimal
) -> None:
    one = Pot("ira", "me", TaxKind.TRADITIONAL, Plan.IRA, {2025: balance}, {2026: taken})
    (due,) = [due for due in asked(2026, f"{born}-06-01", one).dues if due.year == 2026]
    assert due.required * due.period >= balance > (due.required - D("0.01")) * due.period or (
        balance == 0 == due.required
    )
    assert due.left == max(D(0), due.required - taken) == sum(due.reserve.values())
