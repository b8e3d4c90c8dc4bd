"""Wash sales as publications and regulations tell them, a line for each purchase and sale.

Behind the arrow of a sale stands what the rule takes away of its loss, what of that is lost for
good, and what counts; behind that of a purchase what is held of it in the end. Days that a source
does not give are ours. Sources: 26 CFR 1.1091-1(h), 1.1091-2(a); Publication 550, "Wash Sales";
Rev. Rul. 2008-5, 56-602; Fairmark and adlr/wash-sale-calculator (BSD); wash-alpha (MIT).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from brokers.words import Relief
from strategies.washes.ledger import household
from strategies.washes.nouns import Household, Trade

KINDS = {"main": "taxable", "hers": "taxable", "ira": "ira", "roth": "roth", "hsa": "hsa",
         "401k": "401k"}  # fmt: skip

PUBLISHED = {
    "Publication 550: a hundred shares, bought back": """
        2024-05-01 buy  100 @ 10      A
        2024-07-01 sell 100 @ 7.50    A          -> washed 250 counts 0
        2024-07-05 buy  100 @ 8       B          -> 100 basis 1050 since 2024-05-05
    """,
    "1.1091-1(h) example 1: the replacement was there before the sale": """
        1954-12-01 buy  100 @ 100     A
        1954-12-15 buy  100 @ 90      B          -> 100 basis 10000 since 1954-11-12
        1955-01-03 sell 100 @ 90      A          -> washed 1000 counts 0
    """,
    "1.1091-1(h) example 2: fewer bought than sold": """
        1954-09-21 buy  100 @ 50      A
        1954-12-21 buy   50 @ 55      B          -> 50 basis 3250 since 1954-09-08
        1954-12-27 buy   25 @ 45      C          -> 25 basis 1375 since 1954-09-14
        1955-01-03 sell 100 @ 40      A          -> washed 750 counts -250
    """,
    "Publication 550: the same, by its own days": """
        2013-09-26 buy  100 @ 50      A
        2013-12-19 buy   50 @ 55      B          -> 50 basis 3250 since 2013-09-05
        2013-12-27 buy   25 @ 45      C          -> 25 basis 1375 since 2013-09-13
        2014-01-09 sell 100 @ 40      A          -> washed 750 counts -250
    """,
    "1.1091-1(h) example 3: more bought than sold, the first two replace": """
        1954-09-15 buy  100 @ 50      A
        1956-02-01 sell 100 @ 40      A          -> washed 1000 counts 0
        1956-02-15 buy   50 @ 40      B          -> 50 basis 2500 since 1954-09-29
        1956-02-16 buy   50 @ 40      C          -> 50 basis 2500 since 1954-09-30
        1956-02-17 buy   50 @ 40      D          -> 50 basis 2000 since 1956-02-17
        1956-02-18 buy   50 @ 40      E          -> 50 basis 2000 since 1956-02-18
    """,
    "Publication 550: the same in 2014": """
        2013-09-26 buy  100 @ 50      A
        2014-02-06 sell 100 @ 40      A          -> washed 1000 counts 0
        2014-02-11 buy   50 @ 20      B          -> 50 basis 1500 since 2013-10-01
        2014-02-12 buy   50 @ 20      C          -> 50 basis 1500 since 2013-10-02
        2014-02-13 buy   50 @ 20      D          -> 50 basis 1000 since 2014-02-13
        2014-02-14 buy   50 @ 20      E          -> 50 basis 1000 since 2014-02-14
    """,
    "1.1091-2(a) example 1: bought back dearer": """
        1935-01-02 buy    1 @ 100     A
        1955-01-15 sell   1 @ 80      A          -> washed 20 counts 0
        1955-02-01 buy    1 @ 90      B          -> 1 basis 110 since 1935-01-19
    """,
    "1.1091-2(a) example 2: bought back cheaper": """
        1935-01-02 buy    1 @ 100     A
        1955-01-15 sell   1 @ 80      A          -> washed 20 counts 0
        1955-02-01 buy    1 @ 70      B          -> 1 basis 90 since 1935-01-19
    """,
    "Publication 550: the gains of the day stay taxable": """
        2008-01-05 buy  100 @ 158     A
        2008-01-06 buy  100 @ 100     B
        2008-01-07 buy  100 @ 95      C
        2013-12-27 sell 100 @ 125     A          -> washed 3300 counts 0
        2013-12-27 sell 100 @ 125     B          -> washed 0 counts 2500
        2013-12-27 sell 100 @ 125     C          -> washed 0 counts 3000
        2014-01-09 buy  250 @ 100     D    -> 100 basis 13300 since 2008-01-18, 150 basis 15000
    """,
    "Fairmark, Rev. Rul. 56-602: the rest of one purchase is no replacement": """
        2014-06-01 buy  100 @ 50      A1 order O
        2014-06-01 buy  100 @ 50      A2 order O -> 100 basis 5000
        2014-06-12 sell 100 @ 40      A1         -> washed 0 counts -1000
    """,
    "Fairmark: twice on one day": """
        2014-05-01 buy  100 @ 10      A
        2014-05-01 sell 100 @ 9       A          -> washed 100 counts 0
        2014-05-01 buy  100 @ 8       B
        2014-05-01 sell 100 @ 9       B          -> washed 0 counts 0
    """,
    "the same with the names exchanged: they decide nothing": """
        2014-05-01 buy  100 @ 10      B
        2014-05-01 sell 100 @ 9       B          -> washed 100 counts 0
        2014-05-01 buy  100 @ 8       A
        2014-05-01 sell 100 @ 9       A          -> washed 0 counts 0
    """,
    "adlr: a loss, the purchase after four weeks, and its own loss": """
        2014-01-25 buy    2 @ 50      A
        2014-01-28 sell   2 @ 25      A          -> washed 50 counts 0
        2014-02-25 buy    5 @ 50      B
        2014-02-28 sell   5 @ 25      B          -> washed 0 counts -175
    """,
    "adlr: two lots of different days, sold on one": """
        2014-09-15 buy   10 @ 200     A
        2014-09-25 buy   10 @ 190     B
        2014-10-05 sell  10 @ 180     A          -> washed 200 counts 0
        2014-10-05 sell  10 @ 180     B          -> washed 0 counts -300
    """,
    "adlr: two lots of one day, sold on one": """
        2014-09-25 buy    4 @ 587.99  A
        2014-09-25 buy    2 @ 587.99  B
        2014-10-24 sell   4 @ 537.16  A          -> washed 101.66 counts -101.66
        2014-10-24 sell   2 @ 537.16  B          -> washed 0 counts -203.32
    """,
    "wash-alpha: sold at one broker, bought at another": """
        2024-01-03 buy   20 @ 150     A
        2024-10-15 sell  20 @ 100     A          -> washed 1000 counts 0
        2024-10-20 buy   20 @ 110     B in hers  -> 20 basis 3200 since 2024-01-08
    """,
    "wash-alpha: forty of a hundred": """
        2024-01-03 buy  100 @ 300     A
        2024-10-15 sell 100 @ 200     A          -> washed 4000 counts -6000
        2024-10-20 buy   40 @ 225     B          -> 40 basis 13000 since 2024-01-08
    """,
    "wash-alpha: fifteen for ten": """
        2024-01-03 buy   10 @ 360     A
        2024-10-15 sell  10 @ 240     A          -> washed 1200 counts 0
        2024-11-03 buy   15 @ 250     B          -> 10 basis 3700 since 2024-01-22, 5 basis 1250
    """,
    "wash-alpha: the earliest purchase first": """
        2024-01-03 buy   10 @ 300     A
        2024-10-15 sell  10 @ 200     A          -> washed 1000 counts 0
        2024-10-20 buy    5 @ 240     B          -> 5 basis 1700 since 2024-01-08
        2024-10-25 buy    8 @ 250     C          -> 5 basis 1750 since 2024-01-13, 3 basis 750
    """,
    "wash-alpha: sixty days of holding move": """
        2024-01-01 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A          -> washed 200 counts 0
        2024-03-15 buy   10 @ 90      B          -> 10 basis 1100 since 2024-01-15
    """,
    "Fairmark: bought and all of it sold within the month": """
        2024-06-03 buy  100 @ 10      A
        2024-06-13 sell 100 @ 9       A          -> washed 0 counts -100
    """,
    "wash-alpha: a gain is never washed": """
        2024-01-03 buy   10 @ 360     A
        2024-10-15 sell  10 @ 500     A          -> washed 0 counts 1400
        2024-10-20 buy   10 @ 510     B          -> 10 basis 5100
    """,
    "Rev. Rul. 2008-5: bought back in the IRA": """
        2007-05-01 buy  100 @ 10      A
        2007-12-20 sell 100 @ 6       A          -> washed 400 lost 400 counts 0
        2007-12-21 buy  100 @ 6       B in ira   -> 100 basis 600
    """,
}

OURS = {
    "the thirtieth day counts, before and after": """
        2023-01-03 buy   10 @ 100     A
        2024-01-31 buy    5 @ 100     B          -> 5 basis 600 since 2022-12-04
        2024-03-01 sell  10 @ 80      A          -> washed 200 counts 0
        2024-03-31 buy    5 @ 90      C          -> 5 basis 550 since 2023-02-02
    """,
    "the thirty-first does not": """
        2023-01-03 buy   10 @ 100     A
        2024-01-30 buy    5 @ 100     B          -> 5 basis 500
        2024-03-01 sell  10 @ 80      A          -> washed 0 counts -200
        2024-04-01 buy    5 @ 90      C          -> 5 basis 450
    """,
    "the IRA came before the taxable account: its shares replace first": """
        2023-01-03 buy   10 @ 100     A
        2024-02-20 buy    4 @ 85      R in roth  -> 4 basis 340
        2024-03-01 sell  10 @ 80      A          -> washed 200 lost 80 counts 0
        2024-03-04 buy   10 @ 82      B          -> 6 basis 612 since 2023-01-06, 4 basis 328
    """,
    "a sale inside the IRA is no loss, and no gain": """
        2024-03-01 buy   10 @ 100     R in ira
        2024-03-20 sell  10 @ 60      R in ira
        2024-03-21 buy   10 @ 60      B          -> 10 basis 600
    """,
    "what the IRA sold before the loss replaces nothing": """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 buy   10 @ 80      R in ira
        2024-03-04 sell  10 @ 81      R in ira
        2024-03-05 sell  10 @ 70      A          -> washed 0 counts -300
    """,
    "sold on the very day of the loss it does": """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 buy   10 @ 80      R in ira
        2024-03-05 sell  10 @ 81      R in ira
        2024-03-05 sell  10 @ 70      A          -> washed 300 lost 300 counts 0
    """,
    "dividends reinvested count, to nine places": """
        2024-01-02 buy      10 @ 100  A
        2024-03-01 sell     10 @ 90   A          -> washed 1.23456789 counts -98.76543211
        2024-03-15 reinvest 0.123456789 @ 91 D   -> 0.123456789 basis 12.469135689 since 2024-01-16
    """,
    "a share replaces once: the second loss finds nothing left": """
        2024-01-02 buy   10 @ 100     A
        2024-01-03 buy   10 @ 100     B
        2024-03-01 sell  10 @ 90      A          -> washed 100 counts 0
        2024-03-04 sell  10 @ 85      B          -> washed 0 counts -150
        2024-03-15 buy   10 @ 88      C          -> 10 basis 980 since 2024-01-16
    """,
    "a chain: the loss goes from lot to lot, its days too": """
        2024-01-02 buy   10 @ 100     A
        2024-02-01 sell  10 @ 90      A          -> washed 100 counts 0
        2024-02-06 buy   10 @ 91      B
        2024-03-05 sell  10 @ 80      B          -> washed 210 counts 0
        2024-03-08 buy   10 @ 82      C          -> 10 basis 1030 since 2024-01-10
    """,
    "a replacement that is gone again before it is a month old": """
        2024-01-02 buy   10 @ 100     A
        2024-02-01 sell  10 @ 90      A          -> washed 100 counts 0
        2024-02-06 buy   10 @ 91      B
        2024-02-07 sell  10 @ 95      B          -> washed 0 counts -60
    """,
    "a chain that ends in an IRA loses what it carried": """
        2024-01-02 buy   10 @ 100     A
        2024-02-01 sell  10 @ 90      A          -> washed 100 counts 0
        2024-02-06 buy   10 @ 91      B
        2024-03-05 sell  10 @ 80      B          -> washed 210 lost 210 counts 0
        2024-03-08 buy   10 @ 82      R in ira   -> 10 basis 820
    """,
    "one sale of two lots: neither is held instead of the other": """
        2024-03-01 buy   10 @ 100     A
        2024-03-08 buy   10 @ 100     B
        2024-03-15 sell  20 @ 90      A;B        -> washed 0 counts -200
    """,
    "a split between the loss and the purchase: twenty new for ten old": """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A          -> washed 200 counts 0
        2024-03-11 split  2 @ 0       -
        2024-03-15 buy   30 @ 41      B          -> 20 basis 1020 since 2024-01-16, 10 basis 410
    """,
    "one new share for three old ones": """
        2024-01-02 buy  100 @ 9       A
        2024-03-11 split 0.333333333 @ 0 -
        2024-03-15 sell 33 @ 30       A          -> washed 0 counts 99
        2024-03-18 sell 0.333333333 @ 30 A       -> washed 0 counts 0.99999999
    """,
    "fees: more basis, fewer proceeds, and so a loss": """
        2024-01-02 buy   10 @ 100     A fee 5
        2024-03-01 sell  10 @ 100     A fee 5    -> washed 10 counts 0
        2024-03-15 buy   10 @ 100     B fee 1    -> 10 basis 1011 since 2024-01-16
    """,
    "a gain that a moved loss turned into a loss has its own turn": """
        2024-03-01 buy   10 @ 60      A
        2024-03-04 buy   10 @ 100     B
        2024-03-08 buy   10 @ 70      C          -> 10 basis 960 since 2024-02-26
        2024-03-08 sell  10 @ 62      A          -> washed 260 counts 0
        2024-03-08 sell  10 @ 72      B          -> washed 280 counts 0
    """,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A trade, and what stands behind its arrow."""

    trade: Trade
    told: str


WRITTEN = re.compile(
    r"(?P<day>\S+) +(?P<side>\w+) +(?P<quantity>\S+) @ (?P<price>\S+) +(?P<lot>\S+)"
    r"(?: in (?P<account>\w+))?(?: order (?P<order>\w+))?(?: fee (?P<fee>\S+))?"
    r" *(?:-> (?P<told>.*))?"
)


def lines_of(case: str) -> Iterator[Line]:
    """The lines of a case, as trades of one symbol."""
    for written in case.strip().splitlines():
        found = WRITTEN.fullmatch(written.strip())
        assert found, written
        account = found["account"] or "main"
        yield Line(
            Trade(
                day=date.fromisoformat(found["day"]),
                account=account,
                kind=KINDS[account],
                symbol="VTI",
                side=found["side"],
                quantity=Decimal(found["quantity"]),
                price=Decimal(found["price"]),
                fee=Decimal(found["fee"] or 0),
                lot=found["lot"].strip("-"),
                order=found["order"] or "",
            ),
            found["told"] or "",
        )


def words(told: str) -> Mapping[str, str]:
    """``washed 5 counts 0`` as a table."""
    parts = told.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


def assert_sale(found: Household, line: Line) -> None:
    """Every lot of the sale together: washed, lost, counts."""
    lots = line.trade.lot.split(";")
    rows = [one for one in found.disposals if one.lot in lots and one.sold == line.trade.day]
    told = words(line.told)
    assert sum(one.disallowed for one in rows) == Decimal(told["washed"])
    assert sum(one.permanently_lost for one in rows) == Decimal(told.get("lost", "0"))
    assert sum(one.recognised for one in rows) == Decimal(told["counts"])
    assert all(one.gain == one.proceeds - one.basis for one in rows)
    assert all(one.recognised == one.gain + one.disallowed for one in rows)


def assert_held(found: Household, line: Line) -> None:
    """The pieces of the lot that are left, no more and no fewer."""
    wanted = []
    for piece in filter(None, line.told.split(",")):
        quantity, *rest = piece.split()
        told = words(" ".join(rest))
        since = date.fromisoformat(told["since"]) if "since" in told else line.trade.day
        wanted.append((since, Decimal(quantity), Decimal(told["basis"])))
    held = [one for one in found.open_lots if one.lot == line.trade.lot]
    assert sorted((one.held_since, one.quantity, one.basis) for one in held) == sorted(wanted)


CASES = {**PUBLISHED, **OURS}


@pytest.mark.parametrize("name", CASES)
def test_a_loss_goes_where_the_law_sends_it(name: str) -> None:
    lines = [*lines_of(CASES[name])]
    found = household([line.trade for line in reversed(lines)])
    for line in lines:
        if line.trade.side == "sell" and line.trade.kind == "taxable":
            assert_sale(found, line)
        elif line.trade.side in {"buy", "reinvest"}:
            assert_held(found, line)


RELIEF = """
    have                                                        sell  by    takes
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03             2  fifo  2@100/15-10-01
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03             7  fifo  4@100/15-10-01 3@111.11/15-10-02
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03            12  fifo  4@100/15-10-01 5@111.11/15-10-02 3@122.22/15-10-03
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03             2  lifo  2@122.22/15-10-03
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03             7  lifo  6@122.22/15-10-03 1@111.11/15-10-02
    5@111.11/15-10-02 4@100/15-10-01 6@122.22/15-10-03            12  lifo  6@122.22/15-10-03 5@111.11/15-10-02 1@100/15-10-01
    5@99/15-10-02 4@100/15-10-01 6@90/15-10-03                     7  hifo  4@100/15-10-01 3@99/15-10-02
    5@99/15-10-02 4@100/15-10-01 6@90/15-10-03                     7  lofo  6@90/15-10-03 1@99/15-10-02
    3@10/15-10-01 3@10/15-10-01 3@10/15-10-01                      4  lifo  3@10/15-10-01 1@10/15-10-01
"""  # noqa: E501  # a table


@pytest.mark.parametrize("row", RELIEF.strip().splitlines()[1:])
def test_a_sale_takes_lots_by_its_method(row: str) -> None:
    """FIFO and LIFO as beancount's tests of booking have them (facts only)."""
    have, sell, by, takes = re.split(r" {2,}", row.strip())
    buys = [buy_of(place, text) for place, text in enumerate(have.split())]
    last = max(buy.day for buy in buys)
    sale = Trade(
        last, "main", "taxable", "VTI", "sell", Decimal(sell), Decimal(500), Decimal(0), "", ""
    )
    found = household([*buys, sale], Relief(by))
    taken = sorted(
        f"{one.quantity}@{(one.basis / one.quantity).normalize():f}/{one.acquired:%y-%m-%d}"
        for one in found.disposals
    )
    assert taken == sorted(takes.split())
    assert (
        sum(one.quantity for one in found.open_lots)
        == sum(b.quantity for b in buys) - sale.quantity
    )


def buy_of(place: int, text: str) -> Trade:
    """``5@111.11/15-10-02`` as a purchase."""
    quantity, price, day = re.split("[@/]", text)
    bought = date.fromisoformat(f"20{day}")
    amounts = (Decimal(quantity), Decimal(price), Decimal(0))
    return Trade(bought, "main", "taxable", "VTI", "buy", *amounts, f"L{place}", "")


def test_hifo_goes_by_the_basis_with_the_loss_in_it() -> None:
    case = """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A
        2024-03-04 buy   10 @ 70      B
        2024-03-05 buy   10 @ 75      C
        2024-05-06 sell  10 @ 90      -
    """
    found = household([line.trade for line in lines_of(case)], Relief.HIFO)
    assert [(one.lot, one.basis) for one in found.disposals[1:]] == [("B", Decimal(900))]


@pytest.mark.parametrize(
    ("bought", "sold", "term"),
    [
        ("2023-02-07", "2024-02-07", "short"),
        ("2023-02-07", "2024-02-08", "long"),
        ("2023-01-03", "2024-01-03", "short"),
        ("2023-02-28", "2024-02-29", "short"),
        ("2023-02-28", "2024-03-01", "long"),
        ("2024-02-29", "2025-02-28", "short"),
        ("2024-02-29", "2025-03-01", "long"),
    ],
)
def test_long_is_more_than_a_year_by_calendar_months(bought: str, sold: str, term: str) -> None:
    """Publication 550, Rev. Rul. 66-7."""
    case = f"{bought} buy 1 @ 10 A\n{sold} sell 1 @ 12 A"
    found = household([line.trade for line in lines_of(case)])
    assert [one.term for one in found.disposals] == [term]


def test_the_days_of_the_lot_before_make_it_long() -> None:
    case = """
        2023-01-03 buy   10 @ 100     A
        2023-11-01 sell  10 @ 90      A
        2023-11-06 buy   10 @ 88      B
        2024-01-12 sell  10 @ 120     B
    """
    last = household([line.trade for line in lines_of(case)]).disposals[-1]
    assert (last.held_since, last.acquired, last.term) == (
        date(2023, 1, 8),
        date(2023, 11, 6),
        "long",
    )


@pytest.mark.parametrize("kind", ["hsa", "401k"])
def test_the_owner_sets_what_a_purchase_in_an_hsa_does(kind: str) -> None:
    case = f"""
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A
        2024-03-04 buy   10 @ 80      H in {kind}
    """
    trades = [line.trade for line in lines_of(case)]
    assert household(trades).disposals[0].permanently_lost == 200
    assert household(trades, outside=[kind]).disposals[0].disallowed == 0


def test_identical_securities_replace_one_another() -> None:
    case = """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A
        2024-03-04 buy   10 @ 70      B
    """
    *first, last = [line.trade for line in lines_of(case)]
    trades = [*first, Trade(last.day, "hers", "taxable", "ITOT", *_rest(last))]
    assert household(trades).disposals[0].disallowed == 0
    found = household(trades, group_of={"VTI": "total market", "ITOT": "total market"})
    assert found.disposals[0].disallowed == 200
    assert [(m.lot, m.symbol, m.account) for m in found.disposals[0].moves] == [
        ("B", "ITOT", "hers")
    ]


def _rest(trade: Trade) -> tuple[str, Decimal, Decimal, Decimal, str, str]:
    return trade.side, trade.quantity, trade.price, trade.fee, trade.lot, trade.order


def test_less_than_any_fraction_replaces_nothing() -> None:
    case = """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A
        2024-03-04 split  3 @ 0       -
        2024-03-05 buy   0.000000001 @ 27 B
    """
    lines = [line.trade for line in lines_of(case)]
    other = [replace(trade, symbol="ITOT") for trade in lines[2:]]
    found = household([*lines[:2], *other], group_of={"VTI": "market", "ITOT": "market"})
    assert found.disposals[0].disallowed == 0
    assert found.open_lots[0].free == Decimal("0.000000001")


def test_shares_of_two_securities_are_counted_as_of_the_loss() -> None:
    case = """
        2024-01-02 buy   10 @ 100     A
        2024-03-01 sell  10 @ 80      A
        2024-03-04 split  3 @ 0       -
        2024-03-05 buy   12 @ 27      B
    """
    lines = [line.trade for line in lines_of(case)]
    other = [replace(trade, symbol="ITOT") for trade in lines[2:]]
    found = household([*lines[:2], *other], group_of={"VTI": "market", "ITOT": "market"})
    assert (found.disposals[0].disallowed, found.disposals[0].unreplaced) == (80, 6)
    assert [(move.quantity, move.loss) for move in found.disposals[0].moves] == [(4, 80)]
