"""What is proposed, carried out in the ledger: no loss is taken away, the dollars are true."""

from datetime import timedelta
from decimal import Decimal

from harvest_account import (
    KINDS,
    LIKE,
    NEVER,
    TODAY,
    D,
    ledger,
    listed,
    policy,
    snapshot,
    taxes,
    trades,
)
from hypothesis import given, settings
from hypothesis import strategies as some

from brokers.words import ZERO, Relief
from strategies.harvest import Candidate, Home, Taxes, Verdict, candidates
from strategies.taxes.netting import saving, year
from strategies.washes.ledger import household
from strategies.washes.nouns import Disposal, Trade

NAMES = ("VTI", "ITOT", "VOO", "IVV", "SCHB")
PRICES = "VTI 80, ITOT 40, VOO 400, IVV 401, SCHB 20"
PRICE = {name: D(price) for name, price in (pair.split() for pair in PRICES.split(", "))}
INSTEAD = {
    "VTI": ("ITOT", "VOO", "SCHB"),
    "ITOT": ("VTI", "SCHB"),
    "VOO": ("IVV", "VTI", "SCHB"),
    "IVV": ("VTI", "ITOT"),
    "SCHB": ("ITOT", "VTI"),
}

BUY = some.tuples(
    some.integers(0, 420),
    some.sampled_from(["main", "main", "hers", "ira"]),
    some.sampled_from(NAMES),
    some.integers(1, 30),
    some.integers(60, 150),
    some.integers(0, 40),
)


def life(buys: list[tuple[int, str, str, int, int, int]]) -> str:
    """Buys of so many days ago, some of which were sold some days later."""
    lines = []
    for place, (ago, account, name, quantity, percent, held) in enumerate(buys):
        day = TODAY - timedelta(days=ago)
        price = PRICE[name] * percent / 100
        lot = f"L{place}"
        lines.append(f"{day} {account} buys {quantity} {name} at {price} as {lot}")
        if held and held < ago and held % 3 == 0:
            sold = day + timedelta(days=held)
            lines.append(f"{sold} {account} sells {quantity} {name} at {PRICE[name]} as {lot}")
    return "\n".join(lines)


def done(rows: list[Candidate]) -> list[Trade]:
    """The sales and purchases that are proposed: one of each for a name."""
    sold = [row for row in rows if row.verdict in {Verdict.HARVEST, Verdict.SOLD_WITH}]
    found = []
    for name in dict.fromkeys(row.symbol for row in sold):
        lots = [row for row in sold if row.symbol == name]
        quantity = sum((row.quantity for row in lots), ZERO)
        named = ";".join(row.lot for row in lots)
        found.append(_trade(name, "sell", quantity, named))
        best = next(one for one in lots[-1].substitutes if not one.objection)
        assert lots[-1].substitute == best.symbol
        found.append(_trade(best.symbol, "buy", best.quantity, f"instead of {name}"))
    return found


def _trade(name: str, side: str, quantity: Decimal, lot: str) -> Trade:
    return Trade(TODAY, "main", KINDS["main"], name, side, quantity, PRICE[name], ZERO, lot, "")


def sums(sold: list[Disposal], term: str) -> Decimal:
    return sum((one.recognised for one in sold if one.term == term), ZERO)


@given(
    some.lists(BUY, min_size=2, max_size=12),
    some.sampled_from([Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.MINIMUM_TAX]),
    some.sampled_from([0, 500, 20_000]),
    some.sampled_from([0, 500, 20_000]),
)
@settings(max_examples=150, deadline=None)
def test_harvests_wash_nothing_and_save_what_was_said(
    buys: list[tuple[int, str, str, int, int, int]], relief: Relief, short: int, long: int
) -> None:
    text = life(buys)
    before = ledger(text)
    seen = snapshot(text, PRICES, relief)
    payer = taxes(short, long)
    rows = [*candidates(seen, policy(), Home(before), payer, NEVER, listed(INSTEAD))]
    assert len(rows) == sum(len(held.lots) for held in seen.holdings)
    orders = done(rows)
    after = household([*trades(text), *orders], group_of=LIKE, today=TODAY)
    today = [one for one in after.disposals if one.sold == TODAY]
    assert not any(one.disallowed for one in today), "no loss is taken away"
    old = sum((one.recognised for one in before.disposals), ZERO)
    new = sum((one.recognised for one in after.disposals), ZERO) - sum(
        (one.recognised for one in today), ZERO
    )
    assert old == new, "what is bought instead takes no loss of before"
    sold = [row for row in rows if row.verdict in {Verdict.HARVEST, Verdict.SOLD_WITH}]
    said = sum((row.dollars.saved for row in sold if row.dollars), ZERO)
    assert abs(said - worth(payer, today)) <= D("0.02") * (1 + len(sold))
    lost = sum((-one.gain for one in today if one.gain < 0), ZERO)
    told = sum((row.dollars.loss for row in sold if row.dollars), ZERO)
    assert abs(lost - told) <= D("0.01") * (1 + len(sold))


def worth(payer: Taxes, sold: list[Disposal]) -> Decimal:
    """The tax that the year owes less, by the year's own sums."""
    short, long = payer.short + sums(sold, "short"), payer.long + sums(sold, "long")
    return saving(year(payer.short, payer.long), year(short, long), payer.rates).now
