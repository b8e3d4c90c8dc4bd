"""A paper account on another account's quotes lets go of that one's connection, too."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic

from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from brokers.connect import open_paper
from brokers.settings import IbkrSettings, PaperSettings
from brokers.words import AccountId, Session, Symbol

THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
OPEN = Session(THURSDAY.date(), THURSDAY.replace(hour=13), THURSDAY.replace(hour=20))
AAPL = Symbol("AAPL")


def test_closing_it_closes_the_broker_that_it_follows(tmp_path: Path) -> None:
    model = TwsModel(lambda: THURSDAY, {"AAPL": (Decimal("69.98"), Decimal("70.02"))})
    with TwsServer(model) as server:
        followed = IbkrSettings(port=server.port, messages_per_second=1000)
        settings = PaperSettings(tmp_path / "ledger.db", tape="account:x", quotes_of=followed)
        broker = open_paper(AccountId("toy"), settings, lambda: THURSDAY, lambda _: OPEN)
        assert broker.quotes([AAPL])[AAPL].ask == Decimal("70.02")
        assert server.links
        broker.close()
        end = monotonic() + 5
        while server.links:
            assert monotonic() < end, "TWS still has it on the line"
