"""What a further dollar costs one taxpayer, and in which accounts."""

from decimal import Decimal

import pytest

from strategies.policy import TaxKind
from strategies.taxes import BadTax
from strategies.taxes.rates import (
    Filing,
    Rates,
    net_investment_rate,
    on_sale,
    on_withdrawal,
)
from strategies.taxes.term import Term

D = Decimal

# Federal short and long, state, net investment income tax, state deducted: short, long, wages.
COMBINED = [
    ("federal alone", Rates(D("0.24"), D("0.15")), "0.24", "0.15", "0.24"),
    # The top: 37 + 3.8 and 20 + 3.8 %; wages bear no net investment income tax.
    (
        "the highest federal rates",
        Rates(D("0.37"), D("0.20"), net_investment=D("0.038")),
        "0.408",
        "0.238",
        "0.37",
    ),
    # California's 13.3 % beside it: 54.1 and 37.1 %.
    (
        "with a state above the cap",
        Rates(D("0.37"), D("0.20"), D("0.133"), D("0.133"), D("0.038")),
        "0.541",
        "0.371",
        "0.503",
    ),
    # 5 % of state tax deducted at 24 %: 5 - 1.2 = 3.8 % more; from ordinary income, also for a
    # long-term gain, which is then 15 + 5 - 1.2 = 18.8 %.
    (
        "with a state that is deducted",
        Rates(D("0.24"), D("0.15"), D("0.05"), D("0.05"), state_deductible=True),
        "0.278",
        "0.188",
        "0.278",
    ),
    # And from net investment income, too: 5 x (1 - 0.37 - 0.038).
    (
        "deducted from both",
        Rates(D("0.37"), D("0.20"), D("0.05"), D("0.05"), D("0.038"), state_deductible=True),
        "0.4376",
        "0.2676",
        "0.4015",
    ),
]


@pytest.mark.parametrize(
    ("rates", "short", "long", "wages"),
    [row[1:] for row in COMBINED],
    ids=[row[0] for row in COMBINED],
)
def test_rates_add_up_to(rates: Rates, short: str, long: str, wages: str) -> None:
    assert (rates.short, rates.long, rates.ordinary) == (D(short), D(long), D(wages))
    assert (rates.of(Term.SHORT), rates.of(Term.LONG)) == (rates.short, rates.long)


@pytest.mark.parametrize(
    ("income", "filing", "rate"),
    [
        (200_000, Filing.SINGLE, "0"),
        (200_001, Filing.SINGLE, "0.038"),
        (200_001, Filing.HEAD, "0.038"),
        (250_000, Filing.JOINT, "0"),
        (250_001, Filing.JOINT, "0.038"),
        (125_001, Filing.SEPARATE, "0.038"),
    ],
)
def test_investment_income_is_taxed_above_a_threshold(
    income: int, filing: Filing, rate: str
) -> None:
    """26 U.S.C. 1411(b): 250,000 on a joint return, 125,000 apart, 200,000 for others."""
    assert net_investment_rate(D(income), filing) == D(rate)


KINDS = [  # a gain inside it short and long, a dollar taken out
    (TaxKind.TAXABLE, "0.438", "0.238", "0"),
    (TaxKind.TRADITIONAL, "0", "0", "0.4"),
    (TaxKind.ROTH, "0", "0", "0"),
    (TaxKind.HSA, "0", "0", "0"),
]


@pytest.mark.parametrize(("kind", "short", "long", "out"), KINDS)
def test_each_kind_of_account_is_taxed_in_its_own_way(
    kind: TaxKind, short: str, long: str, out: str
) -> None:
    rates = Rates(D("0.35"), D("0.15"), D("0.05"), D("0.05"), D("0.038"))
    gains = (on_sale(kind, Term.SHORT, rates), on_sale(kind, Term.LONG, rates))
    assert (*gains, on_withdrawal(kind, rates)) == (D(short), D(long), D(out))


def test_every_kind_of_account_is_told() -> None:
    assert {kind for kind, *_ in KINDS} == {*TaxKind}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (("-0.1", "0.15"), "federal_short is -0.1"),
        (("0.35", "15"), "federal_long is 15"),
        (("NaN", "0.15"), "federal_short is NaN"),
        (("0.6", "0.15", "0.5"), "the rates together take all of a gain"),
    ],
)
def test_a_rate_is_a_share(numbers: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadTax) as caught:
        Rates(*(D(number) for number in numbers))
    assert str(caught.value) == said
    assert "0.15 is 15 %" in caught.value.remedy
