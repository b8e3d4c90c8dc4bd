"""What is wrong between keys of the whole file: mail, the book, and accounts beside each other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.config.account_table import FOLLOWS, AccountTable, BrokerKind
from bot.config.checks import Finding, overlap
from bot.config.locate import KeyPath
from bot.config.settings import Security
from bot.config.shape import FileTable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, whatever a name server says."""


@dataclass(frozen=True, slots=True)
class FileRule:
    """A check, and the keys that it looks at."""

    find: Callable[[FileTable], Iterator[Finding]]
    uses: tuple[KeyPath, ...]


def _some_account(file: FileTable) -> Iterator[Finding]:
    if not file.accounts:
        problem = "no account is set up; write a table [accounts.NAME]"
        yield Finding(("accounts",), None, problem)


def _book(file: FileTable) -> Iterator[Finding]:
    """A password is never read from this file: PostgreSQL's own client knows where to look."""
    if not file.book.startswith("postgresql"):
        return
    try:
        url = urlsplit(file.book)
        has_password = url.password is not None or "password" in parse_qs(url.query)
    except ValueError as exc:
        yield Finding(("book",), None, f"is not a URL: {exc}")
        return
    if has_password:
        problem = "holds a password; leave it out and put it into ~/.pgpass (mode 0600)"
        yield Finding(("book",), None, problem)


def _mail_addresses(file: FileTable) -> Iterator[Finding]:
    mail = file.mail
    if mail.host is None:
        return
    for key, value in (("from", mail.sender), ("to", mail.to)):
        if not value:
            yield Finding(("mail", key), None, f"is missing; mail.host needs {key}")


def _mail_security(file: FileTable) -> Iterator[Finding]:
    mail = file.mail
    if mail.host and mail.security is Security.NONE and mail.host not in LOOPBACK:
        problem = 'is for a server on this machine only; write "starttls" or "tls"'
        yield Finding(("mail", "security"), "none", problem)


def _ledger(account: AccountTable) -> str | None:
    return account.paper.ledger


def _folder(account: AccountTable) -> str | None:
    return account.manual.folder


def _live_account(account: AccountTable) -> str | None:
    return account.live_account


def _client_id(account: AccountTable) -> str | None:
    """TWS lets one program in under each; a TWS of its own is told apart by its address."""
    if account.broker is not BrokerKind.IBKR:
        return None
    ibkr = account.ibkr
    return f"{ibkr.client_id} at {ibkr.host}:{ibkr.port or account.environment.lower()}"


OWN: tuple[tuple[KeyPath, Callable[[AccountTable], str | None]], ...] = (
    (("paper", "ledger"), _ledger),
    (("manual", "folder"), _folder),
    (("live_account",), _live_account),
    (("ibkr", "client_id"), _client_id),
)
"""What no two accounts may share: each would trade what the other holds, or shut it out."""


def _apart(file: FileTable) -> Iterator[Finding]:
    for path, read in OWN:
        owner_of: dict[str, str] = {}
        for name, account in file.accounts.items():
            value = read(account)
            if value is None:
                continue
            owner = owner_of.setdefault(value, name)
            if owner != name:
                problem = f"belongs to account {owner} already"
                yield Finding(("accounts", name, *path), value, problem)


def _followed(file: FileTable) -> Iterator[Finding]:
    """Quotes come from an account that is there, and is not itself a tape."""
    for name, account in file.accounts.items():
        tape = account.paper.tape
        followed = file.accounts.get(tape.removeprefix(FOLLOWS))
        if not tape.startswith(FOLLOWS):
            continue
        if followed is None:
            yield Finding(("accounts", name, "paper", "tape"), tape, "there is no such account")
        elif followed.broker is BrokerKind.PAPER:
            problem = "must name an account with quotes of its own, not one on paper"
            yield Finding(("accounts", name, "paper", "tape"), tape, problem)


RULES = (
    FileRule(_some_account, (("accounts",),)),
    FileRule(_book, (("book",),)),
    FileRule(_mail_addresses, (("mail", "host"), ("mail", "from"), ("mail", "to"))),
    FileRule(_mail_security, (("mail", "host"), ("mail", "security"))),
    FileRule(_apart, ()),
    FileRule(_followed, (("accounts",),)),
)


def file_findings(
    file: FileTable, tainted: frozenset[KeyPath], rules: Sequence[FileRule] = RULES
) -> Iterator[Finding]:
    """What every rule finds; ``tainted`` are the paths that were already refused."""
    for rule in rules:
        if not any(overlap(use, path) for use in rule.uses for path in tainted):
            yield from rule.find(file)
