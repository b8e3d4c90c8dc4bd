"""Every format: what of a file becomes a trade, a lot, a position, cash or a split, by its line.

The files are written for these tests, in the forms that the brokers' own pages and public readers
of such files describe; docs/import.md says so of each.
"""

import pytest

from bot.importers.formats import read_statement
from bot.importers.nouns import BadImport, Frame, Kind
from bot.importers.text import as_text
from tests.bot.importers.statement_files import FILES, TODAY, frame, line, lines, sample, told

WANTED = {
    "year.flex.xml": """
        7: 2025-02-03 15:30 buy 10 VTI at 295.5 fee 1
        8: 2025-02-03 15:30 buy 10 VTI at 295.52 fee 0.35
        9: 2025-06-09 18:02 sell 50 VTI at 290.1 fee 1.42
        10: closed lot 50 VTI for 10075 of 2021-03-04 as of 2025-06-09
        11: 2025-07-01 13:31 buy 4 BRK.B at 487.22
        12: 2025-03-03 16:00 buy 5 NVDA at 800 fee 1
        16: position 70 VTI for ? of 2025-12-31 as of 2025-12-31
        17: lot 50 VTI for 10075 of 2021-03-04 as of 2025-12-31
        18: lot 20 VTI for 5911.55 of 2025-02-03 as of 2025-12-31
        19: lot 4 BRK.B for 1948.88 of 2025-07-01 as of 2025-12-31
        20: lot 50 NVDA for 4001 of 2025-03-03 as of 2025-12-31
        21: lot 40 BND for 2876 of 2024-06-16 as of 2025-12-31
        24: 2025-03-29 dividend 61.1 VTI
        26: 2025-01-15 deposit 5000
        29: split NVDA 10 on 2025-06-11
    """,
    "activities.json": """
        2: 2025-02-03 15:30 buy 10 VTI at 295.5
        3: 2025-06-09 18:02 sell 4 VTI at 290.1
        4: 2025-03-28 dividend 6.11 VTI
        5: 2025-01-15 deposit 5000
        6: transfer 40 BND for ? of 2025-02-10 as of 2025-02-10
        8: split VTI 2 on 2025-06-11
    """,
    "invest.qfx": """
        23: 2025-02-03 06:00 buy 10 VTI at 295.5 fee 5.00
        31: 2025-06-09 18:02 sell 4 VTI at 290.1 fee 0.03
        39: 2025-03-28 05:00 buy 0.208 BND at 72.1154
        39: 2025-03-28 dividend 15 BND
        44: 2025-03-28 dividend 6.11 VTI
        49: 2025-01-15 deposit 5000
        55: position 106 VTI for ? of 2025-12-31 as of 2025-12-31
        56: position 0.208 BND for ? of 2025-12-31 as of 2025-12-31
    """,
    "schwab-transactions.csv": """
        3: 2025-06-09 05:00 sell 4 VTI at 290.1 fee 0.03
        4: 2025-03-28 05:00 buy 0.1234 SCHB at 22.1
        5: 2025-03-28 dividend 2.73 SCHB
        6: 2025-03-28 dividend 6.11 VTI
        7: 2025-02-03 06:00 buy 10 VTI at 295.5
        8: 2025-01-20 fee -15
        9: 2025-01-15 deposit 5000
    """,
    "schwab-positions.csv": "4: position 106 VTI for ? of 2026-01-05 as of 2026-01-05",
    "schwab-lots.csv": """
        3: lot 96 VTI for 19344 of 2021-03-04 as of 2026-01-05
        4: lot 10 VTI for 2955 of 2025-02-03 as of 2026-01-05
    """,
    "fidelity-history.csv": """
        5: 2025-06-09 05:00 sell 4 VTI at 290.1 fee 0.03
        6: 2025-03-28 05:00 buy 1.434 FXNAX at 10.46
        7: 2025-03-28 dividend 15 FXNAX
        9: 2025-02-03 06:00 buy 10 VTI at 295.5 fee 4.95
        10: 2025-01-15 deposit 5000
    """,
    "fidelity-positions.csv": """
        3: position 106 VTI for ? of 2026-01-05 as of 2026-01-05
        4: position 1.434 FXNAX for ? of 2026-01-05 as of 2026-01-05
    """,
    "vanguard.csv": """
        2: position 106 VTI for ? of 2026-01-20 as of 2026-01-20
        7: 2025-06-09 05:00 sell 4 VTI at 290.1 fee 0.03
        9: 2025-03-28 dividend 6.11 VTI
        10: 2025-02-03 06:00 buy 10 VTI at 295.5
        11: 2025-01-15 deposit 5000
    """,
    "ibkr-activity.csv": """
        11: position 106 VTI for ? of 2025-12-31 as of 2025-12-31
        12: lot 96 VTI for 19344 of 2021-03-04 as of 2025-12-31
        13: lot 10 VTI for 2956 of 2025-02-03 as of 2025-12-31
        16: 2025-02-03 15:30 buy 10 VTI at 295.5 fee 1
        17: 2025-06-09 18:02 sell 4 VTI at 290.1 fee 1.02
        21: 2025-01-15 deposit 5000
        24: 2025-03-28 dividend 61.1 VTI
    """,
}
NUMBERS = {
    "year.flex.xml": ("flex", "U7654321"),
    "activities.json": ("alpaca", ""),
    "invest.qfx": ("ofx", "12345678"),
    "schwab-transactions.csv": ("schwab", "Individual XXXX-1234"),
    "schwab-positions.csv": ("schwab", "Individual ...234"),
    "schwab-lots.csv": ("schwab", "Individual ...234"),
    "fidelity-history.csv": ("fidelity", "Z12345678"),
    "fidelity-positions.csv": ("fidelity", "Z12345678"),
    "vanguard.csv": ("vanguard", "40012345"),
    "ibkr-activity.csv": ("ibkr-csv", "U7654321"),
}


def test_no_sample_is_forgotten() -> None:
    assert WANTED.keys() == NUMBERS.keys() == {path.name for path in FILES}


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_file_says(name: str) -> None:
    found = sample(name)
    assert lines(found) == [row.strip() for row in WANTED[name].strip().splitlines()]
    form, number = NUMBERS[name]
    assert found.format == form
    assert {item.number for item in found.items} == {number}


def test_ids_and_orders_are_the_broker_s() -> None:
    trades = [i for i in sample("year.flex.xml").items if i.kind is Kind.TRADE]
    assert [(i.what.root, i.order) for i in trades[:2]] == [
        ("0000e1a7.67a1.01.01", "771"),
        ("0000e1a7.67a1.02.01", "771"),
    ]
    ofx = [i for i in sample("invest.qfx").items if i.kind is Kind.TRADE]
    assert [i.what.root for i in ofx] == ["B-1", "S-1", "R-1"]


def test_what_is_no_share_is_passed_over_and_said() -> None:
    assert sample("year.flex.xml").notes == (
        "year.flex.xml:13: a trade of CASH EUR.USD is passed over: only shares are taken",
    )


OFX_2 = """<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS>
<DTASOF>20251231</DTASOF><CURDEF>USD</CURDEF>
<INVACCTFROM><BROKERID>b</BROKERID><ACCTID>77</ACCTID></INVACCTFROM>
<INVTRANLIST>
<TRANSFER><INVTRAN><FITID>T1</FITID><DTTRADE>20250210</DTTRADE><MEMO></MEMO></INVTRAN>
<SECID><UNIQUEID>VTI</UNIQUEID><UNIQUEIDTYPE>TICKER</UNIQUEIDTYPE></SECID>
<UNITS>40</UNITS><TFERACTION>IN</TFERACTION><AVGCOSTBASIS>201.50</AVGCOSTBASIS>
<DTPURCHASE>20210304</DTPURCHASE></TRANSFER>
<SPLIT><INVTRAN><FITID>P1</FITID><DTTRADE>20250611</DTTRADE></INVTRAN>
<SECID><UNIQUEID>VTI</UNIQUEID><UNIQUEIDTYPE>TICKER</UNIQUEIDTYPE></SECID>
<OLDUNITS>40</OLDUNITS><NEWUNITS>60</NEWUNITS><NUMERATOR>3</NUMERATOR><DENOMINATOR>2</DENOMINATOR>
</SPLIT>
</INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>
"""


def test_ofx_in_xml_tells_transfers_with_their_day_of_purchase_and_splits() -> None:
    assert lines(told(OFX_2)) == [
        "7: transfer 40 VTI for 8060 of 2021-03-04 as of 2025-02-10",
        "11: split VTI 1.5 on 2025-06-11",
    ]


def test_two_legs_make_a_split_and_one_leg_is_a_mistake() -> None:
    one = '[{"activity_type":"SPLIT","id":"a","date":"2025-06-11","symbol":"VTI","qty":"12"}]'
    with pytest.raises(BadImport, match=r'f:1: "SPLIT" of VTI moves shares'):
        told(one)
    passed = told_with_skip(one, "split")
    assert passed == ["f:1: SPLIT of VTI is passed over, as asked"]


def told_with_skip(text: str, *skip: str) -> list[str]:
    return [*read_statement(text, frame("f", *skip)).notes]


SCHWAB = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'


def test_a_row_that_moves_shares_in_an_unknown_way_stops_it_all() -> None:
    row = '"06/11/2025","Stock Split","VTI","VANGUARD","96","","",""\n'
    with pytest.raises(BadImport) as caught:
        told(SCHWAB + row)
    assert str(caught.value) == (
        'f:2: "Stock Split" of VTI moves shares in a way that is not told here:'
        ' --skip "Stock Split" passes over it; then tell by hand what it did'
    )
    assert told_with_skip(SCHWAB + row, "stock split") == [
        "f:2: Stock Split of VTI is passed over, as asked"
    ]


def test_a_byte_order_mark_and_another_encoding_change_nothing() -> None:
    row = '"02/03/2025","Buy","VTI","CAF\\u00c9","10","$1,295.50","","-$12,955.00"\n'
    text = SCHWAB + row.encode().decode("unicode_escape")
    for code in ("utf-8-sig", "utf-16", "cp1252", "utf-8"):
        (item,) = told(as_text("f", text.encode(code))).items
        assert line(item) == "2: 2025-02-03 06:00 buy 10 VTI at 1295.5"


FLEX = """<FlexQueryResponse><FlexStatement accountId="U1" toDate="2025-12-31">
<Trade assetCategory="STK" symbol="VTI" currency="USD" quantity="-5" tradePrice="9"
 ibExecID="x" dateTime="2025-06-09 14:02:10" levelOfDetail="EXECUTION" />
{}
</FlexStatement></FlexQueryResponse>"""

FLEX_ROWS = {
    "a closed lot among the trades": (
        (
            '<Trade assetCategory="STK" symbol="VTI" currency="USD" quantity="-5" cost="-40"'
            ' openDateTime="20190501;120000" tradeDate="20250609" levelOfDetail="CLOSED_LOT" />'
        ),
        ["4: closed lot 5 VTI for 40 of 2019-05-01 as of 2025-06-09"],
    ),
    "a short position that was closed": (
        (
            '<Lot assetCategory="STK" symbol="VTI" currency="USD" quantity="5" cost="40"'
            ' openDateTime="20190501;120000" buySell="BUY" levelOfDetail="CLOSED_LOT" />'
        ),
        [],
    ),
    "shares sent here": (
        (
            '<Transfer assetCategory="STK" symbol="VTI" currency="USD" date="2025-02-10"'
            ' type="ACATS" direction="IN" quantity="40" transferPrice="0" cashTransfer="0" />'
        ),
        ["4: transfer 40 VTI for ? of 2025-02-10 as of 2025-02-10"],
    ),
    "shares sent away": (
        (
            '<Transfer assetCategory="STK" symbol="VTI" currency="USD" reportDate="20250210"'
            ' type="INTERNAL" direction="OUT" quantity="40" levelOfDetail="TRANSFER" />'
        ),
        ["4: transfer -40 VTI for ? of 2025-02-10 as of 2025-02-10"],
    ),
    "cash sent here": (
        (
            '<Transfer assetCategory="CASH" symbol="--" currency="USD" dateTime="20250710;080000"'
            ' direction="IN" cashTransfer="250.00" transactionID="3" />'
        ),
        ["4: 2025-07-10 deposit 250"],
    ),
}


@pytest.mark.parametrize("name", FLEX_ROWS)
def test_rows_of_flex(name: str) -> None:
    row, wanted = FLEX_ROWS[name]
    assert lines(told(FLEX.format(row)))[1:] == wanted


def test_flex_trades_by_order_alone_are_no_executions() -> None:
    row = FLEX.format("").replace("EXECUTION", "ORDER")
    with pytest.raises(BadImport, match=r"^f:2: the trades are told by order, not by execution$"):
        told(row)


NEW_VANGUARD = """Settlement date,Trade date,Symbol,Transaction type,Quantity,Price,{}
6/10/2025,6/9/2025,VTI,Sell,-4.0000,$290.1000,$0.03,"$1,160.3700"
1/15/2025,1/15/2025,,Funds Received,,,,"$5,000.0000"
1/15/2025,1/15/2025,VMFXX,Sweep in,,,,"-$5,000.0000"
""".format("Commission & fees,Amount")


def test_vanguard_s_newer_headings() -> None:
    found = told(NEW_VANGUARD)
    assert found.format == "vanguard"
    assert [line(item) for item in found.items] == [
        "2: 2025-06-09 05:00 sell 4 VTI at 290.1 fee 0.03",
        "3: 2025-01-15 deposit 5000",
    ]


LONG = {
    "a table": (SCHWAB, '"02/03/2025","Buy","VTI","x","1","2","",""\n', ""),
    "flex": (
        "<FlexQueryResponse><FlexStatement>\n",
        (
            '<Trade assetCategory="STK" symbol="VTI" quantity="1" tradePrice="2"'
            ' dateTime="20250203;103005" />\n'
        ),
        "</FlexStatement></FlexQueryResponse>",
    ),
    "activities": (
        "[\n",
        (
            '{"activity_type":"FILL","id":"a","symbol":"VTI","side":"buy","qty":"1","price":"2",'
            '"transaction_time":"2025-02-03T15:30:05Z"},\n'
        ),
        "]",
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_file_tells_how_far_it_is_read(name: str) -> None:
    begin, row, end = LONG[name]
    seen: list[tuple[int, int]] = []
    watched = Frame("f", TODAY, tick=lambda done, total: seen.append((done, total)))
    found = read_statement(begin + row * 5000 + end, watched)
    assert len(found.items) == 5000
    done = [lines_read for lines_read, _ in seen]
    assert done == sorted(done)
    assert len(set(done)) > 2
    assert {total for _, total in seen} == {5001 + begin.count("\n")}
