"""The tables of one account: where it is held, what to hold, when and how to trade.

Defaults are those of the policy itself. The sentence under a key is its documentation.
"""

from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated

from pydantic import Field

from bot.config.harvest_table import HarvestTable
from bot.config.kinds import (
    SHARE_UNIT,
    WEIGHT_UNIT,
    AccountName,
    Address,
    Amount,
    BrokerAccount,
    CurrencyCode,
    FilePath,
    HostName,
    KeysName,
    Listing,
    PerShare,
    Port,
    Repeat,
    Share,
    ShareOrOff,
    SymbolText,
    Tape,
    Times,
    WebAddress,
    Weight,
    WeightOrOff,
    Yes,
    one_of,
    words,
)
from bot.config.limits_table import LimitsTable
from bot.config.optimizer_table import OptimizerTable
from bot.config.prices_table import PricesTable
from bot.config.table import Table
from bot.config.target_table import TargetTable
from bot.config.triggers_table import TriggersTable
from bot.config.values import Is, Number, OneOf, Whole
from bot.limits import Profile
from brokers.settings import AlpacaSettings, BarsFeed, IbkrSettings, QuoteFeed
from brokers.words import Environment, Relief
from strategies.policy import (
    Aim,
    Approval,
    Bands,
    CashPolicy,
    CostPolicy,
    Mode,
    OrderPolicy,
    Period,
    Schedule,
    TaxKind,
    TaxPolicy,
    WorthPolicy,
)
from strategies.policy.working import Auction, Slicing

_BANDS = Bands()
_SCHEDULE = Schedule()
_CASH = CashPolicy()
_COSTS = CostPolicy()
_WORTH = WorthPolicy()
_TAX = TaxPolicy()
_ORDERS = OrderPolicy()
_WORKING = _ORDERS.working
_APPROVAL = Approval()
_ALPACA = AlpacaSettings()
_IBKR = IbkrSettings()


SPREAD_UNIT = "share of the spread"

RELIEFS: dict[str, Enum | None] = {
    word: each for word, each in words(Relief).items() if word in {"fifo", "lifo", "hifo"}
}
"""Methods that an account at Interactive Brokers applies by itself."""


class BrokerKind(StrEnum):
    """Brokers that can be named today."""

    PAPER = "paper"
    MANUAL = "manual"
    ALPACA = "alpaca"
    IBKR = "ibkr"


BROKERS_LATER = ("saxo",)

FOLLOWS = "account:"
"""Begins the tape of a paper account that is filled on another account's live quotes."""


class ScheduleTable(Table):
    """When the account is looked at. Trading is decided by the bands, not by the clock."""

    at: Times | None = None
    """Times of the session, one or a list; unsaid it is "open+15m"."""
    every: Repeat | None = None
    """Instead of ``at``: look again and again while the exchange is open."""
    period: Annotated[Period, one_of(Period)] = _SCHEDULE.period
    """Full rebalance by the calendar, whatever the drift."""
    cooldown_days: Annotated[int, Is(Whole(0, 365, "calendar days"))] = 2
    """How long to leave the account alone after it was traded; raising cash does not wait."""


class CorridorTable(Table):
    """Lowest and highest weight of one name, instead of ``absolute`` and ``relative``."""

    low: Weight
    """Lowest weight before the name counts as drifted."""
    high: Weight
    """Highest weight before the name counts as drifted."""


class BandsTable(Table):
    """When a weight counts as drifted: the nearer of ``absolute`` and ``relative`` (5/25 rule)."""

    absolute: WeightOrOff = _BANDS.absolute
    """Furthest a weight may be from its target."""
    relative: ShareOrOff = _BANDS.relative
    """The same as a share of the target."""
    aim: Annotated[Aim, one_of(Aim)] = _BANDS.aim
    """How far a drifted name is brought back: to the edge of its band, half way, to target."""
    single: WeightOrOff = _BANDS.single
    """A name this far from its target brings the whole account back."""
    concentration: Annotated[
        Decimal | None, Is(Number("1", "100", "weight over target, 1.5 is half again", off=True))
    ] = _BANDS.concentration
    """A name this many times its target brings the whole account back."""
    corridors: dict[SymbolText, CorridorTable] = Field(default_factory=dict)
    """Bands of single names: ``corridors.AAPL = { low = 0.04, high = 0.07 }``."""


class CashTable(Table):
    """Cash to keep."""

    weight: Weight = _CASH.weight
    """Share of the account that stays in cash."""
    band: Weight = _CASH.band
    """Cash this much over ``weight`` is invested, this much under it is raised."""
    reserve: Amount = _CASH.reserve
    """Cash to keep beside that, for a withdrawal to come."""


class CostsTable(Table):
    """What trading costs beside the quoted spread."""

    commission_per_share: PerShare = _COSTS.commission_per_share
    """Commission for each share."""
    commission_min: Amount = _COSTS.commission_min
    """Least commission of an order."""
    sec_fee_rate: Annotated[Decimal, Is(Number("0", "0.01", "share of the value sold"))] = (
        _COSTS.sec_fee_rate
    )
    """Fee of the SEC on sales (Exchange Act, section 31)."""
    taf_per_share: PerShare = _COSTS.taf_per_share
    """Fee of FINRA on each share sold (trading activity fee)."""
    taf_max: Amount = _COSTS.taf_max
    """Most that this fee is for one sale."""
    impact: Annotated[Decimal, Is(Number("0", "10", "factor Y of the square-root law"))] = (
        _COSTS.impact
    )
    """Y x daily volatility x sqrt(traded / average daily volume), as a share of the value."""


class WorthTable(Table):
    """How a lower risk is turned into money, to be held against costs."""

    gamma: Annotated[Decimal, Is(Number("0", "1000", "aversion to variance"))] = _WORTH.gamma
    """The higher, the more a return to target is worth."""
    horizon_days: Annotated[int, Is(Whole(1, 2520, "trading days"))] = _WORTH.horizon_days
    """How long the drift would stay if it were left alone."""
    enabled: Yes = _WORTH.enabled
    """Whether a plan has to be worth its costs; false trades whenever a band is left."""


class TaxTable(Table):
    """How gains in this account are taxed."""

    kind: Annotated[TaxKind, one_of(TaxKind)] = _TAX.kind
    """Kind of account; only a taxable one pays on sales."""
    short_rate: Share = _TAX.short_rate
    """Rate on gains of lots held for a year or less, federal and state together."""
    long_rate: Share = _TAX.long_rate
    """Rate on gains of lots held for more than a year."""
    relief: Annotated[Relief, one_of(Relief)] = _TAX.relief
    """Lots that a sale takes first; it must be what the broker really does."""
    wait_days: Annotated[int, Is(Whole(0, 366, "calendar days"))] = _TAX.wait_days
    """A gain that is long-term within so many days is kept until then, where that pays."""


class OrdersTable(Table):
    """How trades become limit orders, and how those are worked; docs/orders.md tells of both."""

    limit_fraction: Annotated[Decimal, Is(Number("-1", "3", "share of half the spread"))] = (
        _ORDERS.limit_fraction
    )
    """Distance of the limit from mid: 0 rests at mid, 1 is the far side of the spread."""
    collar: Annotated[Decimal, Is(Number("0", "1", "share of mid, 0.01 is 1 %"))] = _ORDERS.collar
    """Furthest that a limit may lie from mid."""
    value_min: Amount = _ORDERS.value_min
    """Smallest order that is worth sending."""
    fractional: Yes = _ORDERS.fractional
    """Whether fractions of a share are traded, where the broker can."""
    work_seconds: Annotated[int, Is(Whole(1, 23_400, "seconds"))] = _ORDERS.work_seconds
    """How long orders stay in the market before the rest of them is cancelled."""
    steps: Annotated[int, Is(Whole(1, 20, "prices"))] = _WORKING.steps
    """Prices that an order goes through, from start to through; with 1 it is sent once, at its
    limit."""
    step_seconds: Annotated[int, Is(Whole(5, 3600, "seconds"))] = _WORKING.step_seconds
    """How long it waits at each of them, and for each later look at the market."""
    start: Annotated[Decimal, Is(Number("-1", "2", SPREAD_UNIT))] = _WORKING.start
    """Where in the spread it begins: 0 waits on its own side, 1 trades with the other."""
    through: Annotated[Decimal, Is(Number("-1", "2", SPREAD_UNIT))] = _WORKING.through
    """Where in the spread it ends up, never beyond its limit and chase."""
    chase: Annotated[Decimal, Is(Number("0", "0.1", "share of the limit"))] = _WORKING.chase
    """How far it may follow the market beyond the limit of the plan."""
    slice_adv: Annotated[Decimal | None, Is(Number("0.0001", "1", "share of a day", off=True))] = (
        _WORKING.slice_adv
    )
    """An order for more than this share of a day's volume is cut, and all others with it."""
    slicing: Annotated[Slicing, one_of(Slicing)] = _WORKING.slicing
    """How it is spread over the time: evenly, with the volume, or by aversion to risk."""
    volume_share: Annotated[Decimal, Is(Number("0.001", "1", "share of the volume"))] = (
        _WORKING.volume_share
    )
    """How much of the volume an order is that goes with it."""
    auction: Annotated[Auction, one_of(Auction)] = _WORKING.auction
    """Whether orders for whole shares wait for the closing auction, as limit-on-close."""
    auction_limit: Annotated[Decimal, Is(Number("0", "0.1", "share of mid, 0.005 is 0.5 %"))] = (
        _WORKING.auction_limit
    )
    """Distance from mid of the limit of such an order."""


class ApprovalTable(Table):
    """What a person's approval of a plan is good for."""

    valid_hours: Annotated[Decimal, Is(Number("0.1", "168", "hours"))] = (
        Decimal(_APPROVAL.valid_for.seconds) / 3600
    )
    """How long an approval is open."""
    price_move_max: Annotated[Decimal, Is(Number("0", "1", SHARE_UNIT))] = _APPROVAL.price_move_max
    """How far prices may move before it is void."""


class PaperTable(Table):
    """The built-in exchange, where no money is real. Only with ``broker = "paper"``."""

    cash: Amount = Decimal(100_000)
    """Cash that the account starts with."""
    base: CurrencyCode = "USD"
    """Base currency of the account."""
    tape: Tape = "us20"
    """Prices: "us20" are twenty real US stocks, "synthetic:500" are 500 made-up names,
    "account:NAME" are the live quotes of another account of this file."""
    seed: Annotated[int, Is(Whole(0, 2**31 - 1, "any whole number"))] = 1
    """Same seed, same fills."""
    latency_ms: Annotated[int, Is(Whole(0, 60_000, "milliseconds"))] = 50
    """Time from an order to the market."""
    participation: Annotated[Decimal, Is(Number("0.000001", "1", "share of the volume"))] = Decimal(
        "0.1"
    )
    """Most of each bar's volume that our orders are filled from."""
    fractional: Yes = True
    """Whether this exchange trades fractions of a share."""
    margin: Yes = True
    """Whether the proceeds of a sale may be spent before they are settled."""
    settlement_days: Annotated[int, Is(Whole(0, 5, "sessions"))] = 1
    """Sessions from a trade until it is settled."""
    ledger: FilePath | None = None
    """File of the pretended account; unsaid it is paper-NAME.db in ``state_dir``."""


class ManualTable(Table):
    """An account held elsewhere: files in, order tickets out. Only with ``broker = "manual"``."""

    folder: FilePath | None = None
    """Folder of positions, lots and tickets; unsaid it is manual-NAME in ``state_dir``."""
    base: CurrencyCode = "USD"
    """Base currency of the account."""


class AlpacaTable(Table):
    """An account at Alpaca. Only with ``broker = "alpaca"``."""

    keys: KeysName = "alpaca"
    """Secrets that hold the keys: with "alpaca" alpaca_key_id and alpaca_secret_key."""
    feed: Annotated[QuoteFeed, one_of(QuoteFeed)] = _ALPACA.feed
    """Quotes: "iex" is one exchange and free, "sip" is all of them, "delayed_sip" is too old."""
    bars_feed: Annotated[BarsFeed, one_of(BarsFeed)] = _ALPACA.bars_feed
    """Daily bars: the volume of one exchange, "iex", says nothing of a day's volume."""
    trading_url: Address | None = None
    """Where orders go; unsaid it is Alpaca's own address for the environment."""
    data_url: Address = _ALPACA.data_url
    """Where prices come from."""
    requests_per_minute: Annotated[int, Is(Whole(20, 10_000, "requests a minute"))] = (
        _ALPACA.requests_per_minute
    )
    """What Alpaca grants this account; it is never passed."""
    timeout_seconds: Annotated[int, Is(Whole(1, 60, "seconds"))] = int(_ALPACA.timeout_seconds)
    """How long an answer may take to begin, and again to end."""
    stream: Yes = _ALPACA.stream
    """Whether it listens to Alpaca while orders are in the market, and hears of fills at once."""
    quote_stream: Yes = _ALPACA.quote_stream
    """Whether it listens to quotes of the names that it works; Alpaca allows one such link."""
    quotes_url: Address | None = None
    """Where quotes are streamed; unsaid Alpaca's own address, or the one of ``data_url``."""
    quote_names_max: Annotated[int, Is(Whole(1, 10_000, "names"))] = _ALPACA.quote_names_max
    """Names that Alpaca streams to this account at a time: 30 in its free plan."""


class IbkrTable(Table):
    """An account at Interactive Brokers. Only with ``broker = "ibkr"``."""

    host: HostName = _IBKR.host
    """Where TWS or IB Gateway runs; the way there is not encrypted."""
    port: Port | None = None
    """Its API port; unsaid IB Gateway's own: 4002 for paper, 4001 for live."""
    client_id: Annotated[int, Is(Whole(1, 2**31 - 1, "any number, one for each account"))] = (
        _IBKR.client_id
    )
    """By which TWS tells programs apart, and which of them may cancel an order."""
    account: BrokerAccount | None = None
    """Account number; unsaid ``live_account``, or the only one of TWS's login."""
    currency: CurrencyCode = _IBKR.currency
    """Currency of names that ``listings`` does not tell of."""
    listings: dict[SymbolText, Listing] = Field(default_factory=dict)
    """Exchange of single names: ``listings.SAP = "IBIS EUR"``."""
    relief: Annotated[Relief, Is(OneOf(RELIEFS))] = _IBKR.relief
    """Method that the account is set to in Client Portal: "fifo" unless you changed it."""
    fractional: Yes = _IBKR.fractional
    """Whether orders may be for fractions of a share."""
    margin: Yes = _IBKR.margin
    """Whether proceeds may be spent before they are settled: true in a margin account."""
    market_data_lines: Annotated[int, Is(Whole(1, 1000, "quotes at once"))] = (
        _IBKR.market_data_lines
    )
    """Market-data lines that IB grants the account."""
    messages_per_second: Annotated[int, Is(Whole(5, 30, "messages a second"))] = (
        _IBKR.messages_per_second
    )
    """Most that TWS is sent; it ends the connection at 50."""
    timeout_seconds: Annotated[int, Is(Whole(1, 60, "seconds"))] = int(_IBKR.timeout_seconds)
    """How long TWS may take to answer one question."""
    flex: KeysName | None = None
    """Secrets of the Flex query: with "ibkr" ibkr_flex_token and ibkr_flex_query."""
    flex_url: WebAddress = _IBKR.flex_url
    """Where Flex statements come from."""


class AccountTable(Table):
    """One account. NAME is yours to choose and appears in mails and on screens."""

    broker: Annotated[BrokerKind, one_of(BrokerKind, BROKERS_LATER)]
    """Where the account is held."""
    environment: Annotated[Environment, one_of(Environment)] = Environment.PAPER
    """Whether the money is real."""
    live_account: BrokerAccount | None = None
    """The broker's account number, typed by you: without it nothing is ever live."""
    mode: Annotated[Mode, one_of(Mode)] = Mode.PROPOSE
    """Who has the last word: you ("propose" mails, "approve" waits) or the machine ("auto")."""
    profile: Annotated[Profile, one_of(Profile)] = Profile.PERSON
    """Row of limits that holds for this account."""
    household: AccountName | None = None
    """Whose account it is: a table [households.NAME]; unsaid it is [household], with the profile
    "adviser" a household of its own, called like the account."""
    critical_drift: Annotated[Decimal, Is(Number("0", "1", WEIGHT_UNIT))] = Decimal("0.10")
    """Drift of one name above which "auto-critical" acts alone."""
    target: TargetTable
    schedule: ScheduleTable = ScheduleTable()
    bands: BandsTable = BandsTable()
    triggers: TriggersTable = TriggersTable()
    cash: CashTable = CashTable()
    costs: CostsTable = CostsTable()
    worth: WorthTable = WorthTable()
    tax: TaxTable = TaxTable()
    harvest: HarvestTable = HarvestTable()
    orders: OrdersTable = OrdersTable()
    optimizer: OptimizerTable = OptimizerTable()
    prices: PricesTable = PricesTable()
    approval: ApprovalTable = ApprovalTable()
    limits: LimitsTable = LimitsTable()
    paper: PaperTable = PaperTable()
    manual: ManualTable = ManualTable()
    alpaca: AlpacaTable = AlpacaTable()
    ibkr: IbkrTable = IbkrTable()
