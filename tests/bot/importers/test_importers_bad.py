"""Bad files: each mistake is told with its line and what can be done, and nothing is taken."""

import re
from decimal import Decimal

import pytest

from bot.importers.cells import parsed_day, parsed_number
from bot.importers.nouns import BadImport
from bot.importers.text import as_text
from tests.bot.importers.statement_files import FOLDER, told

D = Decimal
SCHWAB = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'
OWN = "account,symbol,lot,quantity,acquired,basis,washed\n"
FLEX = (
    '<FlexQueryResponse>\n<FlexStatement accountId="U1">\n{}\n</FlexStatement></FlexQueryResponse>'
)
FLEX_TRADE = (
    '<Trade currency="{currency}" assetCategory="STK" symbol="VTI" ibExecID="a"'
    ' dateTime="{time}" quantity="{quantity}" tradePrice="{price}" buySell="{side}" />'
)
GOOD = {
    "currency": "USD",
    "time": "20250203;103005",
    "quantity": "1",
    "price": "2",
    "side": "BUY",
}

NUMBERS = """
    $1,234.56    1234.56
    (12.00)      -12
    ($1,234.50)  -1234.5
    -$12.00      -12
    +$5.25       5.25
    .5           0.5
    5.           5
    1,234,567    1234567
    0.1234567890123 0.123456789012
"""
NO_NUMBERS = "1,23 12,34.5 1e3 0x10 NaN inf -5- $$5x 1.2.3 \u0663 99999999999999999 five (5"


@pytest.mark.parametrize("row", NUMBERS.strip().splitlines())
def test_numbers_as_brokers_write_them(row: str) -> None:
    text, wanted = row.split()
    assert parsed_number(text) == D(wanted)


@pytest.mark.parametrize("text", NO_NUMBERS.split())
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed_number(text)


def test_no_number_and_a_decimal_comma() -> None:
    assert [parsed_number(text) for text in ("", "--", "N/A", " - ", "Unknown")] == [None] * 5
    assert parsed_number("1.234,56", decimal_comma=True) == D("1234.56")
    with pytest.raises(ValueError, match=r"1,234\.56"):
        parsed_number("1,234.56", decimal_comma=True)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "01/31/2026", "1/31/26", "20260131", "Jan-31-2026", "31-Jan-2026"]
)
def test_days(text: str) -> None:
    assert str(parsed_day(text)) == "2026-01-31"


@pytest.mark.parametrize(
    "text", ["31/01/2026", "2026-02-30", "", "yesterday", "1850-01-01", "202\u0666-01-01"]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed_day(text)


CELLS = """
    02/30/2025|Buy|VTI|1|2      -> f:2: date: "02/30/2025" is no day like 2026-01-31 or 01/31/2026
    01/21/2026|Buy|VTI|1|2      -> f:2: the trade's day 2026-01-21 is in the future: today is 2026-01-20
    02/03/2025|Buy|VTI|0|2      -> f:2: quantity: 0 is not above zero
    02/03/2025|Buy|VTI|ten|2    -> f:2: quantity: "ten" is no number like 1,234.56
    02/03/2025|Buy|VTI||2       -> f:2: quantity: an empty cell is no number like 1,234.56
    02/03/2025|Buy|VTI|1|-2     -> f:2: price: -2 is below zero
    02/03/2025|Buy|VTI|1|0      -> f:2: price: shares that cost nothing are no trade
    02/03/2025|Buy||1|2         -> f:2: symbol: an empty cell is no ticker
    02/03/2025|Buy|VTI 06/20/2025 300.00 C|1|2 -> f:2: symbol: "VTI.06.20.2025.300.00.C" is no ticker
    02/03/2025|Buy|VTI|0.0000000001|2 -> f:2: quantity: 0.0000000001 has more than 9 decimals
    02/03/2025|Buy to Open|VTI|1|2 -> f:2: "Buy to Open" of VTI moves shares
"""  # noqa: E501  # a table


@pytest.mark.parametrize("case", CELLS.strip().splitlines())
def test_a_bad_cell_of_a_trade(case: str) -> None:
    row, _, wanted = case.strip().partition(" -> ")
    day, action, symbol, quantity, price = row.strip().split("|")
    text = f'{SCHWAB}"{day}","{action}","{symbol}","x","{quantity}","{price}","",""\n'
    with pytest.raises(BadImport) as caught:
        told(text)
    assert str(caught.value).startswith(wanted.strip())
    assert caught.value.remedy


LOTS = """
    VTI,A,1,2026-01-21,5,0   -> f:2: the day of purchase 2026-01-21 is in the future
    VTI,A,1,2024-01-05,-5,0  -> f:2: basis: it is below zero; leave it out where it is not known
    VTI,A,-1,2024-01-05,5,0  -> f:2: quantity: -1 is a short position, which is no lot here
    VTI,A,0,2024-01-05,5,0   -> f:2: quantity: 0 is not above zero
    VTI,A,1,2024-01-05,x,0   -> f:2: basis: "x" is no number like 1,234.56
    VTI,A,1                  -> f:2: 4 cells under 7 columns
    VTI,A,1,2024-01-05,5,0,9,9 -> f:2: 9 cells under 7 columns
    "VTI                     -> f:2: no CSV: unexpected end of data
"""


@pytest.mark.parametrize("case", LOTS.strip().splitlines())
def test_a_bad_lot_of_our_own_form(case: str) -> None:
    row, _, wanted = case.strip().partition(" -> ")
    with pytest.raises(BadImport) as caught:
        told(f"{OWN}main,{row.strip()}\n")
    assert str(caught.value).startswith(wanted.strip())


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"currency": "XXQ"}, 'f:3: currency: "XXQ" is no currency that is known, like USD'),
        ({"time": "soon"}, 'f:3: dateTime: "soon" is no moment like 20260131;093005'),
        ({"time": "20250203;993005"}, "f:3: dateTime:"),
        ({"side": "BUY (Ca.)"}, "f:3: a cancelled trade: take it and what it cancels out"),
        ({"quantity": ""}, "f:3: quantity: an empty cell is no number"),
    ],
)
def test_a_bad_flex_trade(changed: dict[str, str], wanted: str) -> None:
    with pytest.raises(BadImport) as caught:
        told(FLEX.format(FLEX_TRADE.format(**GOOD | changed)))
    assert str(caught.value).startswith(wanted)


def test_all_mistakes_of_a_file_are_told_at_once_and_counted() -> None:
    row = '"02/30/2025","Buy","VTI","x","ten","2","",""\n'
    with pytest.raises(BadImport) as caught:
        told(SCHWAB + row * 30)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("f:2: quantity: ")
    assert lines[1].startswith("f:2: date: ")
    assert re.fullmatch(r"and \d+ more", lines[-1])


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<FlexQueryResponse><FlexStatement accountId="&lol3;"/></FlexQueryResponse>"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<FlexQueryResponse><FlexStatement accountId="&x;"/></FlexQueryResponse>"""


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE])
def test_no_entity_grows_and_nothing_outside_is_opened(text: str) -> None:
    with pytest.raises(BadImport, match=r"f:2: it declares a document type"):
        told(text)


FILES = {
    "PDF": (b"%PDF-1.7\n\x00\x81\n", "f:2: no text"),
    "nothing": (b" \n", "f:1: it is empty"),
}


@pytest.mark.parametrize("name", FILES)
def test_bytes_that_are_no_text(name: str) -> None:
    content, wanted = FILES[name]
    with pytest.raises(BadImport) as caught:
        as_text("f", content)
    assert str(caught.value) == wanted


WRONG = {
    "any text": ("hello\nworld\n", "auto", "f:1: no format that is known here: IBKR Flex XML"),
    "for the taxes": (
        "date,account,kind,symbol,side,quantity,price,fee,lot,order\n",
        "auto",
        "f:1: it is a file of trades for trimtab tax",
    ),
    "fills": ("symbol,side,quantity,price,time\n", "auto", "f:1: it is a list of fills"),
    "another broker's": (
        (FOLDER / "vanguard.csv").read_text(),
        "schwab",
        "f:1: it is no file of Schwab; it looks like Vanguard (--format vanguard)",
    ),
    "no rows": (SCHWAB, "auto", "f:1: it tells of no trades, lots, positions or cash"),
    "XML cut off": ("<FlexQueryResponse>\n<FlexStatements>\n", "auto", "f:3: no XML: no element"),
    "OFX cut off": ("<OFX>\n<INVSTMTRS>\n<CURDEF>USD", "auto", "f:3: INVSTMTRS does not end"),
    "a bank's OFX": ("<OFX>\n<BANKMSGSRSV1>\n</BANKMSGSRSV1></OFX>", "auto", "f:1: it has no st"),
    "OFX out of order": (
        "<OFX>\n<INVSTMTRS>\n<A>\n<B>1\n</INVSTMTRS></A></OFX>",
        "auto",
        "f:5: INVSTMTRS ends before A",
    ),
    "JSON cut off": ('[{"activity_type":"FILL"},\n {"activity_type', "auto", "f:2: no JSON:"),
    "a list without end": ('[{"activity_type":"CSD","net_amount":0}\n', "auto", "f:1: the list do"),
    "no activity": ('[{"x": 1, "activity_type": 2}, 5]', "auto", "f:1: no activity"),
    "lots that are none": ('{"schema": "trimtab/lots/1", "lots": 5}', "auto", "f:1: no document"),
    "a column twice": (
        OWN.replace("lot,", "lot,lot,") + "a,VTI,A,A,1,2024-01-05,5,0\n",
        "auto",
        'f:1: the column "lot" is there twice',
    ),
    "a security without ticker": (
        (FOLDER / "invest.qfx").read_text().replace("<TICKER>VTI", ""),
        "auto",
        "f:23: security 922908769: SECLIST gives it no ticker",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_wrong_file(name: str) -> None:
    text, form, wanted = WRONG[name]
    with pytest.raises(BadImport) as caught:
        told(text, form)
    assert str(caught.value).startswith(wanted)
    assert caught.value.remedy
