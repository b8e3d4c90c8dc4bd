"""The first two verbs: ``init`` writes a config with safe defaults, ``check`` tries everything."""

import sys
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import complain, next_step, paint, show, show_json, tell
from bot.cli.teach import teach


class BrokerName(StrEnum):
    """The brokers that ``init`` knows."""

    PAPER = "paper"
    MANUAL = "manual"
    ALPACA = "alpaca"
    IBKR = "ibkr"


class ProfileName(StrEnum):
    """Whose limits hold."""

    PERSON = "person"
    ADVISER = "adviser"
    DESK = "desk"


AccountName = Annotated[
    str | None, typer.Option("--account", metavar="NAME", help="A short name: main, ira.")
]
Broker = Annotated[BrokerName | None, typer.Option("--broker", help="Where the account is.")]
StartCash = Annotated[
    str | None, typer.Option("--cash", metavar="USD", help="Paper cash to begin with.")
]
Email = Annotated[
    str | None,
    typer.Option("--email", metavar="ADDRESS", help="Who is told; none: a folder of mails."),
]
Taxable = Annotated[bool | None, typer.Option("--taxable/--retirement", help="How it is taxed.")]
ProfileOption = Annotated[ProfileName, typer.Option("--profile", help="Whose limits hold.")]
Can = Annotated[
    str | None,
    typer.Option(
        "--broker", metavar="NAME", help="Tell what the broker of this account can do; ask nobody."
    ),
]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing; defaults for the rest.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the config that is there.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        init,
        ("trimtab init", "asks five questions"),
        ("trimtab init --no-input", "asks none"),
        ("trimtab init --account ira --retirement --cash 250000", "asks the rest"),
        ("trimtab -c ira.toml init --no-input", "into another file"),
    )
    teach(
        app,
        check,
        ("trimtab check", "everything, and a trial mail"),
        ("trimtab check --broker ira", "what that account's broker can do"),
        ("trimtab -q check && trimtab run", "start only when all is well"),
        ("trimtab check --json | jq '.findings[] | select(.verdict != \"ok\")'", ""),
    )


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
    """Write config.toml: PAPER, and nothing is sent without you.

    Twenty US names in equal parts to begin with: every line of the file says what it is for. No
    secret belongs into it. A config that is there is never overwritten without --force.
    """
    from bot.config.account_table import BrokerKind
    from bot.config.write import InitAnswers, write_new
    from bot.limits import Profile

    options: Options = context.obj
    _refuse_to_overwrite(options.config, force=force)
    asks = _Questions(is_silent=no_input or not sys.stdin.isatty())
    kind = broker or asks.choice("Broker", BrokerName, BrokerName.PAPER)
    answers = InitAnswers(
        account=account or asks.text("Name of the account", "main"),
        broker=BrokerKind(kind),
        cash=_amount(cash or asks.text("Paper cash in USD", "100000")),
        targets="us20-equal",
        email=email if email is not None else asks.text("E-mail for alerts (none: a folder)", ""),
        profile=Profile(profile),
        taxable=taxable if taxable is not None else asks.yes("Is it a taxable account?"),
    )
    write_new(options.config, answers, force=force)
    tell(f"wrote {options.config} (mode 0600), account {answers.account}")
    word = "LIVE" if answers.broker is BrokerKind.MANUAL else "PAPER"
    tell(f"{paint(word, word)}, mode propose: it plans and mails, nothing is ever sent")
    next_step("read it, then: trimtab check")
    return Exit.OK


def _refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Before any question is asked."""
    if path.exists() and not force:
        raise WrongUse(f"{path} is there already, and was left as it is", "--force replaces it")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise WrongUse(f"{text!r} is not an amount", "write digits, like 250000") from error


class _Questions:
    """Prompts with defaults, or the defaults alone where nobody can be asked."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent

    def text(self, question: str, default: str) -> str:
        """One line of text."""
        if self._is_silent:
            return default
        return str(typer.prompt(question, default=default, err=True)).strip()

    def choice(self, question: str, choices: type[BrokerName], default: BrokerName) -> BrokerName:
        """One of a few words; anything else is asked again."""
        words = " or ".join(choices)
        answer = self.text(f"{question}: {words}", default)
        while answer not in set(choices):
            tell(f"write {words}")
            answer = self.text(f"{question}: {words}", default)
        return choices(answer)

    def yes(self, question: str) -> bool:
        """Yes or no; yes is the default."""
        return True if self._is_silent else typer.confirm(question, default=True, err=True)


def check(
    context: typer.Context,
    account: Account = None,
    can: Can = None,
    as_json: AsJson = False,
) -> int:
    """Try all that must be in place, and say how it is mended.

    Config, disk, book, calendar, mail, and of each account its broker, identity, clock, and code
    of your own.
    Nothing can be traded by it; a trial mail is sent. It leaves with the code of the first thing
    that failed. --broker tries nothing: it tells what the broker of one account can do.
    """
    from bot.cli.checks import run_checks
    from bot.cli.documents import CheckDocument

    options: Options = context.obj
    if can is not None:
        from bot.cli.capabilities import tell_abilities

        if account is not None:
            raise WrongUse("--broker names its account itself", "leave --account out")
        return tell_abilities(options.config, can, as_json=as_json)
    findings = tuple(run_checks(options.config, account))
    if as_json:
        show_json(CheckDocument(findings))
    else:
        for finding in findings:
            show(f"{paint(finding.verdict.ljust(4), finding.verdict)}  {finding.what}")
            if finding.fix:
                show(f"      fix: {finding.fix}")
    failed = [finding for finding in findings if finding.verdict == "fail"]
    if failed:
        complain(f"{len(failed)} of {len(findings)} checks failed", failed[0].fix)
        return Exit(failed[0].exit_code)
    next_step("trimtab plan")
    return Exit.OK
