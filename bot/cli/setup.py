"""The first two verbs: ``init`` writes a config with safe defaults, ``check`` tries everything."""

import sys
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, next_step, paint, show, show_json, tell


class BrokerName(StrEnum):
    """The brokers that ``init`` knows."""

    PAPER = "paper"
    MANUAL = "manual"


class ProfileName(StrEnum):
    """Whose limits hold."""

    PERSON = "person"
    ADVISER = "adviser"
    DESK = "desk"


AccountName = Annotated[str | None, typer.Option("--account", help="A short name: main, ira.")]
Broker = Annotated[BrokerName | None, typer.Option("--broker", help="Where the account is.")]
StartCash = Annotated[float | None, typer.Option("--cash", help="Paper cash to begin with, USD.")]
Email = Annotated[str | None, typer.Option("--email", help="Who is told; empty: an outbox folder.")]
Taxable = Annotated[bool | None, typer.Option("--taxable/--retirement", help="How it is taxed.")]
ProfileOption = Annotated[ProfileName, typer.Option("--profile", help="Which limits hold.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing; defaults for the rest.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the config that is there.")]
BrokerCheck = Annotated[str | None, typer.Option("--account", "-a", help="Only this account.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(init)
    app.command()(check)


def init(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    account: AccountName = None,
    broker: Broker = None,
    cash: StartCash = None,
    email: Email = None,
    taxable: Taxable = None,
    profile: ProfileOption = ProfileName.PERSON,
    no_input: NoInput = False,
    force: Force = False,
) -> int:
    """Write config.toml: paper, mode propose, nothing sent without you; no secrets in it.

    Examples:
      trimtab init

      trimtab init --no-input --account ira --retirement --cash 250000
    """
    from bot.config.account_table import BrokerKind
    from bot.config.write import InitAnswers, write_new
    from bot.limits import Profile

    options: Options = context.obj
    asks = _Questions(is_silent=no_input or not sys.stdin.isatty())
    answers = InitAnswers(
        account=account or asks.text("Name of the account", "main"),
        broker=BrokerKind(broker or asks.text("Broker: paper or manual", "paper")),
        cash=Decimal(str(cash or asks.text("Paper cash in USD", "100000"))),
        targets="us20-equal",
        email=email if email is not None else asks.text("E-mail for alerts (none: a folder)", ""),
        profile=Profile(profile),
        taxable=taxable if taxable is not None else asks.yes("Is it a taxable account?"),
    )
    write_new(options.config, answers, force=force)
    tell(f"wrote {options.config} (mode 0600): PAPER, mode propose: nothing is sent without you")
    next_step("read it, then: trimtab check")
    return Exit.OK


class _Questions:
    """Prompts with defaults, or the defaults alone where nobody can be asked."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent

    def text(self, question: str, default: str) -> str:
        """One line of text."""
        if self._is_silent:
            return default
        return str(typer.prompt(question, default=default, err=True))

    def yes(self, question: str) -> bool:
        """Yes or no; yes is the default."""
        return True if self._is_silent else typer.confirm(question, default=True, err=True)


def check(context: typer.Context, account: BrokerCheck = None, as_json: AsJson = False) -> int:
    """Try config, secrets, book, calendar, clock, brokers and mail; say how each is mended.

    Leaves with 0 when all is well, 2 for the config, 3 for what this machine lacks, 4 for a
    safety rule, 75 for a broker or a mail server that is not there now.

    Example: trimtab check --json | jq '.findings[] | select(.verdict != "ok")'
    """
    from bot.cli.checks import run_checks

    options: Options = context.obj
    findings = list(run_checks(options.config, account))
    if as_json:
        show_json("check", findings=findings)
    else:
        for finding in findings:
            show(f"{paint(finding.verdict.ljust(4), finding.verdict)}  {finding.what}")
            if finding.fix:
                show(f"      fix: {finding.fix}")
    failed = [finding for finding in findings if finding.verdict == "fail"]
    if failed:
        complain(f"{len(failed)} of {len(findings)} checks failed")
        return Exit(failed[0].exit_code)
    next_step("trimtab plan")
    return Exit.OK
