"""Pages: whole in one file, nothing fetched, nothing run, readable by ear and by eye."""

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from bot.report.html import fine, plan_page, run_report
from brokers.words import ZERO, Environment
from strategies.worth import Proof
from tests.bot.report.plans import calm, hold, rebalance, renamed, run

VOID = {"meta", "br", "img", "link", "input", "hr"}
NAMESPACES = {"http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"}


class Page(HTMLParser):
    """Every tag with its attributes, what was left open, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every ``tag``."""
        return [attributes for name, attributes in self.tags if name == tag]


PAGES = {
    "plan": lambda: plan_page(rebalance()),
    "hold": lambda: plan_page(hold()),
    "calm": lambda: plan_page(calm()),
    "no names": lambda: plan_page(replace(calm(), lines=())),
    "run": lambda: run_report(run()),
    "empty run": lambda: run_report(replace(run(), cycles=(), history=(), traded=(), places={})),
}


@pytest.fixture(params=PAGES)
def html(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]()


def test_nothing_is_fetched_and_nothing_runs(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if value in NAMESPACES:
                continue
            assert not re.match(r"\s*(https?:|//|javascript:|data:)", value or "")
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    policies = [meta for meta in page.named("meta") if "http-equiv" in meta]
    assert policies[0]["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )


def test_pages_are_sound_and_can_be_heard(html: str) -> None:
    page = Page(html)
    assert not page.unbalanced
    assert not page.open
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == 1
    assert len(page.named("title")) == 1
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(header.get("scope") in {"col", "row"} for header in page.named("th"))
    pictures = [tag for _, tag in page.tags if tag.get("role") == "img"]
    assert len(pictures) == len(page.named("svg"))
    assert all(picture["aria-label"] for picture in pictures)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_light_and_dark_and_the_footer(html: str) -> None:
    assert "prefers-color-scheme: dark" in html
    text = " ".join(Page(html).text.split())
    assert "It is not advice on investments, tax or law." in text


@pytest.mark.parametrize("environment", Environment)
def test_paper_and_live_are_words(environment: Environment) -> None:
    word = {Environment.PAPER: "PAPER (no real money)", Environment.LIVE: "LIVE (real money)"}
    for html in (
        plan_page(replace(rebalance(), environment=environment)),
        run_report(replace(run(), environment=environment)),
    ):
        text = Page(html).text
        assert word[environment] in text
        assert f"[{environment.value}]" in text


def test_a_symbol_is_never_markup() -> None:
    for plan in (
        renamed(rebalance(), "<script>alert(1)</script>"),
        renamed(hold(), '"><img src=x>'),
    ):
        page = Page(plan_page(replace(plan, warnings=("<b onclick=x>",))))
        assert not page.named("script")
        assert not page.named("img")
        assert not page.named("b")
        assert plan.lines[0].symbol in page.text
    rows = tuple(
        replace(cycle, decision="<script>", reasons=("<script>",)) for cycle in run().cycles
    )
    page = Page(run_report(replace(run(), cycles=rows, places={"<i>": "<script>"})))
    assert not page.named("script")
    assert not page.named("i")


def test_the_plan_page_tells_what_the_plan_tells() -> None:
    text = " ".join(Page(plan_page(rebalance())).text.replace("\u00a0", " ").split())
    for part in (
        "Rebalance: gains 61.20 USD for 39.26 USD",
        "VNQ is 10.80 %, over its band of 6.00 % to 10.00 % (target 8.00 %)",
        "Warning: IBM: the quote is 14 minutes old",
        "trimtab approve plan-42",
        "Lots to be sold, gain at the limit",
        "3 of 10",
    ):
        assert part in text
    assert "trimtab approve" not in Page(plan_page(hold())).text


def test_the_plan_page_tells_how_good_the_plan_is_proven_to_be() -> None:
    proof = Proof(Decimal("0.001"), Decimal("0.0009"), Decimal("0.0002"), ZERO, 14, Decimal("0.31"))
    text = " ".join(Page(plan_page(replace(rebalance(), proof=proof))).text.split())
    said = "Proven within 0.02 % of the best possible; 0.31 USD at most (14 iterations)."
    assert said in text.replace("\u00a0", " ")


def test_the_run_report_tells_the_run() -> None:
    text = " ".join(Page(run_report(run())).text.replace("\u00a0", " ").split())
    for part in (
        "60 cycles, 5 trade days: the value fell by 160.00 USD",
        "\u22120.16 %",
        "after +1,000.00 USD of deposits",
        "4 orders, turnover 2.00 % of NAV, cost 3.10 USD",
        "run/book.sqlite",
        "fills checked against the broker",
        "13.55 basis points of the value at start",
        "Every cycle, also those that held still",
    ):
        assert part in text
    assert len(Page(run_report(run())).named("svg")) == 4


def test_an_empty_run_says_so() -> None:
    empty = replace(run(), cycles=(), history=(), nav_start=ZERO, nav_end=ZERO, deposits=ZERO)
    text = Page(run_report(empty)).text
    assert "Nothing was traded." in text
    assert "No cycle has run yet" in text
    assert "the value did not change" in text


def test_a_long_run_is_folded() -> None:
    report = replace(run(), cycles=run().cycles * 10)
    page = Page(run_report(report))
    assert "10 more" in page.text
    assert len(page.named("details")) == 2


def test_minus_signs_are_real_and_dates_are_left_alone() -> None:
    assert fine("from -1.20 to +3 on 2026-11-20 by plan-42") == (
        "from \u22121.20 to +3 on 2026-11-20 by plan-42"
    )
    assert fine("39.26 USD, 5.00 pt, 3 %") == "39.26\u00a0USD, 5.00\u00a0pt, 3\u00a0%"
