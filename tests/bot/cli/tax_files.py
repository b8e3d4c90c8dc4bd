"""Files of trades for ``trimtab tax``, written from text."""

from pathlib import Path

HEADER = "date,account,kind,symbol,side,quantity,price,fee,lot,order"

HOUSEHOLD = """\
2024-03-02,main,taxable,VTI,buy,100,250.00,1.00,A,
2024-06-10,ira,ira,VTI,reinvest,0.5,238.00,0,R1,
2024-06-22,main,taxable,VTI,sell,60,230.00,0.60,A,
2024-07-06,hers,taxable,VTI,buy,40,228.00,0,B,
2024-08-20,main,taxable,VTI,sell,10,220.00,0,,
2024-08-21,ira,ira,VTI,sell,0.5,200.00,0,R1,
"""

OLDER = """\
2022-01-03,main,taxable,XOM,buy,10,90,0,X,
2023-02-03,main,taxable,XOM,sell,10,95,0,X,
"""

GOOD = "2024-01-05,m,taxable,VTI,buy,10,100,0,A,\n"

BAD_ROWS = """
    2024-02-30,m,taxable,VTI,buy,1,1,0,B,                      -> 3: date: "2024-02-30" is no day like 2026-01-31
    0204-01-06,m,taxable,VTI,buy,1,1,0,B,                      -> 3: date: 0204-01-06 is long ago
    2024-01-06,m	x,taxable,VTI,buy,1,1,0,B,                    -> 3: account: 'm\\tx' is no name
    2024-01-06,m,taxable,VTI,buy,1,9999999999999999,0,B,       -> 3: price: 9999999999999999 is no amount
    05/01/2024,m,taxable,VTI,buy,1,1,0,B,                      -> 3: date: "05/01/2024" is no day like 2026-01-31
    2999-01-01,m,taxable,VTI,buy,1,1,0,B,                      -> 3: date: 2999-01-01 is in the future: today is
    2024-01-06,m,taxable,VTI,buy,-1,1,0,B,                     -> 3: quantity: -1 is not above zero
    2024-01-06,m,taxable,VTI,buy,0,1,0,B,                      -> 3: quantity: 0 is not above zero
    2024-01-06,m,taxable,VTI,buy,ten,1,0,B,                    -> 3: quantity: "ten" is no number like 1234.56
    2024-01-06,m,taxable,VTI,buy,NaN,1,0,B,                    -> 3: quantity: "NaN" is no number like 1234.56
    2024-01-06,m,taxable,VTI,buy,1e3,1,0,B,                    -> 3: quantity: "1e3" is no number like 1234.56
    2024-01-06,m,taxable,VTI,buy,,1,0,B,                       -> 3: quantity: an empty cell is no number
    2024-01-06,m,taxable,VTI,buy,0.0000000001,1,0,B,           -> 3: quantity: 1E-10 has more than 9 decimals
    2024-01-06,m,taxable,VTI,buy,1,-1,0,B,                     -> 3: price: -1 is below zero
    2024-01-06,m,taxable,VTI,buy,1,,0,B,                       -> 3: price: an empty cell is no number
    2024-01-06,m,taxable,VTI,buy,1,1,-5,B,                     -> 3: fee: -5 makes the basis negative
    2024-01-06,m,roth-ira,VTI,buy,1,1,0,B,                     -> 3: kind: roth-ira is no kind of account
    2024-01-06,m,ira,VTI,buy,1,1,0,B,                          -> 3: kind: m is ira here and taxable in another row
    2024-01-06,,taxable,VTI,buy,1,1,0,B,                       -> 3: account: names no account
    2024-01-06,m,taxable,,buy,1,1,0,B,                         -> 3: symbol: names no security
    2024-01-06,m,taxable,VTI,gift,1,1,0,B,                     -> 3: side: gift is no side
    2024-01-06,m,taxable,VTI,short,1,1,0,B,                    -> 3: side: short: short sales and options are outside
    2024-01-06,m,taxable,VTI,buy,9,100,0,A,                    -> 3: lot: lot A of m is there already, and not the same
    2024-01-06,m,taxable,VTI,buy,9,100,0,B;C,                  -> 3: lot: a buy is one lot
    2024-01-06,m,taxable,VTI,sell,11,100,0,,                   -> 3: quantity: 11 VTI sold from m, which held 10
    2024-01-06,m,taxable,VTI,sell,11,100,0,A,                  -> 3: quantity: 11 VTI sold from lot A of m, which held 10
    2024-01-04,m,taxable,VTI,sell,1,100,0,,                    -> 3: quantity: 1 VTI sold from m, which held 0
    2024-01-04,m,taxable,VTI,sell,1,100,0,A,                   -> 3: lot: lot A was bought after 2024-01-04
    2024-01-06,m,taxable,VTI,sell,1,100,0,Z,                   -> 3: lot: m has no lot Z
    2024-01-06,n,taxable,VTI,sell,1,100,0,A,                   -> 3: lot: n has no lot A
    2024-01-06,m,taxable,XOM,sell,1,100,0,A,                   -> 3: lot: lot A is VTI, not XOM
    2024-01-06,m,taxable,VTI,buy,1,1,0                         -> 3: 8 cells under 10 columns
    2024-01-06,m,taxable,VTI,buy,1,1,0,"B,                     -> no CSV: unexpected end of data
    2024-01-06,,,VTI,split,2,,,, / 2024-01-08,,,VTI,split,2,,,, -> 4: date: VTI was split on 2024-01-06
"""  # noqa: E501  # a table
"""Rows below ``GOOD``, and what is said of them: line, column, what is wrong."""


def write(folder: Path, rows: str, name: str = "trades.csv", header: str = HEADER) -> str:
    """A file of ``rows`` under the ten columns; its path."""
    path = folder / name
    path.write_text(f"{header}\n{rows}", encoding="utf-8")
    return str(path)
