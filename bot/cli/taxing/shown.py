"""In which form the answer is wanted, and the answer in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.screen import show, show_json, tell

if TYPE_CHECKING:
    from bot.report.tax.figures import TaxStatement
    from bot.report.tax.form8949 import Form8949

BOXES = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for on the command line."""

    as_form: bool
    as_txf: bool
    as_csv: bool
    as_json: bool
    box: str


def check(form: Form, year: int | None) -> None:
    """Raise where the forms do not go together."""
    if form.as_csv and form.as_json:
        raise WrongUse("--csv and --json are two forms of one answer", "ask for one of them")
    if form.as_txf and (form.as_csv or form.as_json or form.as_form):
        raise WrongUse("--txf is a form of its own", "ask for it alone")
    if (form.as_txf or form.as_form) and year is None:
        raise WrongUse("the form is of one year", "name it: trimtab tax 2026 --form8949")
    if form.box.upper() not in BOXES:
        raise WrongUse(f"--box {form.box}: there is none such", f"there is: {', '.join(BOXES)}")


def present(told: "TaxStatement", form: Form, limit: int) -> None:
    """Print it."""
    if form.as_form or form.as_txf:
        _form(told, form)
    elif form.as_json:
        show_json(told)
    else:
        from bot.report.tax.page import disposals_csv, page

        show(disposals_csv(told) if form.as_csv else page(told, limit))


def _form(told: "TaxStatement", form: Form) -> None:
    from bot.report.tax.form8949 import Box, form8949
    from bot.report.tax.form_page import form_csv, form_page

    assert told.year is not None, "it was checked"
    made = form8949(told, told.year, Box(form.box.upper()))
    if form.as_txf:
        _txf(told, made)
    elif form.as_json:
        show_json(made)
    elif form.as_csv:
        tell(made.assumed)
        show(form_csv(made))
    else:
        show(form_page(made))


def _txf(told: "TaxStatement", made: "Form8949") -> None:
    from importlib.metadata import version

    from bot.report.tax.txf import txf

    tell(made.assumed)
    if made.unfinished:
        tell(f"{len(made.unfinished)} sales are in it without a basis: your program will ask")
    show(txf(made, f"trimtab {version('trimtab')}", told.today))
