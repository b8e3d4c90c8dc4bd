"""The channel into a folder: each mail a file that every mail reader opens, for its owner alone."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from bot.alerts.envelope import message
from bot.alerts.post import NotSent
from bot.book.rows import Mail


@dataclass(frozen=True, slots=True)
class FolderChannel:
    """Writes mails into ``folder``, which is made where it is missing."""

    folder: Path
    sender: str = "trimtab@localhost"
    recipients: tuple[str, ...] = ("owner@localhost",)
    name: str = "folder"

    def send(self, mail: Mail) -> str:
        """Write ``mail``; returns the path. Writing it again replaces it by itself."""
        try:
            return str(_write(self.folder, _file_name(mail), self._bytes(mail)))
        except (OSError, ValueError) as error:
            raise NotSent(
                f"cannot write a mail into {self.folder}; mend mail.outbox or make room ({error})",
                is_down=isinstance(error, OSError),
            ) from error

    def _bytes(self, mail: Mail) -> bytes:
        return message(mail, self.sender, self.recipients).as_bytes()


def _file_name(mail: Mail) -> str:
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", mail.mail_id)
    return f"{mail.created:%Y%m%dT%H%M%SZ}-{safe}.eml"


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Whole or not at all: written beside under another name, then moved into place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.part"
    draft.unlink(missing_ok=True)
    private = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(private, "wb") as paper:
        paper.write(content)
        paper.flush()
        os.fsync(paper.fileno())
    return draft.replace(folder / name)
