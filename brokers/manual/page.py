"""A ticket as a page to read and to print: one table, nothing loaded from anywhere."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from string import Template

from brokers.manual.line import BANNER, Line
from brokers.words import ZERO, AccountId, Currency, Side, TimeInForce

PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$banner $account: $ticket</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
    max-width: 60rem; padding: 0 1rem; }
  h1 { font-size: 1.4rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border: 1px solid; padding: .4rem .6rem; text-align: left; }
  .number { font-variant-numeric: tabular-nums; text-align: right; }
  .blank { min-width: 5rem; }
  .withdrawn td:not(:last-child) { text-decoration: line-through; }
  @media print { body { margin: 0; } }
</style>
</head>
<body>
<h1>$banner $account: $ticket</h1>
<p>This is real money, and nothing here has been sent. Enter each order at your broker as a limit
order for today, the sales first. $auction What does not fill today lapses. Never carry out a line
that is marked withdrawn.</p>
<table>
<thead><tr><th scope="col">Order</th><th scope="col">Side</th><th scope="col">Symbol</th>
<th scope="col" class="number">Shares</th><th scope="col" class="number">Limit</th>
<th scope="col">Written (UTC)</th><th scope="col">Filled</th><th scope="col">Price</th>
<th scope="col">Note</th></tr></thead>
<tbody>
$rows
</tbody>
</table>
<p>$totals</p>
<p>Afterwards: bring the fills in with <code>trimtab fills import FILE</code>, and put today's
positions.csv and cash.csv into the folder of the account.</p>
</body>
</html>
""")

ROW = Template("""\
<tr$mark><td>$key</td><td>$side</td><td>$symbol</td><td class="number">$quantity</td>\
<td class="number">$limit $currency</td><td>$written</td><td class="blank"></td>\
<td class="blank"></td><td>$note</td></tr>""")


def render(account: AccountId, ticket: str, lines: Sequence[Line]) -> str:
    """The page of ``ticket``, as HTML; the sales come first."""
    ordered = sorted(lines, key=lambda line: line.order.side is Side.BUY)
    return PAGE.substitute(
        banner=BANNER,
        account=escape(account),
        ticket=escape(ticket),
        rows="\n".join(map(_row, ordered)),
        totals=escape(_totals(lines)),
        auction=AUCTION if any(map(_is_for_auction, lines)) else "",
    )


AUCTION = """Where the note says "limit-on-close", enter it as that order type (LOC, or limit with
"at the close"), 15 minutes before the close at the latest; it can then not be taken back."""
LIMIT_ON_CLOSE = "limit-on-close"


def _is_for_auction(line: Line) -> bool:
    return line.order.force is TimeInForce.CLOSE


def _note(line: Line) -> str:
    said = (LIMIT_ON_CLOSE if _is_for_auction(line) else "", line.order.note)
    return "; ".join(filter(None, said))


def _row(line: Line) -> str:
    order, gone = line.order, line.withdrawn
    return ROW.substitute(
        mark="" if gone is None else ' class="withdrawn"',
        key=escape(order.key),
        side=order.side.value.upper(),
        symbol=escape(order.symbol),
        quantity=f"{order.quantity:,f}",
        limit=f"{order.limit:,f}",
        currency=escape(order.currency),
        written=f"{line.written:%Y-%m-%d %H:%M}",
        note=escape(_note(line))
        if gone is None
        else f"WITHDRAWN {gone:%Y-%m-%d %H:%M}: do not carry out",
    )


def _totals(lines: Sequence[Line]) -> str:
    """What the lines that stand come to at their limits, by side and currency."""
    sums: dict[tuple[Side, Currency], Decimal] = {}
    for line in lines:
        if line.withdrawn is None:
            order = line.order
            name = (order.side, order.currency)
            sums[name] = sums.get(name, ZERO) + order.value
    said = [f"{side.value} {amount:,.2f} {currency}" for (side, currency), amount in sums.items()]
    return f"At the limits: {', '.join(said)}." if said else "Every line is withdrawn."
