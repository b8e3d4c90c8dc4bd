"""One client of the TWS stand-in: what it has subscribed to, and what it hears unasked."""

from dataclasses import dataclass, field
from decimal import Decimal

from standins import tws_accounts as accounts
from standins import tws_prices as prices
from standins.tws_book import Execution, Holding
from standins.tws_market import Listing
from standins.tws_model import Happening, TwsModel
from standins.tws_orders import commission_report, exec_details, open_order, order_status

Frame = list[object]
ERROR = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """Market data that is pushed whenever it changes."""

    listing: Listing
    kind: int
    sent: tuple[Decimal, Decimal] | None


@dataclass(slots=True)
class Client:
    """The state of one link, from its start to its end."""

    model: TwsModel
    version: int
    client_id: int = -1
    data_type: int = 1
    streams: dict[int, Stream] = field(default_factory=dict)
    wants_positions: bool = False
    watched: set[str] = field(default_factory=set)
    """Accounts whose updates are pushed."""
    summaries: set[int] = field(default_factory=set)
    """Account summaries that are pushed; there may be two."""
    lines: int = 100

    def error(self, request: int, code: int, text: str) -> Frame:
        """Message 4."""
        return [ERROR, 2, request, code, text, *([""] if self.version >= 166 else [])]

    def news(self, told: Happening) -> list[Frame]:
        """What this client hears of something that happened."""
        order, done = told.order, told.execution
        if order.client_id != self.client_id:
            return []
        number = order.wanted.order_id
        match told.what:
            case "order":
                return [open_order(order, self.version), order_status(order)]
            case "status":
                return [order_status(order)]
            case "execution" if done is not None:
                return [exec_details(-1, done, self.version, zoned=self.model.zoned)]
            case "fee" if done is not None:
                return [commission_report(done)]
        return [self.error(number, told.code, told.text)]

    def holdings(self, done: Execution) -> list[Frame]:
        """What subscribers of positions and account updates hear of an execution."""
        wanted = done.order.wanted
        account = self.model.books.accounts[wanted.account]
        held = account.holdings.get(wanted.listing.con_id) or Holding(wanted.listing)
        rows = [accounts.position(wanted.account, held)] if self.wants_positions else []
        if wanted.account in self.watched:
            rows.append(accounts.portfolio(self.model, wanted.account, held))
            rows += self.account_rows(wanted.account)
        return rows

    def fresh_ticks(self) -> list[Frame]:
        """Prices that are not what they were when they were last sent."""
        rows = []
        for request, stream in self.streams.items():
            quote = self.model.quotes.get(stream.listing.symbol)
            if quote != stream.sent:
                rows += prices.ticks(self.model, request, stream.listing, stream.kind)
                self.streams[request] = Stream(stream.listing, stream.kind, quote)
        return rows

    def account_rows(self, name: str) -> list[Frame]:
        """All values and holdings of one account."""
        model = self.model
        model.carry()
        held = model.books.accounts[name].holdings.values()
        return [
            *(
                [6, 2, tag, value, currency, name]
                for tag, value, currency in accounts.values(model, name)
            ),
            *(accounts.portfolio(model, name, each) for each in held),
            [8, 1, f"{model.now():%H:%M}"],
        ]
