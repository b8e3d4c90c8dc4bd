"""Asset location: against every vertex of small households, and what holds of all of them."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.location import Account, Asset, Home, Payer, Position, Weighting, factors, place
from strategies.policy import TaxKind
from strategies.taxes.errors import BadTax
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term

D = Decimal
STOCK, BOND = Symbol("STOCK"), Symbol("BOND")
SIXTY = D("0.6")
RATES = Rates(D("0.35"), D("0.15"))


def mix(weight: Decimal = SIXTY, stock: str = "0.07", bond: str = "0.04") -> tuple[Asset, Asset]:
    return (
        Asset(STOCK, weight, D(stock), qualified=D("0.015"), turnover=D("0.05")),
        Asset(BOND, 1 - weight, D(bond), ordinary=D(bond)),
    )


def home(  # one thing told each
    *positions: Position,
    weight: Decimal = SIXTY,
    values: tuple[int, int, int] = (400_000, 300_000, 100_000),
    weighting: Weighting = Weighting.AFTER_TAX,
    gains_max: Decimal | None = None,
    years: int = 20,
) -> Home:
    kinds = (TaxKind.TAXABLE, TaxKind.TRADITIONAL, TaxKind.ROTH)
    held = (positions, (), ())
    accounts = tuple(
        Account(kind.value, kind, D(value), own)
        for kind, value, own in zip(kinds, values, held, strict=True)
    )
    payer = Payer(RATES, D("0.25"), years)
    return Home(mix(weight), accounts, payer, weighting, gains_max)


Variable = tuple[int, int, float, float, float]
"""Account, asset, worth of a dollar at the horizon, tax a dollar sold, and the most of it."""


def variables(told: Home) -> list[Variable]:
    """Kept and bought, account by account: of lots at most one, in the first asset."""
    found: list[Variable] = []
    for at, one in enumerate(told.accounts):
        for asset, each in enumerate(told.assets):
            grown = factors(each, one.kind, told.payer)
            for lot in one.positions if asset == 0 else ():
                worth = float(grown.money - grown.gain * lot.gain / lot.value)
                tax = float(max(D(0), lot.gain) / lot.value * told.payer.rates.of(lot.term))
                found.append((at, asset, worth, tax, float(lot.value)))
            found.append((at, asset, float(grown.money), 0.0, np.inf))
    return found


def best_vertex(told: Home) -> float:
    """The best of all basic solutions, from the household itself."""
    account, asset, worth, taxed, most = map(np.array, zip(*variables(told), strict=True))
    counts = np.array([float(told.counts(one)) for one in told.accounts])[account]
    rows = [(1 - taxed) * (account == at) for at in range(len(told.accounts))]
    rows.append(counts * ((asset == 0) - float(told.assets[0].weight)))
    matrix, lots = np.array(rows), most < np.inf
    level = np.array([float(one.value) for one in told.accounts] + [0.0])
    level[0] -= taxed[lots] @ most[lots]
    best = -np.inf
    for basis in map(list, combinations(range(len(worth)), len(level))):
        if abs(np.linalg.det(matrix[:, basis])) < 1e-9:
            continue
        for kept in (0.0, 1.0):
            x = np.where(lots, kept * np.where(lots, most, 0), 0.0)
            x[basis] = 0.0
            x[basis] = np.linalg.solve(matrix[:, basis], level - matrix @ x)
            if np.all(x >= -1e-6) and np.all(x <= most + 1e-6):
                best = max(best, float(worth @ x))
    return best


hundred = st.integers(1, 99)


@given(
    weight=hundred,
    values=st.tuples(st.integers(1, 900), st.integers(1, 900), st.integers(1, 900)),
    held=st.tuples(hundred, st.integers(-80, 95), st.sampled_from(Term)),
    weighting=st.sampled_from(Weighting),
    years=st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_no_vertex_is_better(
    weight: int,
    values: tuple[int, int, int],
    held: tuple[int, int, Term],
    weighting: Weighting,
    years: int,
) -> None:
    thousands = tuple(value * 1000 for value in values)
    value = D(thousands[0]) * held[0] / 100
    lot = Position(STOCK, value, (value * held[1] / 100).quantize(D("0.01")), held[2])
    told = home(
        lot,
        weight=D(weight) / 100,
        values=thousands,
        weighting=weighting,
        years=years,
    )
    placed = place(told)
    best = best_vertex(told)
    assert float(placed.terminal) == pytest.approx(best, rel=1e-7, abs=1)
    assert float(placed.terminal + placed.gap) >= best - 0.02
    assert placed.gap <= 1
    assert placed.off < D("1e-4")
    assert placed.gained is not None
    assert placed.gained >= -1
    for part in placed.parts:
        after = sum(line.after for line in part.lines)
        assert after + part.tax == part.value
        assert sum(line.weight for line in part.lines) == 1


def test_the_income_goes_where_it_is_not_taxed() -> None:
    """High interest and little growth: bonds fill the retirement accounts first."""
    told = Home(mix(stock="0.07", bond="0.06"), home().accounts, home().payer)
    placed = place(told)
    by_name = {part.account: part.weights for part in placed.parts}
    assert by_name["taxable"] == {STOCK: D(1)}
    assert by_name["traditional"][BOND] > D("0.8")
    assert placed.gained is not None
    assert placed.gained > 0
    assert placed.yearly is not None
    assert 0 < placed.yearly < D("0.01")


def test_one_account_has_nothing_to_gain() -> None:
    told = Home(mix(), (Account("roth", TaxKind.ROTH, D(100_000)),), home().payer)
    placed = place(told)
    assert placed.parts[0].weights == {STOCK: D("0.6"), BOND: D("0.4")}
    assert abs(placed.gained or 0) < D("0.05")
    assert placed.terminal == pytest.approx(
        D(60_000) * D("1.07") ** 20 + D(40_000) * D("1.04") ** 20, abs=D("0.01")
    )


def test_a_gain_is_kept_where_moving_it_costs_too_much() -> None:
    """Without the gain the taxable account would hold bonds, here it keeps its shares."""
    free, dear = (
        place(home(Position(STOCK, D(400_000), gain), weight=D("0.5")))
        for gain in (D(0), D(390_000))
    )
    assert dear.tax < free.parts[0].value
    assert dear.parts[0].weights[STOCK] >= free.parts[0].weights[STOCK]


def test_gains_are_realised_up_to_the_most() -> None:
    """Bonds with a small gain leave the taxable account, as far as gains may be realised."""
    accounts = home(Position(BOND, D(300_000), D(3_000))).accounts
    free = Home(mix(stock="0.07", bond="0.06"), accounts, home().payer)
    unbound, bound = place(free), place(replace(free, gains_max=D(1_000)))
    assert sum((sold.gain for sold in unbound.parts[0].sold), D(0)) == 3_000
    assert sum((sold.gain for sold in bound.parts[0].sold), D(0)) == 1_000
    assert bound.terminal < unbound.terminal
    with pytest.raises(BadTax, match="gains of at most 0"):
        place(replace(free, assets=mix(D("0.95")), gains_max=D(0)))


def test_menus_are_kept() -> None:
    accounts = (
        Account("main", TaxKind.TAXABLE, D(100_000)),
        Account("plan", TaxKind.TRADITIONAL, D(100_000), menu=(STOCK,)),
    )
    placed = place(Home(mix(D("0.7")), accounts, home().payer))
    assert placed.parts[1].weights == {STOCK: D(1)}
    assert placed.separate is None
    assert (placed.gained, placed.yearly) == (None, None)
    with pytest.raises(BadTax, match="no placement has the mix within the menu of plan") as told:
        place(Home(mix(D("0.1")), accounts, home().payer))
    assert "widen the menus" in told.value.remedy


def test_an_account_with_nothing_in_it_changes_nothing() -> None:
    told = home()
    empty = Account("shut", TaxKind.HSA, D(0), menu=())
    placed = place(replace(told, accounts=(*told.accounts, empty)))
    assert placed.terminal == place(told).terminal
    assert placed.parts[-1].weights == {}
    unfunded = Account("new", TaxKind.ROTH, D(0))
    assert place(replace(told, accounts=(*told.accounts, unfunded))).parts[-1].weights == {}


def test_the_order_of_accounts_and_assets_means_nothing() -> None:
    told = home(Position(STOCK, D(200_000), D(50_000)))
    turned = Home(told.assets[::-1], told.accounts[::-1], told.payer)
    assert abs(place(told).terminal - place(turned).terminal) < D("0.05")


BAD = (
    ({"assets": ()}, "there is nothing to place"),
    ({"assets": mix()[:1]}, "the weights of the mix add up to 0.6"),
    ({"assets": (*mix(), mix()[0])}, "STOCK is there twice"),
    ({"accounts": (Account("a", TaxKind.ROTH, D(0)),)}, "no account holds anything"),
    ({"accounts": (Account("a", TaxKind.ROTH, D("nan")),)}, "a: the value is NaN"),
    (
        {"accounts": (Account("a", TaxKind.TAXABLE, D(5), (Position(STOCK, D(9), D(0)),)),)},
        "a holds 9, more than its value of 5",
    ),
    (
        {"accounts": (Account("a", TaxKind.TAXABLE, D(5), (Position(Symbol("GE"), D(5), D(0)),)),)},
        "a holds GE, which is not in the mix",
    ),
    ({"accounts": (Account("a", TaxKind.ROTH, D(5), menu=(Symbol("GE"),)),)}, "may hold GE"),
)


@pytest.mark.parametrize(("changed", "said"), BAD)
def test_what_no_household_can_be(
    changed: dict[str, tuple[Asset, ...] | tuple[Account, ...]], said: str
) -> None:
    told = home()
    parts = {"assets": told.assets, "accounts": told.accounts, **changed}
    with pytest.raises(BadTax, match=said):
        Home(parts["assets"], parts["accounts"], told.payer)  # type: ignore[arg-type]
