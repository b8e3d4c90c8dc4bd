"""The shape of config.toml: its tables, their keys, what each may be and what it is when unsaid.

pydantic does the reading, for two reasons: it reports every mistake at once, each with its path,
and it writes the JSON schema from which editors complete and check the file. It is used for
parsing alone; what leaves this room are the frozen dataclasses of the policy and the limits,
whose own defaults are the defaults here. The sentence under a key is its documentation: the
reference and the schema are made from it.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from bot.config.account_table import AccountTable
from bot.config.household_table import HouseholdTable
from bot.config.kinds import (
    AccountName,
    BookPlace,
    FilePath,
    HostName,
    MailAddress,
    MailAddresses,
    Mic,
    Port,
    SecretReferences,
    UserName,
    Weight,
    one_of,
    words,
)
from bot.config.settings import Security, Weekday
from bot.config.table import Table
from bot.config.values import OFF, Is, OneOf
from bot.config.watch_table import LogTable, WatchTable

WEEKDAYS = OneOf(
    {**words(Weekday), OFF: None},
    numbers="a number means another day to each program (0 is Sunday to cron, Monday to Python)",
)


class MailTable(Table):
    """Mail to the owner. Without ``host`` each mail becomes a file in ``outbox``."""

    host: HostName | None = None
    """Mail server."""
    port: Port | None = None
    """Its port; unsaid it is 587 for starttls, 465 for tls, 25 for none."""
    security: Annotated[Security, one_of(Security)] = Security.STARTTLS
    """Protection of the link; "none" only where the server is this machine."""
    authorities: FilePath | None = None
    """Certificates (PEM) to trust in place of the system's, for a server with one of its own."""
    username: UserName | None = None
    """User at the mail server; the password is the secret ``smtp_password``."""
    sender: MailAddress | None = Field(default=None, alias="from")
    """Address that the mail comes from; needed with ``host``."""
    to: MailAddresses = Field(default_factory=list)
    """Addresses that the mail goes to; needed with ``host``."""
    outbox: FilePath = "outbox"
    """Folder for mails while no ``host`` is set."""
    notify: SecretReferences = Field(default_factory=list)
    """Push messages: names of secrets, each of which holds one URL (ntfy, Slack, Telegram)."""


class AlertsTable(Table):
    """What a person is told beside plans and trades."""

    drift_warning: Weight = Decimal("0.03")
    """Distance of one name from its target that is reported."""
    weekly_report: Annotated[Weekday | None, Is(WEEKDAYS)] = Weekday.FRIDAY
    """Day of the weekly report, after the close."""


class FileTable(Table):
    """The whole file."""

    book: BookPlace = "trimtab.db"
    """The book: a SQLite file, or postgresql://user@host/name (no password in it)."""
    calendar: Mic = "XNYS"
    """Exchange whose sessions the daemon keeps."""
    state_dir: FilePath = "state"
    """Folder of what the program keeps beside the book: lock, calendar, paper accounts."""
    secrets: FilePath = "secrets.toml"
    """File of secrets, readable by you alone (mode 0600); "keyring" asks the desktop's."""
    mail: MailTable = MailTable()
    alerts: AlertsTable = AlertsTable()
    watch: WatchTable = WatchTable()
    log: LogTable = LogTable()
    household: HouseholdTable = HouseholdTable()
    households: dict[AccountName, HouseholdTable] = Field(default_factory=dict)
    accounts: dict[AccountName, AccountTable] = Field(default_factory=dict)
