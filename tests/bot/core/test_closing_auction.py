"""A day whose orders wait for the close: told when they are sent, and what became of them after."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from family import HARVESTED, Folk, open_family
from test_closing import CLOSE, live

from bot.daemon.sessions import Sessions
from brokers.words import AccountId
from strategies.policy import Bands, OrderPolicy, TaxKind, WorthPolicy
from strategies.policy.working import Auction, WorkingPolicy

MAIN = AccountId("main")
DRIFTED = Folk(TaxKind.ROTH, "VTI 35, BND 65", "VTI 1000, BND 1000", harvests=False)
AT_CLOSE = OrderPolicy(fractional=False, working=WorkingPolicy(auction=Auction.CLOSE))


@pytest.mark.parametrize("auction", [True, False])
def test_the_evening_tells_what_the_auction_made_of_them(
    tmp_path: Path, template: Path, *, auction: bool
) -> None:
    sessions = Sessions("XNYS", HARVESTED, since=datetime(2025, 12, 1, tzinfo=UTC).date())
    family = open_family(tmp_path, template)
    orders = AT_CLOSE if auction else OrderPolicy(fractional=False)
    family.add("main", DRIFTED, orders=orders, bands=Bands(), worth=WorthPolicy(enabled=False))
    family.add("idle", DRIFTED)
    family.until(HARVESTED - timedelta(hours=1))
    evening = live(family, sessions)
    (row,) = family.book.plans(MAIN)
    assert row.state == "finished"
    told = [mail for mail in family.book.due_mails(CLOSE) if mail.created < CLOSE]
    words = " ".join(f"{mail.subject} {' '.join(mail.text.split())}" for mail in told)
    assert ("for the closing auction" in words) is auction
    assert ("was carried out" in words) is not auction, "nothing has filled until the close"
    after = " ".join(f"{mail.subject} {' '.join(mail.text.split())}" for mail in evening)
    assert ("was carried out" in after) is auction
    assert "Nothing is left open." in (after if auction else words)
    assert not family.book.unsettled(MAIN)
    compared = family.book.last_tieout(MAIN)
    assert compared is not None
    assert (compared.time, compared.ok) == (CLOSE + timedelta(minutes=5), True)
    family.close()
