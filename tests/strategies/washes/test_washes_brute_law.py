"""The share-by-share oracle itself: published examples to the cent, and what they turn on.

Sources: 26 CFR 1.1091-1(h) and 1.1091-2(a); Publication 550, "Wash Sales"; Rev. Rul. 2008-5 and
66-7; the cases of Fairmark that a calculator on GitHub (adlr/wash-sale-calculator, BSD) carries,
where they have no date in the publication; and cases of the package wash-alpha (MIT). Days that a
publication does not give are ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from strategies.washes.nouns import TAXABLE, Trade
from tests.strategies.washes.brute import AS_IT_STANDS, WRONG, Law, Piece, World, term, work_out

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Case:
    """Lots as ``name quantity bought cost [sold proceeds] [account] [order=name]``.

    ``open_lots`` as ``name quantity basis [held since]``.
    """

    source: str
    lots: tuple[str, ...]
    disallowed: str
    recognised: str
    open_lots: tuple[str, ...] = ()
    lost: str = "0"


CASES = {
    "a hundred, and a hundred bought back": Case(
        "Publication 550",
        ("A 100 2024-05-01 1000 2024-07-01 750", "B 100 2024-07-05 800"),
        "250", "0", ("B 100 1050 2024-05-05",),
    ),
    "the replacement was bought before the sale": Case(
        "1.1091-1(h), example 1",
        ("A 100 1954-12-01 10000 1955-01-03 9000", "B 100 1954-12-15 9000"),
        "1000", "0", ("B 100 10000 1954-11-12",),
    ),
    "fewer bought than sold": Case(
        "1.1091-1(h), example 2",
        ("A 100 1954-09-21 5000 1955-01-03 4000", "B 50 1954-12-21 2750", "C 25 1954-12-27 1125"),
        "750", "-250", ("B 50 3250", "C 25 1375"),
    ),
    "fewer bought than sold, by the publication's days": Case(
        "Publication 550",
        ("A 100 2013-09-26 5000 2014-01-09 4000", "B 50 2013-12-19 2750", "C 25 2013-12-27 1125"),
        "750", "-250", ("B 50 3250 2013-09-05", "C 25 1375 2013-09-13"),
    ),
    "more bought than sold": Case(
        "1.1091-1(h), example 3",
        (
            "A 100 1954-09-15 5000 1956-02-01 4000",
            "B 50 1956-02-15 2000",
            "C 50 1956-02-16 2000",
            "D 50 1956-02-17 2000",
            "E 50 1956-02-18 2000",
        ),
        "1000", "0",
        ("B 50 2500 1954-09-29", "C 50 2500 1954-09-30", "D 50 2000 1956-02-17",
         "E 50 2000 1956-02-18"),
    ),
    "one share, bought back dearer": Case(
        "1.1091-2(a), example 1",
        ("A 1 1935-01-02 100 1955-01-15 80", "B 1 1955-02-01 90"),
        "20", "0", ("B 1 110",),
    ),
    "one share, bought back cheaper": Case(
        "1.1091-2(a), example 2",
        ("A 1 1935-01-02 100 1955-01-15 80", "B 1 1955-02-01 70"),
        "20", "0", ("B 1 90",),
    ),
    "a loss is not set against gains of the day": Case(
        "Publication 550",
        (
            "A 100 2008-01-05 15800 2013-12-27 12500",
            "B 100 2008-01-06 10000 2013-12-27 12500",
            "C 100 2008-01-07 9500 2013-12-27 12500",
            "D 250 2014-01-09 25000",
        ),
        "3300", "5500", ("D 100 13300 2008-01-18", "D 150 15000 2014-01-09"),
    ),
    "the rest of the same purchase": Case(
        "Fairmark; Rev. Rul. 56-602",
        ("A1 100 2014-06-01 5000 2014-06-12 4000 order=O", "A2 100 2014-06-01 5000 order=O"),
        "0", "-1000", ("A2 100 5000 2014-06-01",),
    ),
    "twice on one day": Case(
        "Fairmark",
        ("A 100 2014-05-01 1000 2014-05-01 900", "B 100 2014-05-01 800 2014-05-01 900"),
        "100", "0",
    ),
    "twice on one day, the names the other way round": Case(
        "Fairmark; names decide nothing here",
        ("B 100 2014-05-01 1000 2014-05-01 900", "A 100 2014-05-01 800 2014-05-01 900"),
        "100", "0",
    ),
    "sold here, bought there": Case(
        "wash-alpha",
        ("A 20 2024-01-03 3000 2024-10-15 2000", "B 20 2024-10-20 2200 hers"),
        "1000", "0", ("B 20 3200",),
    ),
    "forty of a hundred": Case(
        "wash-alpha",
        ("A 100 2024-01-03 30000 2024-10-15 20000", "B 40 2024-10-20 9000"),
        "4000", "-6000", ("B 40 13000",),
    ),
    "fifteen for ten": Case(
        "wash-alpha",
        ("A 10 2024-01-03 3600 2024-10-15 2400", "B 15 2024-11-03 3750"),
        "1200", "0", ("B 10 3700", "B 5 1250"),
    ),
    "first bought, first matched": Case(
        "wash-alpha",
        ("A 10 2024-01-03 3000 2024-10-15 2000", "B 5 2024-10-20 1200", "C 8 2024-10-25 2000"),
        "1000", "0", ("B 5 1700", "C 5 1750", "C 3 750"),
    ),
    "sixty days of holding move": Case(
        "wash-alpha",
        ("A 10 2024-01-01 1000 2024-03-01 800", "B 10 2024-03-15 900"),
        "200", "0", ("B 10 1100 2024-01-15",),
    ),
    "all sold, nothing bought": Case(
        "Fairmark",
        ("A 100 2024-06-03 1000 2024-06-13 900",),
        "0", "-100",
    ),
    "a gain is never washed": Case(
        "wash-alpha",
        ("A 10 2024-01-03 3600 2024-10-15 5000", "B 10 2024-10-20 5100"),
        "0", "1400", ("B 10 5100 2024-10-20",),
    ),
    "a loss, and a second after a month": Case(
        "adlr",
        ("A 2 2014-01-25 100 2014-01-28 50", "B 5 2014-02-25 250 2014-02-28 125"),
        "50", "-175",
    ),
    "two lots of different days, sold on one": Case(
        "adlr",
        ("A 10 2014-09-15 2000 2014-10-05 1800", "B 10 2014-09-25 1900 2014-10-05 1800"),
        "200", "-300",
    ),
    "two lots of one day, sold on one": Case(
        "adlr",
        ("A 4 2014-09-25 2351.96 2014-10-24 2148.64", "B 2 2014-09-25 1175.98 2014-10-24 1074.32"),
        "101.66", "-304.98",
    ),
    "bought back in an IRA": Case(
        "Rev. Rul. 2008-5 (the day of purchase is ours)",
        ("A 100 2007-05-01 1000 2007-12-20 600", "B 100 2007-12-21 600 ira"),
        "400", "0", ("B 100 600 2007-12-21",), lost="400",
    ),
    "the thirtieth day": Case(
        "1091(a)",
        ("A 10 2023-01-03 1000 2024-03-01 800", "B 10 2024-03-31 900", "C 5 2024-01-31 500"),
        "200", "0", ("B 5 550", "B 5 450", "C 5 600"),
    ),
    "the thirty-first": Case(
        "1091(a)",
        ("A 10 2023-01-03 1000 2024-03-01 800", "B 10 2024-04-01 900", "C 5 2024-01-30 500"),
        "0", "-200", ("B 10 900", "C 5 500"),
    ),
}  # fmt: skip


def trades_of(case: Case) -> Iterator[Trade]:
    """Each lot's buy, and its sale."""
    for line in case.lots:
        name, count, bought, cost, *rest = line.split()
        order = "".join(word.removeprefix("order=") for word in rest if "=" in word)
        account = next((word for word in rest if word in {"hers", "ira"}), "mine")
        sold = [word for word in rest if word[0].isdigit()]
        kind = "ira" if account == "ira" else TAXABLE
        quantity = Decimal(count)
        buy = Trade(
            date.fromisoformat(bought), account, kind, "X", "buy",
            quantity, Decimal(cost) / quantity, Decimal(0), name, order,
        )  # fmt: skip
        yield buy
        if sold:
            day, price = date.fromisoformat(sold[0]), Decimal(sold[1]) / quantity
            yield replace(buy, day=day, side="sell", price=price, order="")


def told(piece: Piece, since: bool) -> str:  # noqa: FBT001  # as the case tells it
    """An open piece in a case's words."""
    words = [piece.lot, f"{piece.quantity}", f"{piece.basis}", f"{piece.held_since}"]
    return " ".join(words if since else words[:3])


def answer(case: Case, law: Law = AS_IT_STANDS) -> tuple[Fraction, Fraction, Fraction, list[str]]:
    """Disallowed, recognised, lost for good, and the open lots as far as the case tells them."""
    pieces = work_out(World(tuple(trades_of(case))), law)
    gain = sum((p.proceeds - p.basis for p in pieces if p.sold), Fraction(0))
    disallowed = sum((p.disallowed for p in pieces), Fraction(0))
    tells_since = {line.split()[0]: line.count("-") == 2 for line in case.open_lots}
    held = [p for p in pieces if p.sold is None]
    return (
        disallowed,
        gain + disallowed,
        sum((p.lost for p in pieces), Fraction(0)),
        sorted(told(p, tells_since.get(p.lot, True)) for p in held),
    )


def expected(case: Case) -> tuple[Fraction, Fraction, Fraction, list[str]]:
    """What the source says."""
    disallowed, recognised, lost = map(Fraction, (case.disallowed, case.recognised, case.lost))
    return disallowed, recognised, lost, sorted(case.open_lots)


@pytest.mark.parametrize("name", CASES)
def test_the_oracle_says_what_is_published(name: str) -> None:
    assert answer(CASES[name]) == expected(CASES[name]), CASES[name].source


UNPUBLISHED = {
    "what is sold together replaces",
    "what was sold before replaces",
    "the anniversary is long",
    "named lots are not heeded",
}
"""No published example turns on these."""


@pytest.mark.parametrize("name", sorted(WRONG.keys() - UNPUBLISHED))
def test_the_published_cases_tell_each_wrong_rule_from_the_right_one(name: str) -> None:
    wrong = [case for case in CASES.values() if answer(case, WRONG[name]) != expected(case)]
    assert wrong


@pytest.mark.parametrize(
    ("held_since", "sold", "said"),
    [
        ("2023-02-07", "2024-02-07", "short"),  # Publication 550: bought and sold on these days
        ("2023-02-07", "2024-02-08", "long"),
        ("2023-01-03", "2024-01-03", "short"),  # 365 days are not more than a year
        ("2023-02-28", "2024-02-29", "short"),  # begun on 1 March (Rev. Rul. 66-7)
        ("2023-02-28", "2024-03-01", "long"),
        ("2024-02-28", "2025-02-28", "short"),  # begun on a leap day, over with the month
        ("2024-02-28", "2025-03-01", "long"),
        ("2024-02-29", "2025-03-01", "long"),
        ("2024-02-29", "2025-02-28", "short"),
    ],
)
def test_long_is_after_the_first_anniversary(held_since: str, sold: str, said: str) -> None:
    day = date.fromisoformat
    assert term(day(held_since), day(sold), AS_IT_STANDS) == said
