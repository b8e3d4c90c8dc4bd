"""A client's tolerance of risk as a point on the frontier. This is a convention, not a law.

Words, scores and questionnaires say how much of the money may be in stocks; what that means in
volatility and in risk aversion follows from one mix of two assets, with the numbers below:

    volatility(e)^2 = (e s)^2 + ((1-e) b)^2 + 2 rho e s (1-e) b     e in stocks, the rest in bonds
    gamma(e) = premium / (e s^2)                                    who holds e of stocks by choice

(the second is Merton, Review of Economics and Statistics 51 (1969), for stocks and cash). The
shares of stocks by word are those of Morningstar's target allocation indices in the United States
(Morningstar magazine, third quarter of 2021, exhibit 1).
"""

from dataclasses import dataclass

import numpy as np

from strategies.targets.refusal import NoTarget

STOCKS, BONDS, CORRELATION = 0.16, 0.05, 0.10
"""Annual volatilities of broad stocks and high-grade bonds, and their correlation."""
PREMIUM = 0.045
"""Expected return of stocks above the risk-free rate, a year."""
WORDS = {
    "conservative": 0.225,
    "moderately-conservative": 0.40,
    "moderate": 0.60,
    "growth": 0.775,
    "aggressive": 0.925,
}
"""Share of stocks of each word; "growth" is what the index calls moderately aggressive."""
SCORE_MIN, SCORE_MAX = 1.0, 10.0
GRABLE_LYTTON = (
    (18, "conservative"),
    (22, "moderately-conservative"),
    (28, "moderate"),
    (32, "growth"),
    (47, "aggressive"),
)
"""Sum of the 13 answers up to which each word goes: low, below average, average, above, high."""
GRABLE_LYTTON_MIN = 13
GRABLE_LYTTON_NAME = "grable-lytton:"


@dataclass(frozen=True, slots=True)
class TolerancePoint:
    """Where on the frontier: annual ``volatility``, or ``risk_aversion`` gamma; either will do.

    ``stocks`` is the share of stocks that both come from; ``said`` a sentence for a person.
    """

    stocks: float
    volatility: float
    risk_aversion: float
    said: str


def tolerance_point(tolerance: str | float) -> TolerancePoint:
    """The point for a word of ``WORDS``, a score from 1 to 10, or "grable-lytton:N".

    A score is the share of stocks from that of the first word to that of the last, in even steps.
    N is the sum of the risk tolerance scale of Grable and Lytton (Financial Services Review 8
    (1999)), 13 to 47. Gamma is that of the utility mean - gamma/2 variance, both annual. Raises
    ``NoTarget``.
    """
    stocks = _stocks(tolerance)
    bonds = 1 - stocks
    mixed = 2 * CORRELATION * stocks * STOCKS * bonds * BONDS
    volatility = float(np.sqrt((stocks * STOCKS) ** 2 + (bonds * BONDS) ** 2 + mixed))
    gamma = PREMIUM / (stocks * STOCKS**2)
    said = (
        f"risk tolerance {tolerance}: as {stocks:.1%} in stocks, a volatility of {volatility:.1%}"
        f" a year, or a risk aversion of {gamma:.1f} (by convention)"
    )
    return TolerancePoint(stocks, volatility, gamma, said)


def within_reach(point: TolerancePoint, least: float, most: float) -> tuple[float, str]:
    """The volatility of ``point`` on a frontier from ``least`` to ``most``, and what was done.

    Names that cannot be so calm, or so bold, give the nearest end, which is said.
    """
    reached = float(np.clip(point.volatility, least, most))
    if reached == point.volatility:
        return reached, ""
    side = "more" if reached > point.volatility else "less"
    return reached, (
        f"these names reach volatilities of {least:.1%} to {most:.1%}: {reached:.1%} is taken,"
        f" which is {side} than the {point.volatility:.1%} of the risk tolerance"
    )


def _stocks(tolerance: str | float) -> float:
    if isinstance(tolerance, str):
        word = tolerance.strip().lower().replace(" ", "-")
        if word.startswith(GRABLE_LYTTON_NAME):
            return WORDS[_grable_lytton(word.removeprefix(GRABLE_LYTTON_NAME))]
        if word in WORDS:
            return WORDS[word]
        score = _number(word)
    else:
        score = float(tolerance)
    if score is None or not SCORE_MIN <= score <= SCORE_MAX:
        raise NoTarget(
            f"risk tolerance {tolerance!r} is none: it is one of {', '.join(WORDS)}, a score from"
            ' 1 to 10, or "grable-lytton:N" with N from 13 to 47'
        )
    least, most = min(WORDS.values()), max(WORDS.values())
    return least + (most - least) * (score - SCORE_MIN) / (SCORE_MAX - SCORE_MIN)


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _grable_lytton(text: str) -> str:
    """The word for the sum of a questionnaire."""
    score = _number(text)
    if score is None or not GRABLE_LYTTON_MIN <= score <= GRABLE_LYTTON[-1][0]:
        raise NoTarget(f"a Grable-Lytton score is from 13 to 47, and not {text!r}")
    return next(word for most, word in GRABLE_LYTTON if score <= most)
