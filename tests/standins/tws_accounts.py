"""What TWS tells of accounts: values by currency, summaries, positions, portfolio, groups."""

from decimal import Decimal

from standins.tws_book import ZERO, Account, Holding
from standins.tws_model import TwsModel
from standins.tws_orders import contract
from standins.tws_wire import double

Frame = list[object]
Value = tuple[str, str, str]
"""A tag, what it is worth, and a currency or nothing."""


def price_of(model: TwsModel, holding: Holding) -> Decimal:
    """What TWS marks a holding at: the bid, or its cost where nobody bids."""
    bid = model.quotes.get(holding.listing.symbol, (ZERO, ZERO))[0]
    return bid if bid > 0 else holding.cost / holding.shares


def stocks(model: TwsModel, account: Account, currency: str) -> Decimal:
    """Market value of the holdings in one currency."""
    held = account.holdings.values()
    return sum(
        (h.shares * price_of(model, h) for h in held if h.listing.currency == currency), ZERO
    )


def currencies(model: TwsModel, account: Account) -> list[str]:
    """Those in which there is cash or a holding; the base is always there."""
    held = {each.listing.currency for each in account.holdings.values()}
    return sorted({model.base, *account.cash, *held})


def ledger(model: TwsModel, name: str) -> list[Value]:
    """Cash, stocks, dividends to come and rate of each currency, and of all in BASE."""
    account = model.books.accounts[name]
    rows: list[Value] = []
    whole = [ZERO, ZERO, ZERO]
    for currency in currencies(model, account):
        rate = model.rates[currency]
        sums = [
            account.cash.get(currency, ZERO),
            stocks(model, account, currency),
            model.dividends.get(currency, ZERO),
        ]
        whole = [each + own * rate for each, own in zip(whole, sums, strict=True)]
        rows += _ledger_rows(currency, sums, rate)
    return rows + _ledger_rows("BASE", whole, Decimal(1))


def _ledger_rows(currency: str, sums: list[Decimal], rate: Decimal) -> list[Value]:
    cash, held, dividends = sums
    return [
        ("AccruedCash", "0.00", currency),
        ("CashBalance", money(cash), currency),
        ("Currency", currency, currency),
        ("ExchangeRate", f"{rate:.8f}", currency),
        ("NetDividend", money(dividends), currency),
        ("NetLiquidationByCurrency", money(cash + held + dividends), currency),
        ("RealCurrency", currency, currency),
        ("StockMarketValue", money(held), currency),
        ("TotalCashBalance", money(cash), currency),
    ]


def money(amount: Decimal) -> str:
    """A sum to the cent. What is smaller IB does not show."""
    return f"{amount:.2f}"


def whole(model: TwsModel, name: str) -> list[Value]:
    """Values of the whole account in its base currency."""
    account, base = model.books.accounts[name], model.base
    rates = [(currency, model.rates[currency]) for currency in currencies(model, account)]
    cash = sum((account.cash.get(c, ZERO) * rate for c, rate in rates), ZERO)
    held = sum((stocks(model, account, c) * rate for c, rate in rates), ZERO)
    settled = sum((account.settled(c, model.now()) * rate for c, rate in rates), ZERO)
    free = sum((model.funds(name, c) * rate for c, rate in rates), ZERO)
    due = sum((model.dividends.get(c, ZERO) * rate for c, rate in rates), ZERO)
    sums = {
        "NetLiquidation": cash + held + due,
        "TotalCashValue": cash,
        "SettledCash": settled,
        "AccruedCash": ZERO,
        "AccruedDividend": due,
        "BuyingPower": free,
        "EquityWithLoanValue": cash + held,
        "GrossPositionValue": held,
        "InitMarginReq": ZERO,
        "MaintMarginReq": ZERO,
        "AvailableFunds": free,
        "ExcessLiquidity": free,
    }
    return [
        ("AccountType", "INDIVIDUAL", ""),
        *((tag, money(amount), base) for tag, amount in sums.items()),
    ]


def values(model: TwsModel, name: str) -> list[Value]:
    """All that account updates tell."""
    first = [("AccountCode", name, ""), ("AccountReady", "true", "")]
    return [*first, *whole(model, name), *ledger(model, name)]


def summary(model: TwsModel, name: str, tags: list[str]) -> list[Value]:
    """The values that were asked for; ``$LEDGER:ALL`` means every currency."""
    rows = [row for row in whole(model, name) if row[0] in tags]
    for tag in tags:
        kind, _, currency = tag.partition(":")
        if kind == "$LEDGER":
            wanted = {"": "BASE", "ALL": ""}.get(currency, currency)
            rows += [row for row in ledger(model, name) if wanted in {"", row[2]}]
    return rows


def members(model: TwsModel, group: str) -> list[str]:
    """The accounts of an adviser's group; All is every account, and an account is itself."""
    if group in {"All", ""}:
        return list(model.books.accounts)
    if group in model.books.accounts:
        return [group]
    return list(model.groups.get(group, ()))


def position(name: str, holding: Holding) -> Frame:
    """Message 61."""
    return [61, 3, name, *_held(holding), holding.shares, average(holding)]


def position_multi(request: int, name: str, holding: Holding) -> Frame:
    """Message 71."""
    return [71, 1, request, name, *_held(holding), holding.shares, average(holding), ""]


def _held(holding: Holding) -> Frame:
    return contract(holding.listing, holding.listing.exchange, "0.0", "")


def average(holding: Holding) -> str:
    return double(holding.cost / holding.shares) if holding.shares else "0.0"


def portfolio(model: TwsModel, name: str, holding: Holding) -> Frame:
    """Message 7. Its contract names the primary exchange only."""
    price = price_of(model, holding) if holding.shares else ZERO
    worth = holding.shares * price
    marks = [double(each) for each in (price, worth)]
    gain = double(worth - holding.cost)
    return [7, 8, *_held(holding), holding.shares, *marks, average(holding), gain, "0.0", name]


def groups_xml(model: TwsModel) -> str:
    """An adviser's groups as TWS writes them."""
    groups = "".join(
        f"<Group><name>{name}</name><ListOfAccts varName='list'>"
        + "".join(f"<String>{each}</String>" for each in members)
        + "</ListOfAccts><defaultMethod>NetLiq</defaultMethod></Group>"
        for name, members in model.groups.items()
    )
    return f"<?xml version='1.0' encoding='UTF-8'?><ListOfGroups>{groups}</ListOfGroups>"
