"""From checked tables to the nouns of the house: Policy, Limits, broker settings, schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bot.config.account_table import FOLLOWS, AccountTable, BandsTable, BrokerKind
from bot.config.build_household import (
    harvest,
    household_of,
    tax,
    taxpayer,
)
from bot.config.build_optimizer import optimizer
from bot.config.build_prices import broker_feed, prices
from bot.config.build_target import target
from bot.config.checks import Subject
from bot.config.settings import (
    AccountConfig,
    AlertSettings,
    AtSession,
    Keyring,
    MailSettings,
    Security,
)
from bot.config.shape import AlertsTable, FileTable, MailTable
from bot.config.triggers_table import trend, triggers
from bot.limits import PROFILES, Limits
from brokers.settings import (
    AlpacaSettings,
    BrokerSettings,
    IbkrSettings,
    ManualSettings,
    PaperSettings,
)
from brokers.words import AccountId, Currency, Environment, Symbol
from strategies.policy import (
    Approval,
    Bands,
    CashPolicy,
    Corridor,
    CostPolicy,
    OrderPolicy,
    Policy,
    Schedule,
    WorthPolicy,
)
from strategies.policy.working import Auction, WorkingPolicy

PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
DEFAULT_TIMES = (AtSession("open", timedelta(minutes=15)),)
KEYRING = "keyring"
GATEWAY_PORTS = {Environment.PAPER: 4002, Environment.LIVE: 4001}
"""API ports of IB Gateway as it is installed."""


def limits_of(table: AccountTable) -> Limits:
    """The profile's limits with those that the owner wrote in their place."""
    ours = table.limits
    written = {name: getattr(ours, name) for name in sorted(ours.model_fields_set)}
    return replace(PROFILES[table.profile], **written)


def book_place(file: FileTable, folder: Path) -> str:
    """The book's URL as it stands, or the whole path of its file."""
    return file.book if file.book.startswith("postgresql") else str(folder / file.book)


def secret_store(file: FileTable, folder: Path) -> Path | Keyring:
    """Where secrets are looked for after environment and credentials."""
    return Keyring() if file.secrets == KEYRING else folder / file.secrets


def mail(table: MailTable, folder: Path) -> MailSettings:
    """Mail settings; push URLs by the names of their secrets."""
    return MailSettings(
        host=table.host,
        port=table.port or PORTS[table.security],
        security=table.security,
        username=table.username,
        sender=table.sender or "trimtab@localhost",
        to=tuple(table.to),
        outbox=folder / table.outbox,
        notify=tuple(reference.removeprefix("secret:") for reference in table.notify),
        authorities=folder / table.authorities if table.authorities else None,
    )


def alerts(table: AlertsTable) -> AlertSettings:
    """What a person is told."""
    return AlertSettings(table.drift_warning, table.weekly_report)


def account(name: str, of: Subject, folder: Path, state: Path) -> AccountConfig:
    """One account, all of it."""
    table = of.table
    every = table.schedule.every
    times = DEFAULT_TIMES if table.schedule.at is None else tuple(table.schedule.at)
    return AccountConfig(
        account=AccountId(name),
        broker=_broker(name, table, folder, state),
        environment=table.environment,
        live_account=table.live_account,
        profile=table.profile,
        policy=_policy(name, of),
        limits=of.limits,
        times=() if every is not None else times,
        every=every,
        folder=folder,
        prices=prices(table.prices, folder),
        labels=tuple(
            (column, tuple((Symbol(symbol), label) for symbol, label in sorted(each.items())))
            for column, each in of.labels.items()
        ),
        household=household_of(name, table),
    )


def with_quotes(accounts: Sequence[AccountConfig]) -> tuple[AccountConfig, ...]:
    """``accounts``, those on paper that follow another one's quotes given its broker."""
    brokers = {account.account: account.broker for account in accounts}
    return tuple(_with_feed(_following(account, brokers)) for account in accounts)


def _with_feed(account: AccountConfig) -> AccountConfig:
    """With the name of the prices that its broker tells."""
    return replace(account, prices=replace(account.prices, broker_feed=broker_feed(account.broker)))


def _following(
    account: AccountConfig, brokers: Mapping[AccountId, BrokerSettings]
) -> AccountConfig:
    broker = account.broker
    if not isinstance(broker, PaperSettings) or not broker.tape.startswith(FOLLOWS):
        return account
    followed = brokers[AccountId(broker.tape.removeprefix(FOLLOWS))]
    return replace(account, broker=replace(broker, quotes_of=followed))


def _broker(name: str, table: AccountTable, folder: Path, state: Path) -> BrokerSettings:
    match table.broker:
        case BrokerKind.PAPER:
            paper = table.paper
            return PaperSettings(
                ledger=folder / paper.ledger if paper.ledger else state / f"paper-{name}.db",
                cash=paper.cash,
                tape=paper.tape,
                seed=paper.seed,
                latency_ms=paper.latency_ms,
                participation=paper.participation,
                fractional=paper.fractional,
                base=Currency(paper.base),
                is_margin=paper.margin,
                settlement_days=paper.settlement_days,
            )
        case BrokerKind.MANUAL:
            manual = table.manual
            held = folder / manual.folder if manual.folder else state / f"manual-{name}"
            return ManualSettings(folder=held, base=Currency(manual.base))
        case BrokerKind.ALPACA:
            return _alpaca(table)
        case BrokerKind.IBKR:
            return _ibkr(table)


def _ibkr(table: AccountTable) -> IbkrSettings:
    ibkr, is_live = table.ibkr, table.environment is Environment.LIVE
    return IbkrSettings(
        environment=table.environment,
        host=ibkr.host,
        port=ibkr.port or GATEWAY_PORTS[table.environment],
        client_id=ibkr.client_id,
        account=ibkr.account or (table.live_account if is_live else None),
        currency=Currency(ibkr.currency),
        listings=tuple((Symbol(symbol), place) for symbol, place in ibkr.listings.items()),
        relief=ibkr.relief,
        fractional=ibkr.fractional,
        margin=ibkr.margin,
        market_data_lines=ibkr.market_data_lines,
        messages_per_second=ibkr.messages_per_second,
        timeout_seconds=ibkr.timeout_seconds,
        flex_token=None if ibkr.flex is None else f"{ibkr.flex}_flex_token",
        flex_query=f"{ibkr.flex or 'ibkr'}_flex_query",
        flex_url=ibkr.flex_url,
    )


def _alpaca(table: AccountTable) -> AlpacaSettings:
    alpaca = table.alpaca
    return AlpacaSettings(
        environment=table.environment,
        trading_url=alpaca.trading_url,
        data_url=alpaca.data_url,
        feed=alpaca.feed,
        bars_feed=alpaca.bars_feed,
        key_id=f"{alpaca.keys}_key_id",
        secret_key=f"{alpaca.keys}_secret_key",
        requests_per_minute=alpaca.requests_per_minute,
        timeout_seconds=alpaca.timeout_seconds,
        stream=alpaca.stream,
        quote_stream=alpaca.quote_stream,
        quotes_url=alpaca.quotes_url,
        quote_names_max=alpaca.quote_names_max,
    )


def _policy(name: str, of: Subject) -> Policy:
    table = of.table
    return Policy(
        account=AccountId(name),
        target=target(of),
        mode=table.mode,
        critical_drift=table.critical_drift,
        bands=_bands(table.bands),
        schedule=Schedule(table.schedule.period, table.schedule.cooldown_days),
        triggers=triggers(table.triggers),
        trend=trend(table.triggers),
        cash=_cash(of),
        costs=_costs(table),
        worth=WorthPolicy(table.worth.gamma, table.worth.horizon_days, table.worth.enabled),
        tax=tax(table, of.household),
        taxpayer=taxpayer(of.household, of.holdings),
        harvest=harvest(table, of.household),
        orders=_orders(table),
        optimizer=optimizer(of),
        approval=_approval(table),
    )


def _bands(table: BandsTable) -> Bands:
    corridors = tuple(
        (Symbol(symbol), Corridor(corridor.low, corridor.high))
        for symbol, corridor in sorted(table.corridors.items())
    )
    return Bands(
        absolute=table.absolute,
        relative=table.relative,
        corridors=corridors,
        aim=table.aim,
        single=table.single,
        concentration=table.concentration,
    )


def _cash(of: Subject) -> CashPolicy:
    """The floor stands once in the file, among the limits: plans keep to it and the gate does."""
    cash = of.table.cash
    return CashPolicy(
        weight=cash.weight,
        band=cash.band,
        reserve=cash.reserve,
        cash_floor_weight=of.limits.cash_floor_weight,
        cash_floor=of.limits.cash_floor,
    )


def _costs(table: AccountTable) -> CostPolicy:
    costs = table.costs
    return CostPolicy(
        commission_per_share=costs.commission_per_share,
        commission_min=costs.commission_min,
        sec_fee_rate=costs.sec_fee_rate,
        taf_per_share=costs.taf_per_share,
        taf_max=costs.taf_max,
        impact=costs.impact,
    )


def _orders(table: AccountTable) -> OrderPolicy:
    orders = table.orders
    return OrderPolicy(
        limit_fraction=orders.limit_fraction,
        collar=orders.collar,
        value_min=orders.value_min,
        fractional=orders.fractional and orders.auction is Auction.NONE,
        work_seconds=orders.work_seconds,
        working=WorkingPolicy(
            steps=orders.steps,
            step_seconds=orders.step_seconds,
            start=orders.start,
            through=orders.through,
            chase=orders.chase,
            slice_adv=orders.slice_adv,
            slicing=orders.slicing,
            volume_share=orders.volume_share,
            auction=orders.auction,
            auction_limit=orders.auction_limit,
        ),
    )


def _approval(table: AccountTable) -> Approval:
    seconds = int(table.approval.valid_hours * Decimal(3600))
    return Approval(timedelta(seconds=seconds), table.approval.price_move_max)
