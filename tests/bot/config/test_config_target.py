"""What strategies are given in the config: each key where it belongs, mistakes by their place."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config.mistakes import ConfigError
from bot.config.read import load
from brokers.words import Symbol
from strategies.policy.target import Estimator, MeanSource, Target, View

HEAD = """
book = "book.db"
[accounts.main]
broker = "paper"
[accounts.main.target]
"""

MEANS = "symbol,mean,date\nKO,0.06,2026-03-01\nPG,0.05,2026-02-01\n"
INDEX = "symbol,weight,date\nKO,0.5,2026-03-01\nPG,0.5,2026-03-01\n"
CAPS = "symbol,cap,date\nKO,280,2026-03-01\nPG,390,2026-03-01\n"


def target(folder: Path, lines: str) -> Target:
    """The target of a config with ``lines`` in its table, beside files of means and caps."""
    (folder / "means.csv").write_text(MEANS, encoding="utf-8")
    (folder / "caps.csv").write_text(CAPS, encoding="utf-8")
    (folder / "index.csv").write_text(INDEX, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(HEAD + lines, encoding="utf-8")
    return load(path, {}).accounts[0].policy.target


def mistakes(folder: Path, lines: str) -> str:
    """What is wrong with it, all in one text."""
    with pytest.raises(ConfigError) as refusal:
        target(folder, lines)
    return "\n".join(str(mistake) for mistake in refusal.value.mistakes)


def test_a_file_of_means_has_the_day_of_its_oldest_line(tmp_path: Path) -> None:
    found = target(
        tmp_path,
        'strategy = "maximum-sharpe"\nsymbols = ["PG", "KO"]\nmeans = "file:means.csv"\n'
        'risk_free = 0.02\nupper = 0.8\ncovariance = "ledoit-wolf"\n',
    )
    assert found.strategy == "maximum-sharpe"
    assert [symbol for symbol, _ in found.weights] == ["KO", "PG"]
    recipe = found.recipe
    assert recipe.means is MeanSource.FILE
    assert recipe.covariance is Estimator.LEDOIT_WOLF
    assert recipe.risk_free == Decimal("0.02")
    assert recipe.expected is not None
    assert recipe.expected.day == date(2026, 2, 1)
    assert recipe.expected.source == "means.csv"
    assert dict(recipe.expected.values)[Symbol("KO")] == Decimal("0.06")


def test_views_are_kept_with_their_day_and_confidence(tmp_path: Path) -> None:
    found = target(
        tmp_path,
        'strategy = "black-litterman"\nsymbols = ["KO", "PG"]\ncaps = "caps.csv"\n'
        "[[accounts.main.target.views]]\ncoefficients = { KO = 1, PG = -1 }\n"
        "value = 0.02\nconfidence = 0.7\ndate = 2026-03-02\n",
    )
    one, minus = Decimal(1), Decimal(-1)
    coefficients = ((Symbol("KO"), one), (Symbol("PG"), minus))
    assert found.recipe.views == (View(coefficients, Decimal("0.02"), Decimal("0.7")),)
    assert found.recipe.means is MeanSource.VIEWS
    assert found.recipe.views_day == date(2026, 3, 2)


def test_names_of_a_defensive_mix_and_of_a_path_are_looked_at_too(tmp_path: Path) -> None:
    tilt = target(
        tmp_path, 'strategy = "tactical-tilt"\nweights = { KO = 1 }\ndefensive = { PG = 1 }\n'
    )
    assert dict(tilt.weights) == {"KO": Decimal(1), "PG": Decimal(0)}
    glide = target(
        tmp_path,
        'strategy = "glide-path"\npath = [{ date = 2026-01-01, weights = { KO = 1 } }, '
        "{ date = 2036-01-01, weights = { PG = 1 } }]\n",
    )
    assert [symbol for symbol, _ in glide.weights] == ["KO", "PG"]
    assert [way.day.year for way in glide.recipe.waypoints] == [2026, 2036]


TWO = 'symbols = ["KO", "PG"]\n'


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('strategy = "maximum-sharpe"\n' + TWO, 'strategy "maximum-sharpe" needs means'),
        (
            'strategy = "mean-variance"\nmeans = "historical"\n' + TWO,
            "risk_aversion or toler",
        ),
        ('strategy = "cap-weight"\n' + TWO, "needs caps"),
        ('strategy = "index-tracking"\nbenchmark = "index.csv"\n' + TWO, "needs names_max"),
        ('strategy = "minimum-variance"\nrisk_free = 0.02\n' + TWO, "is not used by strategy"),
        ('strategy = "equal"\nupper = 0.6\n' + TWO, "target.upper: is not used by strategy"),
        ('strategy = "maximum-sharpe"\nmeans = "equilibrium"\n' + TWO, "needs caps"),
        ('strategy = "minimum-variance"\nupper = 0.4\n' + TWO, "must weigh 1"),
        ('strategy = "minimum-variance"\nlower = 0.5\nupper = 0.4\n' + TWO, "at least lower"),
        (
            'strategy = "risk-parity"\nbudgets = { KO = 1 }\n' + TWO,
            "every symbol and no other",
        ),
        (
            'strategy = "risk-parity"\nbudgets = { KO = 0.7, PG = 0.7 }\n' + TWO,
            "sum to 1.4, must sum to 1",
        ),
        (
            'strategy = "cap-weight"\ncaps = "caps.csv"\nsymbols = ["KO", "XOM"]\n',
            "caps.csv.*: has no line for XOM",
        ),
        (
            'strategy = "mean-variance"\nmeans = "historical"\ntolerance = "wild"\n' + TWO,
            "'wild' is none",
        ),
        (
            'strategy = "mean-variance"\nmeans = "historical"\ntolerance = "5"\nrisk_aversion = 3\n'
            + TWO,
            "stands beside risk_aversion",
        ),
        (
            (
                'strategy = "glide-path"\npath = [{ date = 2036-01-01, weights = { KO = 1 } }, '
                "{ date = 2026-01-01, weights = { PG = 1 } }]\n"
            ),
            "must go forward in time",
        ),
        (
            'strategy = "glide-path"\npath = [{ date = "soon", weights = { KO = 1 } }]\n',
            "a day like 2026-01-31",
        ),
        ('strategy = "maximum-sharpe"\nmeans = "guess"\n' + TWO, "file:MEANS.csv"),
        (
            (
                'strategy = "tactical-tilt"\nweights = { KO = 1 }\ndefensive = { PG = 1 }\n'
                "tilt_min = 0.5\ntilt_max = 0.2\n"
            ),
            "at least tilt_min",
        ),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, lines: str, why: str) -> None:
    said = mistakes(tmp_path, lines)
    assert re.search(why, said), said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("symbol,mean\nKO,0.1\n", r"means.csv:1: must begin with the header symbol,mean,date"),
        ("symbol,mean,date\n", r"means.csv:1: has no line below"),
        ("symbol,mean,date\nKO,much,2026-01-01\n", r"means.csv:2: .*the mean must be a return"),
        ("symbol,mean,date\nKO,nan,2026-01-01\n", r"means.csv:2: .*the mean must be a return"),
        ("symbol,mean,date\nKO,0.1,2026-13-01\n", r"means.csv:2: .*the date must be a day"),
        ("symbol,mean,date\nko,0.1,2026-01-01\n", r"means.csv:2: .*capital letters"),
        ("symbol,mean,date\nKO,0.1,2026-01-01\nKO,0.2,2026-01-01\n", r":3: .*its line already"),
    ],
)
def test_a_broken_file_is_told_by_its_line(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "other.csv").write_text(text.replace("means", "other"), encoding="utf-8")
    lines = 'strategy = "maximum-sharpe"\nmeans = "file:other.csv"\n' + TWO
    said = mistakes(tmp_path, lines).replace("other.csv", "means.csv")
    assert re.search(why, said), said
