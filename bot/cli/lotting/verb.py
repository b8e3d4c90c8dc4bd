"""The verb ``trimtab lots``, and ``lots export`` behind it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from bot.cli.exits import Exit, WrongUse
from bot.cli.lotting.acting import verb as acting
from bot.cli.lotting.checking import verb as checking
from bot.cli.lotting.importing import verb as importing
from bot.cli.options import Account, AsJson, Files, Identical, Options, Outside
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import laid_out, teach

HELP = f"""\
Open lots: basis, term, and gain at the last price.

All accounts, or the one that is named. Beside what a lot cost by itself stands what wash sales in
any account of the household put on top; docs/tax.md tells the rule. Files and like symbols are as
[household] of the config has them, unless an option says otherwise. Lots come in with the trades of
an account, or from files of a broker: trimtab lots import.

{
    laid_out(
        (
            ("trimtab lots", "every account"),
            ("trimtab lots main --limit 100", "one account, by its name"),
            ("trimtab lots main --csv > lots.csv", "the same as: lots export -a main"),
            ("trimtab lots --json | jq .accounts", "for a script"),
        )
    )
}
"""


class _Lots(TyperGroup):
    """An account may stand where a verb would: ``lots main`` is ``lots --account main``."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer's own
        """Read the line."""
        valued = {word for one in self.params if not one.is_flag for word in one.opts}  # type: ignore[attr-defined]
        place = 0
        while place < len(args) and args[place].startswith("-"):
            place += 2 if args[place] in valued else 1
        if place < len(args) and args[place] not in self.commands:
            args = [*args[:place], "--account", *args[place:]]
        rest: list[str] = super().parse_args(ctx, args)
        return rest


lots = typer.Typer(
    name="lots", help=HELP, cls=_Lots, invoke_without_command=True, subcommand_metavar="[ACCOUNT]"
)

AsCsv = Annotated[bool, typer.Option("--csv", help="Every lot as CSV on stdout.")]
Asked = tuple[Sequence[Path], Sequence[str], Sequence[str]]
"""Files of trades, symbols that are alike, kinds of account that replace nothing."""

FORMS = ("csv", "json")
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="csv or json.")]
Rows = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="Lots of an account.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(lots)


@lots.callback()
def list_lots(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    account: Account = None,
    trades: Files = None,
    identical: Identical = None,
    outside: Outside = None,
    limit: Rows = 40,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> int:
    """List them; the help of the group is what is shown."""
    if context.invoked_subcommand is not None:
        return Exit.OK
    if as_csv and as_json:
        raise WrongUse("--csv and --json are two forms of one answer", "ask for one of them")
    return _shown(
        context.obj,
        account,
        (trades or (), identical or (), outside or ()),
        limit,
        as_csv=as_csv,
        as_json=as_json,
    )


def export(  # one parameter an option
    context: typer.Context,
    account: Account = None,
    trades: Files = None,
    identical: Identical = None,
    outside: Outside = None,
    form: Form = "csv",
) -> int:
    """Write every open lot to stdout, as CSV or as JSON.

    The columns are those of the JSON document (docs/schemas/lots.schema.json). Both are read again
    by: trimtab lots import.
    """
    if form not in FORMS:
        raise WrongUse(f"--format {form}: there is none such", f"there is: {', '.join(FORMS)}")
    asked = (trades or (), identical or (), outside or ())
    is_csv = form == "csv"
    return _shown(context.obj, account, asked, 1, as_csv=is_csv, as_json=not is_csv)


teach(
    lots,
    export,
    ("trimtab lots export > lots.csv", "every account"),
    ("trimtab lots export -a main > lots.csv", "one account"),
)
importing.add_to(lots)
acting.add_to(lots)
checking.add_to(lots)


def _shown(
    options: Options,
    account: str | None,
    asked: Asked,
    limit: int,
    *,
    as_csv: bool,
    as_json: bool,
) -> int:
    from bot.cli.families import given
    from bot.cli.lotting.answer import answer
    from bot.cli.wiring import hands_of, open_book, read_config
    from bot.report.lots.page import lots_csv, page

    said = given(*asked)
    config = read_config(options.config)
    with open_book(config) as book:
        told = answer(config, book, account, said, hands_of(config).clock.now())
    for note in told.notes:
        tell(note)
    if as_json:
        show_json(told)
    else:
        show(lots_csv(told) if as_csv else page(told, limit))
        next_step("trimtab tax tells what was sold")
    return Exit.OK
