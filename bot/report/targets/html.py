"""The frontier as a page of one file."""

from bot.report import html
from bot.report.html import Card, Plot, drawn
from bot.report.plots import Form
from bot.report.tables import Table
from bot.report.targets import pictures
from bot.report.targets.figures import Frontier
from bot.report.targets.page import distances, frontier_headline, frontier_lines
from bot.report.targets.tables import (
    assets_table,
    maybe,
    percent,
    places_table,
    points_table,
    ratio,
)

ROWS_MAX = 200
"""Names in the table of a page."""


def frontier_html(found: Frontier) -> str:
    """The page."""
    return html.page(
        "frontier.html",
        found.environment,
        {
            "headline": frontier_headline(found),
            "cards": _cards(found),
            "lines": [_sentence(line) for line in frontier_lines(found)],
            "distances": [_sentence(line) for line in distances(found)],
            "plots": [_plot(found)],
            "tables": _tables(found),
        },
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cards(found: Frontier) -> list[Card]:
    first, last, day = found.points[0], found.points[-1], found.means.day
    source = found.means.source.partition(" (")[0]
    cards = [
        Card("Least variance", f"{percent(first.volatility, 2)} %", _return(first.expected_return)),
        Card("Most return", f"{maybe(last.expected_return, 2)} %", _risk(last.volatility)),
        Card("Expected returns", source, "" if day is None else f"as of {day}"),
    ]
    if (best := found.maximum_sharpe) is not None:
        said = f"{_return(best.expected_return)}, {_risk(best.volatility)}"
        cards.insert(2, Card("Greatest Sharpe ratio", ratio(best.sharpe), said))
    for label, place in (
        ("What is held gives up", found.current),
        ("Target gives up", found.target),
    ):
        if place is not None and place.return_given_up is not None:
            said = f"of return, at its {_risk(place.volatility)}"
            cards.append(Card(label, f"{percent(place.return_given_up, 2)} pt", said))
    return cards


def _return(value: float | None) -> str:
    return f"expected return {maybe(value, 2)} %"


def _risk(value: float) -> str:
    return f"volatility {percent(value, 2)} %"


def _plot(found: Frontier) -> Plot:
    ours = [w for w, place in (("held now", found.current), ("target", found.target)) if place]
    caption = "The line is the frontier, a dot on it a point of the table. Grey dots are names."
    if ours:
        caption += " Orange is the account: the square is what is held, the diamond the target."
    first, last = found.points[0], found.points[-1]
    return Plot(
        "Efficient frontier",
        drawn(pictures.frontier_picture(found, Form.SVG)),
        caption,
        f"Expected return against volatility: the frontier from {percent(first.volatility)} % to "
        f"{percent(last.volatility)} % volatility{', with ' if ours else ''}{' and '.join(ours)}; "
        "the tables below have the same numbers.",
    )


def _tables(found: Frontier) -> list[Table]:
    return [
        places_table(found),
        points_table(found.points, found.maximum_sharpe),
        assets_table(found, ROWS_MAX),
    ]
