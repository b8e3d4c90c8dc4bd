"""Orders for the closing auction in the config: what the keys mean, and what goes with them."""

from decimal import Decimal

import pytest
from config_texts import GOOD, read, said

from bot.config.digest import policy_digest
from brokers.words import AccountId
from strategies.policy import Policy
from strategies.policy.working import Auction


def with_orders(orders: str, at: str = '"close-30m"') -> str:
    head, account, rest = GOOD.partition('broker = "paper"\n')
    schedule = f"[accounts.ira.schedule]\nat = {at}\n"
    return f"{head}{account}{schedule}[accounts.ira.orders]\n{orders}\n{rest}"


def policy(text: str) -> Policy:
    (account,) = read(text).accounts
    assert account.account == AccountId("ira")
    return account.policy


def test_without_the_key_nothing_is_as_it_was_not() -> None:
    unsaid, none = policy(with_orders("")), policy(with_orders('auction = "none"'))
    assert unsaid.orders.working.auction is Auction.NONE
    assert unsaid.orders.fractional
    assert policy_digest(unsaid) == policy_digest(none)


def test_orders_for_the_close_are_for_whole_shares() -> None:
    orders = policy(with_orders('auction = "close"\nauction_limit = 0.004')).orders
    assert (orders.working.auction, orders.working.auction_limit) == (
        Auction.CLOSE,
        Decimal("0.004"),
    )
    assert not orders.fractional
    closing = policy(with_orders('auction = "close"'))
    assert policy_digest(closing) != policy_digest(policy(with_orders("")))


@pytest.mark.parametrize(
    ("orders", "mistake"),
    [
        ('auction = "open"', 'must be "none" or "close"'),
        ('auction = "close"\nauction_limit = 0.02', "must be 0.01 or less, as orders.collar is"),
        ('auction = "close"\nauction_limit = 0.02\ncollar = 0.02', ""),
        ("auction_limit = 0.02", ""),
        ("auction_limit = 0.2", "must be a number from 0 to 0.1"),
    ],
)
def test_what_makes_no_sense_is_said(orders: str, mistake: str) -> None:
    found = said(with_orders(orders))
    assert bool(found) is bool(mistake)
    assert all(mistake in each for each in found)


@pytest.mark.parametrize(
    ("orders", "at", "warned"),
    [
        ('auction = "close"', '"close-30m"', False),
        ('auction = "close"', '["open+15m", "close-60m"]', False),
        ('auction = "close"', '"close-61m"', True),
        ('auction = "close"', '"open+15m"', True),
        ("", '"open+15m"', False),
    ],
)
def test_who_would_wait_for_hours_at_an_old_limit_is_told(
    orders: str, at: str, *, warned: bool
) -> None:
    told = [each for each in read(with_orders(orders, at)).warnings if "auction" in each.name]
    assert bool(told) is warned
