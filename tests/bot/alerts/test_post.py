"""Delivery: the first channel counts, failures are sentences, and nothing is sent in a storm."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.alerts.folder import FolderChannel
from bot.alerts.post import NotSent, deliver
from bot.book.rows import Mail
from tests.bot.report.plans import NOW

ONE = Mail("m1", "PAPER/a/b/1", NOW, "info", "one", "words")
TWO = replace(ONE, mail_id="m2", dedupe_key="PAPER/a/b/2")


@dataclass
class Broken:
    """A channel that never works."""

    name: str
    is_down: bool
    calls: list[str] = field(default_factory=list)

    def send(self, mail: Mail) -> str:
        """Fail."""
        self.calls.append(mail.mail_id)
        raise NotSent("the line is cut", is_down=self.is_down)


def test_all_channels_get_the_mail(tmp_path: Path) -> None:
    first, second = FolderChannel(tmp_path / "1"), FolderChannel(tmp_path / "2", name="copy")
    outcomes = deliver((ONE, TWO), (first, second), NOW)
    assert [(one.mail_id, one.state, one.channel) for one in outcomes] == [
        ("m1", "sent", "folder, copy"),
        ("m2", "sent", "folder, copy"),
    ]
    assert len(list((tmp_path / "2").iterdir())) == 2


def test_a_channel_that_is_down_is_not_asked_again_in_this_round() -> None:
    broken = Broken("mail", is_down=True)
    outcomes = deliver((ONE, TWO), (broken,), NOW)
    assert broken.calls == ["m1"]
    assert [one.state for one in outcomes] == ["failed", "failed"]
    assert outcomes[1].why == "mail: not tried, because the line is cut"
    deliver((TWO,), (broken,), NOW)
    assert broken.calls == ["m1", "m2"]


def test_one_bad_mail_does_not_hold_up_the_next() -> None:
    broken = Broken("mail", is_down=False)
    deliver((ONE, TWO), (broken,), NOW)
    assert broken.calls == ["m1", "m2"]


def test_the_first_channel_counts(tmp_path: Path) -> None:
    broken = Broken("push", is_down=True)
    (sent,) = deliver((ONE,), (FolderChannel(tmp_path), broken), NOW)
    assert (sent.state, sent.channel) == ("sent", "folder")
    assert "push: the line is cut" in sent.why
    (failed,) = deliver((ONE,), (broken, FolderChannel(tmp_path)), NOW)
    assert (failed.state, failed.channel, failed.time) == ("failed", "push", NOW)


def test_without_a_channel_mails_stay_due() -> None:
    assert deliver((ONE,), (), NOW) == ()
