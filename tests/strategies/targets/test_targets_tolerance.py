"""A client's tolerance of risk as a point on the frontier: the table, and what is no tolerance."""

from itertools import pairwise

import pytest

from strategies.targets.refusal import NoTarget
from strategies.targets.tolerance import tolerance_point, within_reach

TABLE = """
    conservative               22.5   5.5   7.8
    moderately-conservative    40.0   7.3   4.4
    moderate                   60.0  10.0   2.9
    growth                     77.5  12.6   2.3
    aggressive                 92.5  14.8   1.9
    1                          22.5   5.5   7.8
    5                          53.6   9.1   3.3
    10                         92.5  14.8   1.9
    grable-lytton:13           22.5   5.5   7.8
    grable-lytton:18           22.5   5.5   7.8
    grable-lytton:19           40.0   7.3   4.4
    grable-lytton:23           60.0  10.0   2.9
    grable-lytton:28           60.0  10.0   2.9
    grable-lytton:29           77.5  12.6   2.3
    grable-lytton:33           92.5  14.8   1.9
    grable-lytton:47           92.5  14.8   1.9
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_the_table(line: str) -> None:
    """Tolerance, stocks in per cent, volatility in per cent, risk aversion."""
    tolerance, *numbers = line.split()
    stocks, volatility, aversion = map(float, numbers)
    found = tolerance_point(tolerance)
    assert 100 * found.stocks == pytest.approx(stocks, abs=0.051)
    assert 100 * found.volatility == pytest.approx(volatility, abs=0.051)
    assert found.risk_aversion == pytest.approx(aversion, abs=0.051)
    assert "by convention" in found.said


def test_a_word_may_be_written_with_a_space_and_a_score_as_a_number() -> None:
    spoken = tolerance_point("Moderately Conservative")
    assert spoken.volatility == tolerance_point("moderately-conservative").volatility
    assert tolerance_point(7).volatility == tolerance_point("7").volatility


def test_more_tolerance_is_more_risk() -> None:
    points = [tolerance_point(1 + step / 10) for step in range(91)]
    for calm, bold in pairwise(points):
        assert calm.volatility < bold.volatility
        assert calm.risk_aversion > bold.risk_aversion


@pytest.mark.parametrize(
    "tolerance", ["", "bold", "0", "11", "nan", 0.99, float("inf"), "grable-lytton"]
)
def test_what_is_no_tolerance(tolerance: str | float) -> None:
    with pytest.raises(NoTarget, match=r"is none: it is one of conservative, .* 1 to 10"):
        tolerance_point(tolerance)


@pytest.mark.parametrize("score", ["12", "48", "x", ""])
def test_what_is_no_score_of_the_questionnaire(score: str) -> None:
    with pytest.raises(NoTarget, match="a Grable-Lytton score is from 13 to 47"):
        tolerance_point(f"grable-lytton:{score}")


def test_what_the_names_cannot_reach_is_said() -> None:
    point = tolerance_point("moderate")
    assert within_reach(point, 0.05, 0.20) == (point.volatility, "")
    calm, said = within_reach(point, 0.12, 0.20)
    assert calm == 0.12
    assert "12.0% is taken, which is more than the 10.0%" in said
    bold, said = within_reach(point, 0.03, 0.08)
    assert bold == 0.08
    assert "8.0% is taken, which is less than the 10.0%" in said
