"""The parts behind ``trimtab risk``, on accounts that no demo has: short, empty, unknown, large."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from bot.book.book import Book
from bot.book.errors import BookError
from bot.cli.documents import RiskDocument, as_text
from bot.cli.risking.answer import Wanted, answer
from bot.cli.risking.benchmark import Benchmark
from bot.cli.risking.limits import limits
from bot.cli.risking.positions import Held, from_book
from bot.cli.risking.priced import Priced, priced
from bot.cli.risking.seen import correlations, falls
from bot.cli.schemas import document_schema
from bot.config.settings import AccountConfig
from bot.limits import PROFILES, Profile
from bot.prices.source import NoPrices
from bot.report.plots import Form
from bot.report.risk.figures import AccountRisk, Correlations, RiskFigures, SignalFigures
from bot.report.risk.heat import heat_map
from bot.report.risk.html import risk_page
from bot.report.risk.page import page
from bot.report.risk.several import list_page
from brokers.settings import PaperSettings
from brokers.words import (
    AccountId,
    Bars,
    CashFlow,
    Currency,
    Environment,
    Execution,
    FlowKind,
    Side,
    Symbol,
)
from strategies.plan import Hold
from strategies.policy import ExposureLimit, GroupLimit, Optimizer, Policy
from strategies.policy.target import Estimator, Target
from strategies.policy.triggers import Action, Triggers
from strategies.risk.refusal import NoRisk
from tests.bot.report.plans import NAV, NOW, rebalance
from tests.bot.report.test_html import Page
from tests.strategies.risk.histories import bars, drawn, history

D = Decimal
USD, EUR = Currency("USD"), Currency("EUR")


def config(names: Sequence[str], **policy: object) -> AccountConfig:
    """An account that wants ``names`` in equal parts."""
    target = Target("equal", tuple((Symbol(name), D(1)) for name in names))
    return AccountConfig(
        account=AccountId("family"),
        broker=PaperSettings(Path("nowhere.db")),
        environment=Environment.LIVE,
        live_account="1",
        profile=Profile.PERSON,
        policy=replace(Policy(AccountId("family"), target), **policy),
        limits=PROFILES[Profile.PERSON],
        times=(),
        every=None,
    )


def held(
    weights: Mapping[str, str], targets: Mapping[str, str] | None = None, **policy: object
) -> Held:
    """An account of a million with these weights."""
    return Held(
        config=config(list(weights), **policy),
        origin="book",
        time=datetime(2024, 3, 1, 15, tzinfo=UTC),
        words="as the book saw them",
        base=USD,
        nav=D(1_000_000),
        weights={Symbol(name): D(weight) for name, weight in weights.items()},
        targets=None if targets is None else {Symbol(n): D(w) for n, w in targets.items()},
    )


def known(prices: Mapping[Symbol, Bars]) -> Priced:
    return Priced(prices, prices, "from a test")


def figures(of: Held, prices: Mapping[Symbol, Bars], wanted: Wanted | None = None) -> RiskFigures:
    """The figures, as the terminal and JSON can show them."""
    found = answer(of, known(prices), wanted or Wanted())
    risk = found.figures
    each = AccountRisk("family", Environment.LIVE, risk, "", "")
    text = as_text(RiskDocument((each,)))
    jsonschema.validate(json.loads(text), document_schema("risk"))
    lines = page(each, risk).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    return risk


FIVE = {f"S{n}": weight for n, weight in enumerate(("0.3", "0.2", "0.2", "0.1", "0.1"))}
YEARS = history(drawn(3, 400, 5))


def test_all_in_cash_has_no_risk_and_no_figure_is_made_up() -> None:
    risk = figures(held(dict.fromkeys(FIVE, "0"), FIVE), YEARS)
    assert (risk.volatility, risk.cash, risk.held_names) == (0.0, 1.0, 0)
    assert risk.effective_names is None
    assert risk.diversification_ratio is None
    assert risk.average_correlation is None
    assert risk.target is not None
    assert risk.target.tracking_error > 0, "it is far from what is wanted"
    assert risk.target.beta == 0
    assert all(tail.var == 0 and tail.var_amount == 0 for tail in risk.tails)


def test_a_short_position_hedges() -> None:
    common = np.random.default_rng(3).normal(0, 0.01, (300, 1))
    moves = common + np.random.default_rng(4).normal(0, 0.002, (300, 2))
    risk = figures(held({"S0": "1", "S1": "-0.5"}), history(moves))
    long, short = risk.names
    assert long.share > 1
    assert short.share == pytest.approx(1 - long.share)
    assert risk.cash == pytest.approx(0.5)
    assert risk.target is None, "nobody said what is wanted"
    assert all(row.target is None for row in risk.names)


def test_a_name_without_history_is_marked_as_a_guess() -> None:
    prices = {name: each for name, each in YEARS.items() if name != "S4"}
    risk = figures(held(FIVE, FIVE), prices)
    assert [row.has_history for row in risk.names] == [True] * 4 + [False]
    assert risk.names[4].trend is None
    own = [row.volatility for row in risk.names[:4]]
    assert risk.names[4].volatility == pytest.approx(np.sqrt(2 * np.median(np.square(own))))
    assert "S4: no history" in risk.notes
    assert risk.past is not None
    assert risk.past.covered == pytest.approx(0.8 / 0.9)
    text = page(AccountRisk("family", Environment.LIVE, risk, "", ""), risk)
    assert re.search(r"^S4 .*\?", text, re.MULTILINE)


def test_where_most_has_no_history_there_is_none_of_the_whole() -> None:
    prices = {Symbol(name): YEARS[Symbol(name)] for name in ("S3", "S4")}
    risk = figures(held(FIVE), prices)
    assert risk.past is None
    assert {tail.method for tail in risk.tails} == {"normal"}
    assert any("no figures from history: 22% of what is held" in note for note in risk.notes)


def test_where_nothing_has_a_usable_history_it_is_refused_with_the_reason() -> None:
    short = {name: bars(name, each.closes[:10]) for name, each in YEARS.items()}
    with pytest.raises(NoRisk, match=r"no name has a history.*S0: only 10 days of history"):
        answer(held(FIVE), known(short), Wanted())


def test_thirty_days_of_many_names() -> None:
    """More names than days: the estimate is repaired, and that is said."""
    weights = {f"S{n}": "0.01" for n in range(100)}
    risk = figures(held(weights), history(drawn(5, 30, 100)), Wanted(Estimator.SAMPLE))
    assert any(note.startswith("correlations shrunk by") for note in risk.notes)
    assert risk.basis.condition < 1e6
    assert sum(row.share for row in risk.names) == pytest.approx(1)


def test_a_label_that_is_missing_makes_no_group_of_its_own_name() -> None:
    labels = (("sector", ((Symbol("S0"), "none"), (Symbol("S1"), "Banks"))),)
    of = held(FIVE, FIVE)
    of = replace(of, config=replace(of.config, labels=labels))
    groups = {row.label: row for row in figures(of, YEARS).groups}
    assert set(groups) == {"none", "Banks", ""}
    assert (groups[""].names, groups["none"].names) == (3, 1)
    assert groups[""].weight == pytest.approx(0.4)


def test_limits_on_either_side_and_what_the_trigger_does() -> None:
    ours = Optimizer(
        volatility_max=D("0.9"),
        tracking_error_max=D("0.01"),
        groups=(
            GroupLimit("wide", (Symbol("S0"), Symbol("S1")), D("0.5"), D("0.6")),
            GroupLimit("thin", (Symbol("S4"), Symbol("GONE")), D("0.2"), None),
        ),
        exposures=(ExposureLimit("beta", ((Symbol("S0"), D(2)),), None, D("0.59")),),
    )
    policy = {"optimizer": ours, "triggers": Triggers(groups=Action.PARTIAL)}
    found = {row.limit: row for row in limits(held(FIVE, FIVE, **policy), YEARS)}
    assert (found["volatility"].is_kept, found["tracking error"].is_kept) == (True, True)
    assert found["wide"].is_kept, "just at its edge"
    thin, beta = found["thin"], found["beta"]
    assert (thin.value, thin.is_kept, thin.action) == (0.1, False, "partial")
    assert (beta.value, beta.is_kept, beta.is_share, beta.action) == (0.6, False, False, "warn")
    assert "tracking error" not in {row.limit for row in limits(held(FIVE, **policy), YEARS)}


def test_a_benchmark_needs_half_of_its_prices() -> None:
    pairs = ((Symbol("S0"), 0.4), (Symbol("FAR"), 0.6))
    with pytest.raises(NoPrices, match=r"prices of 40% of far\.csv"):
        answer(held(FIVE), known(YEARS), Wanted(benchmark=Benchmark("far.csv", "far", pairs)))
    itself = tuple((Symbol(name), float(weight)) for name, weight in FIVE.items())
    risk = figures(held(FIVE), YEARS, Wanted(benchmark=Benchmark("own", "own", itself)))
    assert risk.benchmark is not None
    assert risk.benchmark.tracking_error == pytest.approx(0, abs=1e-12)
    assert risk.benchmark.beta == pytest.approx(1)


# --- what the book saw ----------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(tmp_path / "book.db", upgrade=True) as opened:
        opened.bind(AccountId("family"), "paper", Environment.PAPER, "1")
        yield opened


def trade(
    symbol: str, side: Side, quantity: int, price: int, after: int, **more: object
) -> Execution:
    """An execution so many minutes after the plan."""
    made = Execution(
        root=f"{symbol}{after}",
        version=1,
        key=None,
        symbol=Symbol(symbol),
        side=side,
        quantity=D(quantity),
        price=D(price),
        fee=D(0),
        time=NOW + timedelta(minutes=after),
    )
    return replace(made, **more)


def test_what_was_traded_since_the_last_plan_is_in_the_weights(book: Book) -> None:
    """Bought, sold, new; a corrected fill counts once, and one of before the plan not at all."""
    book.keep(rebalance(), "digest")
    account = AccountId("family")
    bought = trade("GLD", Side.BUY, 6, 201, 5, fee=D(3))
    book.record(
        account,
        [
            bought,
            replace(bought, version=2, quantity=D(5)),
            trade("VNQ", Side.SELL, 35, 79, 6),
            trade("NEW", Side.BUY, 10, 50, 7),
            trade("VTI", Side.BUY, 100, 250, -5),
            trade("SAP", Side.BUY, 1, 100, 8, currency=EUR),
        ],
        [CashFlow("f", FlowKind.DEPOSIT, D(500), NOW + timedelta(hours=1))],
        [],
        [],
    )
    found = from_book(book, config(["VTI"]))
    nav = NAV - 3
    assert found.nav == nav
    assert found.weights[Symbol("GLD")] == (18 * 200 + 5 * 201) / nav
    assert found.weights[Symbol("VNQ")] == D(135 * 80 - 35 * 79) / nav
    assert found.weights[Symbol("NEW")] == D(500) / nav
    assert found.weights[Symbol("VTI")] == D(140 * 250) / nav
    assert found.targets is not None
    assert found.targets[Symbol("GLD")] == D("0.05")
    assert found.words.endswith("with 3 trades since")
    assert found.notes == (
        "1 trade in another currency since then: not in these figures",
        "1 cash flow since then: not in these figures",
    )


def test_a_book_that_cannot_tell_says_why(book: Book) -> None:
    with pytest.raises(BookError, match="no look at family yet"):
        from_book(book, config(["VTI"]))
    why = "the quote of VTI makes no sense"
    book.keep(replace(rebalance(), lines=(), legs=(), decision=Hold(why)), "digest")
    with pytest.raises(BookError, match=f"knows no weights .{why}"):
        from_book(book, config(["VTI"]))


def test_a_book_without_prices_says_what_fetches_them(book: Book) -> None:
    with pytest.raises(NoPrices) as caught:
        priced(held(FIVE), (), None, book, date(2024, 2, 29))
    assert "trimtab prices fetch --account family" in caught.value.remedy


# --- for the eye ----------------------------------------------------------------------------


def pairs(count: int) -> Correlations:
    """Two clusters that move against each other."""
    side = np.where(np.arange(count) < count / 2, 1.0, -1.0)
    matrix = 0.7 * np.outer(side, side)
    np.fill_diagonal(matrix, 1.0)
    names = tuple(f"N{place:03d}" for place in range(count))
    return Correlations(names, tuple(map(tuple, matrix.tolist())), 0)


@pytest.mark.parametrize(("count", "named", "written"), [(7, 7, 49), (40, 40, 0), (150, 0, 0)])
def test_a_heat_map_names_and_writes_what_can_be_read(count: int, named: int, written: int) -> None:
    svg = heat_map(pairs(count), Form.SVG).decode()
    found = re.findall(r">(N\d{3})<", svg)
    assert len(found) == 2 * named, "down and across"
    assert len(re.findall(r">\N{MINUS SIGN}?[01]\.\d\d<", svg)) == written
    assert ("var(--orange)" in svg) == (count <= 25), "drawn in the colours of the page"
    assert ("150 names" in svg) == (count == 150)
    assert heat_map(pairs(count)).startswith(b"\x89PNG")


def test_clusters_stand_side_by_side() -> None:
    """Names of two groups, given in turn, are parted again."""
    random = np.random.default_rng(7)
    common = random.normal(0, 0.01, (300, 2))
    moves = common[:, [0, 1, 0, 1, 0, 1]] + random.normal(0, 0.004, (300, 6))
    weights = {f"S{n}": "0.15" for n in range(6)}
    found = correlations(answer(held(weights), known(history(moves)), Wanted()))
    assert found is not None
    sides = [int(name[1:]) % 2 for name in found.names]
    assert sides in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    assert found.rows[0][1] > 0.5
    assert abs(found.rows[0][5]) < 0.3
    assert all(found.rows[i][j] == found.rows[j][i] for i in range(6) for j in range(6))


def test_of_very_many_names_the_heaviest_are_drawn() -> None:
    weights = {f"S{n}": "0.0009" if n % 2 else "0.0001" for n in range(1200)}
    found = correlations(answer(held(weights), known(history(drawn(1, 60, 1200))), Wanted()))
    assert found is not None
    assert (len(found.names), found.left_out) == (1000, 200)
    assert sum(int(name[1:]) % 2 for name in found.names) == 600


def test_a_page_without_pictures_or_holdings_is_whole() -> None:
    found = answer(held(dict.fromkeys(FIVE, "0")), known(YEARS), Wanted())
    each = AccountRisk("family", Environment.LIVE, found.figures, "", "")
    seen = Page(risk_page(each, found.figures, correlations(found), None))
    assert not seen.unbalanced
    assert not seen.open
    assert "nothing to hold it against" in seen.text


def test_one_name_has_no_pairs() -> None:
    found = answer(held({"S0": "0.9", "S1": "0"}), known(YEARS), Wanted())
    assert correlations(found) is None
    drawdown = falls(found)
    assert drawdown is not None
    assert found.figures.past is not None
    assert max(drawdown.depths) == found.figures.past.drawdown


def test_nothing_from_outside_is_markup() -> None:
    of = held({"S0": "0.5", "<B>&": "0.4"})
    prices = {Symbol("S0"): YEARS[Symbol("S0")], Symbol("<B>&"): YEARS[Symbol("S1")]}
    found = answer(of, known(prices), Wanted())
    risk = replace(found.figures, notes=("<script>alert(1)</script>",))
    each = AccountRisk("family", Environment.LIVE, risk, "", "")
    html = risk_page(each, risk, correlations(found), falls(found))
    assert not Page(html).unbalanced
    assert "<script" not in html
    assert "<B>" not in html
    assert "LIVE (real money)" in Page(html).text


def test_a_crisis_is_loud_and_told_in_words() -> None:
    found = answer(held(FIVE, FIVE), known(YEARS), Wanted())
    signal = SignalFigures("volatility", 4.8, 1.7, 1.3, is_on=True, words="is 4.80 times")
    regime = replace(found.figures.regime, state="crisis", signals=(signal,), notes=())
    risk = replace(found.figures, regime=regime)
    each = AccountRisk("family", Environment.LIVE, risk, "", "")
    assert '<p class="warning">Regime: crisis' in risk_page(each, risk, None, None)
    assert "is 4.80 times" in page(each, risk)
    assert list_page([each]).splitlines()[-1].split()[-2:] == ["none", "crisis"]
