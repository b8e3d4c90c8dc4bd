"""``trimtab costs``: on a demo's book, and on one whose truth is known."""

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import jsonschema
import pytest

from bot.book.book import Book
from bot.book.rows import Intent, Note
from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.config.read import load
from brokers.words import AccountId, Environment, Execution, Order, OrderKey, Side, Symbol
from strategies.plan import Leg, Line, Plan, PlanId, order_key
from tests.bot.book.book_makers import NOW, make_plan

D = Decimal
MAIN = AccountId("main")
SPREAD, IMPACT = 1.1, 0.5
"""What the orders of the made-up book paid: multiples of the planned spread, and of sigma."""
CONFIG = """\
book = "book.db"
[accounts.main]
broker = "manual"
[accounts.main.target]
weights = { VTI = 0.6, BND = 0.4 }
[accounts.main.costs]
impact = 0.8
[accounts.ira]
broker = "paper"
[accounts.ira.target]
weights = { VTI = 0.6, BND = 0.4 }
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The config of a demo that has made its first allocation."""
    folder = tmp_path_factory.mktemp("costs") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-07"]) == 0
    return str(folder / "config.toml")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A config with a book of 48 orders on 8 days, filled at prices that follow the law."""
    return made(tmp_path_factory.mktemp("known"), D("0.8"))


def made(folder: Path, factor: Decimal | None) -> str:
    """The same, with plans that say ``factor`` to be the one they were made with."""
    path = folder / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    dice = Random(5)  # noqa: S311 - prices are drawn here, not secrets
    with Book.open(folder / "book.db", upgrade=True) as book:
        book.bind(MAIN, "manual", Environment.PAPER, "M1")
        for day in range(8):
            keep(book, replace(plan_of(day, dice), impact_factor=factor), dice)
    return str(path)


def plan_of(day: int, dice: Random) -> Plan:
    """Six orders, planned with an impact of 0.8."""
    plan_id = f"PLAN{day:06d}"
    legs = tuple(leg_of(PlanId(plan_id), number, dice) for number in range(1, 7))
    lines = tuple(replace(LINE, symbol=leg.order.symbol, price=leg.mid) for leg in legs)
    plan = make_plan(plan_id, MAIN, NOW + timedelta(days=day))
    return replace(plan, legs=legs, lines=lines)


LINE = Line(Symbol("VTI"), D(100), D(0), D(0), D(0), D(0), D(0), D(0), D(0))


def leg_of(plan_id: PlanId, number: int, dice: Random) -> Leg:
    quantity, half = D(dice.randint(10, 500)), D(dice.randint(1, 9)) / 100
    side = Side.BUY if number % 2 else Side.SELL
    symbol = Symbol(f"N{number}")
    order = Order(order_key(plan_id, number), symbol, side, quantity, 100 + side.sign * half)
    shape = math.exp(dice.gauss(0, 1)) * 10e-4 * 100 * float(quantity)
    impact = D(repr(0.8 * shape)).quantize(D("0.0001"))
    return Leg(order, D(100), (), quantity * half, D(0), impact, D(0))


def keep(book: Book, plan: Plan, dice: Random) -> None:
    """The plan, its orders, and two fills of each."""
    book.keep(plan, "digest")
    sent = [Intent(leg.order, n, plan.time, plan.time) for n, leg in enumerate(plan.legs, 1)]
    with book.leases.held(MAIN, lambda: plan.time):
        book.intend(plan.plan_id, MAIN, sent)
        book.note(Note(leg.order.key, "sent", plan.time) for leg in plan.legs)
    fills = [fill for leg in plan.legs for fill in fills_of(leg, plan.time, dice)]
    book.record(MAIN, fills, (), (), ())


def fills_of(leg: Leg, time: datetime, dice: Random) -> list[Execution]:
    order = leg.order
    paid = SPREAD * float(leg.spread) + IMPACT * float(leg.impact) / 0.8
    above = (paid / float(order.quantity) + dice.gauss(0, 0.01)) * order.side.sign
    price = D(repr(100 + above)).quantize(D("0.000001"))
    return [
        Execution(
            root=f"{order.key}-{half}",
            version=1,
            key=OrderKey(order.key),
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity / 2,
            price=price,
            fee=D(0),
            time=time,
        )
        for half in (1, 2)
    ]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_book_whose_truth_is_known(known: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-c", known, "costs", "main", "--json")
    assert code == 0
    document = json.loads(out)
    jsonschema.validate(document, document_schema("costs"))
    told = document["accounts"]["main"]
    assert (told["orders_fitted"], told["days_fitted"], told["total"]["fills"]) == (48, 8, 96)
    for name, truth in (("spread", SPREAD), ("impact", IMPACT)):
        number = {key: float(value) for key, value in told[name].items()}
        assert number["value"] == pytest.approx(truth, abs=3 * number["error"])
        assert number["error"] < 0.1
    assert told["usable"]
    assert told["impact_now"] == "0.8"
    assert told["config"] == f"[accounts.main.costs]\nimpact = {told['impact_fitted']}"


def test_the_proposal_is_config_that_the_house_reads(
    known: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, out, err = said(capsys, "-c", known, "costs", "main")
    proposal = out[out.index("[accounts.main.costs]") :]
    assert "# it was 0.8" in proposal
    assert "trimtab check" in err
    copied = tmp_path / "config.toml"
    copied.write_text(CONFIG.replace("[accounts.main.costs]\nimpact = 0.8\n", proposal))
    impact = load(copied, {}).accounts[0].policy.costs.impact
    assert float(impact) == pytest.approx(IMPACT, abs=0.1)


def test_plans_made_before_the_impact_was_changed_are_understood(
    known: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The book is the same and so is the truth, whatever the config says of the impact now."""
    changed = tmp_path / "config.toml"
    book = str(Path(known).parent / "book.db")
    changed.write_text(CONFIG.replace("book.db", book).replace("impact = 0.8", "impact = 0.55"))
    now = json.loads(said(capsys, "-c", str(changed), "costs", "main", "--json")[1])
    before = json.loads(said(capsys, "-c", known, "costs", "main", "--json")[1])
    one, two = (each["accounts"]["main"] for each in (now, before))
    assert one["impact"]["value"] == two["impact"]["value"]
    assert (one["impact_now"], two["impact_now"]) == ("0.55", "0.8")


def test_plans_of_old_need_to_be_told_their_impact(
    known: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = made(tmp_path, None)
    _, out, _ = said(capsys, "-c", config, "costs", "main")
    assert "not in the fit: 48 orders whose plan is of an older trimtab" in " ".join(out.split())
    assert "--impact-was" in out
    told = json.loads(said(capsys, "-c", config, "costs", "--impact-was", "0.8", "--json")[1])
    newer = json.loads(said(capsys, "-c", known, "costs", "--json")[1])
    assert told == newer


def test_a_demo_too_short_to_know(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-c", demo, "costs", "--top", "5")
    assert code == 0
    assert "15 names of less value not listed" in out
    assert "too few filled orders: 20" in out
    assert "[accounts" not in out
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    told = json.loads(said(capsys, "-c", demo, "costs", "--json")[1])["accounts"]["demo"]
    assert told["total"]["slippage_bps"] == told["total"]["spread_bps"], "it takes the touch"
    assert sum(row["orders"] for row in told["symbols"]) == told["total"]["orders"] == 20


def test_every_account_since_a_day(known: str, capsys: pytest.CaptureFixture[str]) -> None:
    day = (NOW + timedelta(days=6)).date().isoformat()
    code, out, _ = said(capsys, "-c", known, "costs", "--since", day)
    assert code == 0
    assert "Fit to 12 orders on 2 days" in out
    assert f"PAPER ira: no order was filled since {day}" in out
    late = said(capsys, "-c", known, "costs", "main", "--since", "2031-01-01", "--json")[1]
    jsonschema.validate(json.loads(late), document_schema("costs"))


@pytest.mark.parametrize(
    ("name", "begins"), [("fit.png", b"\x89PNG\r\n\x1a\n"), ("fit.svg", b"<?xml version")]
)
def test_a_picture(
    known: str, name: str, begins: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / name
    code, out, err = said(capsys, "-c", known, "costs", "main", "--plot", str(picture))
    assert code == 0
    assert str(picture) in err
    assert "impact Y" in out
    drawn = picture.read_bytes()
    assert drawn.startswith(begins)
    if name.endswith("svg"):
        assert b"--blue:#1565a9" in drawn, "a file of its own brings its colours"


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        (("costs", "nobody"), 2, "nobody"),
        (("costs", "--since", "yesterday"), 2, "yesterday"),
        (("costs", "--impact-was", "NaN"), 2, "NaN"),
        (("costs", "--impact-was", "0"), 2, "0"),
        (("costs", "--impact-was", "much"), 2, "much"),
        (("costs", "--plot", "fit.png"), 2, "one account"),
        (("costs", "main", "--plot", "fit.gif"), 2, "fit.gif"),
        (("costs", "ira", "--plot", "fit.png"), 2, "no order to draw"),
        (("costs", "main", "--plot", "/nowhere/fit.png"), 3, "/nowhere/fit.png"),
    ],
)
def test_a_mistake_is_a_sentence_with_its_remedy(
    known: str,
    line: tuple[str, ...],
    code: int,
    what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, _, err = said(capsys, "-c", known, *line)
    assert found == code
    assert what in err
    assert "fix: " in err


def test_where_there_is_no_book_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    assert said(capsys, "-c", str(config), "costs")[0] == 3
