"""Mail and a server that fails: nothing is lost, what was taken is not sent again, no order waits.

The schedule of faults is that of the brokers' stand-ins. A mail whose answer was lost may have been
taken: it is sent again under the same Message-ID, which is all that SMTP allows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from threading import Thread

import pytest
from stage import MakeStage, Stage
from standins.faults import Fault, drop_after, drop_before, hang_after, hang_before
from standins.smtp_server import SmtpServer, cut_off, no
from test_rounds import desk_of

from bot.alerts.mails import trial
from bot.alerts.smtp import SmtpChannel, SmtpSettings
from bot.book.rows import MailRow
from bot.cli.channels import empty_outbox
from bot.config.settings import Security
from bot.rounds import Office, work_approved, work_slot

LOGIN = ("trimtab", "correct horse")
TO = ("owner@example.org", "second@example.org")
WAIT = timedelta(minutes=1)
VERBS = ("CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE")


@dataclass
class Post:
    """An outbox, and the server that empties it."""

    office: Office
    server: SmtpServer
    channel: SmtpChannel

    def put(self, number: int = 0) -> None:
        mail = trial(self.office.clock.now())
        self.office.book.post(replace(mail, mail_id=f"mail-{number}", dedupe_key=f"trial|{number}"))

    def empty(self) -> None:
        empty_outbox(self.office, (self.channel,))

    def later(self, wait: timedelta = WAIT) -> None:
        self.office.clock.sleep(wait.total_seconds())
        self.empty()

    @property
    def row(self) -> MailRow:
        (row,) = self.office.book.mails()
        return row

    @property
    def newest(self) -> MailRow:
        return max(self.office.book.mails(), key=lambda row: row.created)

    @property
    def copies(self) -> list[int]:
        """How often the server has taken each mail that it has taken."""
        return sorted(Counter(taken.message_id for taken in self.server.taken).values())


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer(LOGIN) as running:
        yield running


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    return make(6)


@pytest.fixture
def post(stage: Stage, server: SmtpServer) -> Post:
    settings = SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        security=Security.NONE,
        sender="trimtab@example.org",
        recipients=TO,
        username=LOGIN[0],
        password=lambda: LOGIN[1],
        timeout_seconds=0.3,
    )
    return Post(desk_of(stage)[1], server, SmtpChannel(settings))


NOT_TAKEN: dict[str, Fault] = {
    **{f"dropped at {verb}": drop_before(verb, "") for verb in VERBS},
    **{f"hangs at {verb}": hang_before(verb, "") for verb in ("CONNECT", "MAIL", "MESSAGE")},
    **{f"421 at {verb}": no(verb, 421) for verb in VERBS},
    **{f"451 at {verb}": no(verb, 451) for verb in ("MAIL", "DATA", "MESSAGE")},
    **{f"550 at {verb}": no(verb, 550) for verb in ("MAIL", "DATA", "MESSAGE")},
    "every address is refused for now": no("RCPT", 450, times=2),
    "every address is refused": no("RCPT", 550, times=2),
    "the password is refused": no("AUTH", 535),
    "the greeting is cut": Fault("CONNECT", "", cut_at=2),
    "the offers are cut": Fault("EHLO", "", cut_at=9),
    "cut after 1 byte of the mail": cut_off(1),
    "cut after 400 bytes of the mail": cut_off(400),
}

TAKEN_UNHEARD: dict[str, Fault] = {
    "dropped after it was taken": drop_after("MESSAGE", ""),
    "hangs after it was taken": hang_after("MESSAGE", ""),
    "the answer is cut": Fault("MESSAGE", "", cut_at=2),
    "an error after it was taken": Fault("MESSAGE", "", status=451, body=b"queue is full"),
}

TAKEN: dict[str, Fault] = {
    "slow": Fault("MESSAGE", "", wait_seconds=0.05),
    "a byte at a time": Fault("EHLO", "", drip_seconds=0.001),
    "dropped at the goodbye": drop_before("QUIT", ""),
    "hangs at the goodbye": hang_before("QUIT", ""),
    "421 at the goodbye": no("QUIT", 421),
    "one address is refused": no("RCPT", 550, path="TO:<second"),
}


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_what_was_not_taken_is_kept_and_sent_later_once(post: Post, kind: str) -> None:
    post.server.faults.tell(replace(NOT_TAKEN[kind]))
    post.put()
    post.empty()
    assert (post.row.state, post.row.tries, post.copies) == ("failed", 1, [])
    assert post.row.why
    post.later(WAIT / 2)
    assert post.row.tries == 1, "it has its time"
    post.later(WAIT / 2)
    assert (post.row.state, post.row.tries, post.copies) == ("sent", 2, [1])
    post.later(10 * WAIT)
    assert post.copies == [1]


@pytest.mark.parametrize("kind", TAKEN_UNHEARD)
def test_what_may_have_been_taken_is_sent_again_under_the_same_id(post: Post, kind: str) -> None:
    post.server.faults.tell(replace(TAKEN_UNHEARD[kind]))
    post.put()
    post.empty()
    assert (post.row.state, post.copies) == ("failed", [1])
    post.later()
    assert (post.row.state, post.copies) == ("sent", [2])
    post.later(10 * WAIT)
    assert post.copies == [2]


@pytest.mark.parametrize("kind", TAKEN)
def test_what_was_taken_is_not_sent_again(post: Post, kind: str) -> None:
    post.server.faults.tell(replace(TAKEN[kind]))
    post.put()
    post.empty()
    assert (post.row.state, post.copies) == ("sent", [1])
    post.later(10 * WAIT)
    assert (post.row.tries, post.copies) == (1, [1])
    assert ("refused for second" in post.row.why) is kind.startswith("one address")


def test_a_server_that_delivers_twice_was_sent_it_once(post: Post) -> None:
    post.server.faults.tell(Fault("MESSAGE", "", effects=2))
    post.put()
    post.empty()
    post.later(10 * WAIT)
    assert (post.row.state, post.copies, post.server.count("MESSAGE")) == ("sent", [2], 1)


def test_a_server_that_starts_again_gets_what_was_kept(post: Post) -> None:
    post.put()
    post.server.go_down()
    post.empty()
    assert (post.row.state, "takes no calls" in post.row.why) == ("failed", True)
    post.server.come_up()
    post.later()
    assert (post.row.state, post.copies) == ("sent", [1])


def test_over_many_faults_every_mail_arrives_and_copies_only_where_an_answer_was_lost(
    post: Post,
) -> None:
    dice = Random(7)  # noqa: S311
    kinds = [*NOT_TAKEN.items(), *TAKEN_UNHEARD.items(), *TAKEN.items()]
    quick = [fault for name, fault in kinds if "hangs" not in name]
    count, unheard = 20, 0
    for number in range(count):
        post.put(number)
        while post.newest.state != "sent":
            faults = [replace(dice.choice(quick)) for _ in range(dice.randrange(3))]
            post.server.faults.tell(*faults)
            before = len(post.server.taken)
            post.later(600 * WAIT)
            unheard += len(post.server.taken) > before and post.newest.state == "failed"
            post.server.faults.faults.clear()
    assert (len(post.copies), sum(post.copies)) == (count, count + unheard)
    assert unheard, "some answers were lost"


def test_a_server_that_hangs_delays_no_order(stage: Stage, post: Post) -> None:
    desk, office = desk_of(stage)
    office = replace(office, drawn=False)
    slow = replace(post.channel, settings=replace(post.channel.settings, timeout_seconds=20))
    post.server.faults.tell(hang_before("MESSAGE", ""))
    post.put()
    mailing = Thread(target=empty_outbox, args=(office, (slow,)))
    mailing.start()
    while not post.server.count("MESSAGE"):
        mailing.join(0.01)
        assert mailing.is_alive()
    work_slot(desk, office)
    stage.approve(stage.book.plan(stage.book.plans(desk.account, 1)[0].plan_id))
    work_approved(desk, office)
    assert stage.held(), "orders were sent and filled"
    assert mailing.is_alive(), "and the mail still waits"
    post.server.stopping.set()
    post.server.go_down()
    mailing.join(20)
    assert not mailing.is_alive()
    assert post.copies == []
    (first, *_) = sorted(stage.book.mails(), key=lambda row: row.created)
    assert first.state == "failed"
