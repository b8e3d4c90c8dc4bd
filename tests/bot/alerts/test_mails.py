"""What mails say: each kind, both halves, once, and never a secret."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from bot.alerts.compose import incident
from bot.alerts.mails import (
    Trouble,
    Week,
    action_needed,
    alert,
    drift_warning,
    executed,
    failed,
    veiled,
    weekly,
)
from bot.book.rows import Mail
from brokers.words import AccountId, Currency, Environment
from strategies.drift import LimitBroken, Reason, TotalDrift
from tests.bot.report.plans import (
    NOW,
    SESSION,
    D,
    calm,
    fills,
    history,
    hold,
    rebalance,
    renamed,
    run,
)

DEADLINE = NOW + timedelta(hours=4)
TROUBLE = Trouble(
    account=AccountId("family"),
    environment=Environment.PAPER,
    session=SESSION,
    what="the broker holds 12 VTI that the book does not know",
    remedy="compare the two and then type:",
    is_halted=True,
    commands=("trimtab reconcile", "trimtab resume family"),
)
WEEK = Week(history(8), D(1000), run().traded)


def warned() -> Mail:
    mail = drift_warning(rebalance(), D("0.03"))
    assert mail is not None
    return mail


BROKEN = LimitBroken("volatility", "", D("0.182"), D("0.15"), "most")
DRIFT = TotalDrift(D("0.12"), D("0.10"), in_crisis=False)


def alerted(*found: Reason, day: int = 0) -> Mail:
    """The mail of a plan that holds, with these warnings."""
    session = SESSION + timedelta(days=day)
    mail = alert(replace(hold(), alerts=found, session=session))
    assert mail is not None
    return mail


MAILS: dict[str, Callable[[], Mail]] = {
    "drift": warned,
    "alert": lambda: alerted(BROKEN, DRIFT),
    "action": lambda: action_needed(rebalance(), DEADLINE),
    "executed": lambda: executed(rebalance(), fills(rebalance()), NOW),
    "failed": lambda: failed(TROUBLE, NOW),
    "weekly": lambda: weekly(rebalance(), WEEK, NOW),
}


class _Words(HTMLParser):
    """The text of a page without its style sheet, and every address in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.words += data.split()


def words(mail: Mail) -> str:
    text = " ".join(_Words(mail.html).words)
    return text.replace("\u00a0", " ").replace("\u2212", "-")


@pytest.fixture(params=MAILS)
def mail(request: pytest.FixtureRequest) -> Mail:
    return MAILS[request.param]()


def test_paper_or_live_is_said_in_subject_and_both_halves(mail: Mail) -> None:
    assert mail.subject.startswith("[PAPER] trimtab: family: ")
    assert len(mail.subject) <= 160
    assert "PAPER (no real money)" in mail.text
    assert "PAPER (no real money)" in words(mail)


def test_both_halves_say_the_same(mail: Mail) -> None:
    html = re.sub(r"\W", "", words(mail))
    blocks = (block for block in mail.text.split("\n\n") if "---" not in block)
    for block in blocks:
        for line in block.splitlines():
            assert re.sub(r"\W", "", line) in html, line
    for row in (
        line for line in mail.text.splitlines() if re.match(r"[A-Z]{3,4} .*(in|ov|un)", line)
    ):
        for cell in row.split():
            assert cell in words(mail)


def test_a_mail_fetches_nothing(mail: Mail) -> None:
    page = _Words(mail.html)
    cids = {f"cid:{attachment.cid}" for attachment in mail.attachments}
    assert set(page.addresses) == cids
    assert "script" not in page.tags
    assert not re.search(r"https?://|@import|url\(", mail.html)
    assert mail.text.isascii()
    assert max(map(len, mail.text.splitlines())) <= 80
    assert "not advice" in " ".join(mail.text.split())
    assert "You get this" in mail.text


def test_the_same_news_is_the_same_mail(mail: Mail) -> None:
    again = {made.dedupe_key: made for made in (make() for make in MAILS.values())}
    assert again[mail.dedupe_key] == mail


def test_drift_is_told_from_the_threshold_on_and_once_a_day() -> None:
    plan = rebalance()
    assert drift_warning(plan, D("0.0500001")) is None
    assert drift_warning(calm(), D("0.0001")) is None
    assert drift_warning(replace(plan, lines=()), D("0.03")) is None
    at = drift_warning(plan, D("0.05"))
    assert at is not None
    assert at.severity == "warn"
    assert "VTI is +5.00 pt from its target, inside its band" in at.subject
    later = drift_warning(replace(plan, time=NOW + timedelta(hours=1)), D("0.03"))
    tomorrow = drift_warning(replace(plan, session=SESSION + timedelta(days=3)), D("0.03"))
    other = drift_warning(replace(plan, account=AccountId("other")), D("0.03"))
    live = drift_warning(replace(plan, environment=Environment.LIVE), D("0.03"))
    keys = [made.dedupe_key for made in (at, later, tomorrow, other, live) if made is not None]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_an_alert_is_told_once_a_day_for_the_same_things() -> None:
    assert alert(hold()) is None
    mail = alerted(BROKEN, DRIFT)
    assert mail.severity == "warn"
    assert mail.subject.endswith("volatility is 18.20 % a year, 15.00 % at most and 1 more")
    assert "all names together are 12.00 pt away from target" in " ".join(mail.text.split())
    assert "Nothing is traded for what you are warned of here." in " ".join(mail.text.split())
    worse = replace(BROKEN, value=D("0.19"))
    assert alerted(DRIFT, worse).dedupe_key == mail.dedupe_key
    others = (alerted(BROKEN), alerted(BROKEN, DRIFT, day=1))
    assert len({mail.dedupe_key, *(each.dedupe_key for each in others)}) == 3


def test_a_plan_that_waits_says_how_to_answer_and_what_silence_does() -> None:
    mail = action_needed(rebalance(), DEADLINE)
    assert "VNQ +2.80 pt from target, over its band: plan-42 waits for you" in mail.subject
    for half in (" ".join(mail.text.split()), words(mail)):
        assert "trimtab approve plan-42" in half
        assert "If nobody answers by 2026-11-20 19:30 UTC the plan expires and nothing is" in half
        assert "Lots to be sold, gain at the limit" in half
        assert "tax 37.50) to gain 61.20 USD" in half
    assert [attachment.cid for attachment in mail.attachments] == ["drift"]


def test_drift_is_drawn_in_cells_too() -> None:
    html = action_needed(rebalance(), DEADLINE).html
    assert 'bgcolor="#c2570c"' in html
    assert 'bgcolor="#1565a9"' in html
    assert 'width="100%" bgcolor="#1565a9"' in html  # the largest fills its half


def test_execution_is_told_against_the_plan() -> None:
    plan = rebalance()
    partly = executed(plan, fills(plan), NOW)
    assert partly.severity == "warn"
    assert "plan-42: 7 of 9 orders filled" in partly.subject
    assert "What was not filled has been cancelled" in partly.text
    assert re.search(r"buy +MUB +4 +1 .*in part", partly.text)
    assert re.search(r"sell +SCHD +8 +0 .*nothing", partly.text)
    dear = tuple(
        replace(fill, price=fill.price + D("0.01") * fill.side.sign, quantity=leg.order.quantity)
        for fill, leg in zip(fills(plan), plan.legs, strict=False)
    )
    whole = executed(replace(plan, legs=plan.legs[:-1]), dear, NOW)
    assert whole.severity == "info"
    assert "Nothing is left open." in whole.text
    assert "Actual cost: 0.97 USD against mid, and 0.16 USD of fees." in whole.text


def test_fills_in_other_currencies_are_not_added_up() -> None:
    plan = rebalance()
    foreign = tuple(replace(fill, currency=Currency("EUR")) for fill in fills(plan))
    assert "Prices are in several currencies" in executed(plan, foreign, NOW).text


def test_a_failure_says_what_to_do() -> None:
    mail = failed(TROUBLE, NOW)
    assert mail.severity == "critical"
    assert "trading is halted: the broker holds 12 VTI" in mail.subject
    for part in ("No order will be sent", "What to do: compare", "trimtab resume family"):
        assert part in mail.text
    plain = failed(replace(TROUBLE, is_halted=False), NOW)
    assert "a cycle failed" in plain.subject
    assert "the next one starts afresh" in " ".join(plain.text.split())


def test_the_same_failure_with_other_numbers_is_told_once() -> None:
    first = failed(TROUBLE, NOW)
    second = failed(replace(TROUBLE, what=TROUBLE.what.replace("12", "13")), NOW)
    other = failed(replace(TROUBLE, what="the disk is full"), NOW)
    assert first.dedupe_key == second.dedupe_key != other.dedupe_key
    assert incident(first.dedupe_key) == incident(other.dedupe_key)


def test_account_numbers_and_keys_are_hidden() -> None:
    text = veiled("account DU1234567 (key PKABCDEFGH1234567890) sold 1200 VTI on 2026-11-20")
    assert text == "account ...567 (key (hidden)) sold 1200 VTI on 2026-11-20"
    secret = failed(replace(TROUBLE, what="login of U7654321 failed"), NOW)
    for part in (secret.text, secret.html, secret.subject, secret.dedupe_key):
        assert "7654321" not in part


def test_the_week_says_value_change_and_whether_to_act() -> None:
    mail = weekly(rebalance(), WEEK, NOW)
    assert mail.subject.endswith("week 47: value -1,000.00 USD (-1.00 %)")
    assert mail.dedupe_key == "PAPER/family/weekly/2026-W47"
    assert "Recommendation: act." in mail.text
    assert "Deposits less withdrawals: +1,000.00 USD" in mail.text
    assert "Bought and sold" in mail.text
    assert [attachment.cid for attachment in mail.attachments] == ["drift", "value"]
    still = weekly(hold(), replace(WEEK, traded=()), NOW)
    assert "Recommendation: wait." in still.text
    assert "Hold: it costs 41.20 USD to gain 12.75 USD." in still.text


def test_the_first_week_has_nothing_to_compare_with() -> None:
    mail = weekly(rebalance(), Week(()), NOW)
    assert mail.subject.endswith("week 47: value 100,000.00 USD")
    assert len(mail.attachments) == 1


def test_a_strange_symbol_or_account_is_only_text() -> None:
    plan = replace(renamed(rebalance(), "<script>"), account=AccountId("a\r\nBcc: x"))
    mail = action_needed(plan, DEADLINE)
    assert "script" not in _Words(mail.html).tags
    assert "<script>" in words(mail)
    assert "\n" not in mail.subject
    assert len(action_needed(replace(plan, account=AccountId("a" * 500)), DEADLINE).subject) == 160
