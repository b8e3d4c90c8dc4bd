"""The channel to a chat or a telephone: one URL each, by apprise, which is opened only here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType

from bot.alerts.post import NotSent
from bot.book.rows import Mail
from bot.redaction import redacted

_BODY_MAX = 900


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Posts the beginning of each mail to ``urls``. A URL holds secrets and is never shown."""

    urls: Sequence[str] = field(repr=False)
    name: str = "push"

    def send(self, mail: Mail) -> str:
        """Post subject and first lines of ``mail`` to all URLs."""
        sender = _library().Apprise()
        for place, url in enumerate(self.urls, 1):
            if not sender.add(url):
                raise NotSent(f"{_named(place, url)} is not a URL that apprise knows", is_down=True)
        if not sender.notify(
            title=redacted(mail.subject), body=_body(redacted(mail.text)), body_format="text"
        ):
            raise NotSent(
                f"push to {', '.join(_named(*pair) for pair in enumerate(self.urls, 1))} was not "
                "taken by all; the log has apprise's own words",
                is_down=True,
            )
        return ""


def _library() -> ModuleType:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise NotSent(
            "mail.notify needs apprise, which is not installed; pip install 'trimtab[notify]'",
            is_down=True,
        ) from error
    return apprise


def _named(place: int, url: str) -> str:
    """The place of a URL in the config and its scheme: what can be told without its secrets."""
    scheme = re.match(r"[a-z0-9]{1,16}(?=://)", url)
    return f"mail.notify no. {place} ({scheme.group() if scheme else 'no scheme'})"


def _body(text: str) -> str:
    """Whole paragraphs from the start of ``text``, as many as a small screen bears."""
    kept = ""
    for paragraph in text.split("\n\n"):
        if len(kept) + len(paragraph) > _BODY_MAX:
            break
        kept += f"{paragraph}\n\n"
    return kept.strip() or text[:_BODY_MAX]
