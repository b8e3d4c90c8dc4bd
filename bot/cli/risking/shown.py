"""What the caller sees: one account with all of its tables and pictures, or a line for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.book.errors import BookError
from bot.cli.exits import NO_REMEDY, Exit, WrongUse, classify, sentence
from bot.cli.risking.look import Asked, found
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.wiring import open_book, replayed_to
from bot.config.secrets import SecretError
from bot.prices.source import NoPrices
from bot.reconcile import Refusal
from bot.report.risk.figures import AccountRisk, RiskFigures
from brokers.broker import BrokerError
from strategies.risk.refusal import NoRisk

if TYPE_CHECKING:
    from bot.cli.risking.answer import Answer
    from bot.config.settings import AccountConfig, Config
    from bot.report.plots import Form

FORMS = (".png", ".svg")
OF_AN_ACCOUNT = (BookError, NoPrices, NoRisk, Refusal, SecretError, BrokerError)
"""What can go wrong with one account while the others can be told about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How the caller wants to see it; a picture is None where it is not wanted."""

    top: int
    plot: Path | None
    heatmap: Path | None
    html: Path | None
    as_json: bool

    def __post_init__(self) -> None:
        """Refuse a form of picture that there is not before anything is worked out."""
        for option, path in (("--plot", self.plot), ("--heatmap", self.heatmap)):
            if path is not None and path.suffix.lower() not in FORMS:
                raise WrongUse(f"{option} {path}: a picture is a .png or an .svg", "name it so")


def one(config: "Config", accounts: "Sequence[AccountConfig]", asked: Asked, shown: Shown) -> int:
    """The only account, all of it."""
    account = accounts[0]
    answer = found(config, account, asked)
    risk = answer.figures
    each = AccountRisk(account.account, account.environment, risk, "", "")
    if shown.as_json:
        _show_json([each])
    else:
        from bot.report.risk.page import page

        show(page(each, risk, shown.top))
    _draw(each, risk, answer, shown)
    next_step(_advice(config, account, risk))
    return Exit.OK


def _advice(config: "Config", account: "AccountConfig", risk: RiskFigures) -> str:
    if any(not limit.is_kept for limit in risk.limits):
        return f"trimtab plan --account {account.account} shows what would mend it"
    if risk.basis.positions == "book" and replayed_to(config) is None:
        return f"trimtab risk {account.account} --now looks at the broker"
    return f"trimtab whatif {account.account} tells what each limit is worth"


def several(
    config: "Config", accounts: "Sequence[AccountConfig]", asked: Asked, shown: Shown
) -> int:
    """A line for each account; what is wrong with one does not hide the others."""
    if shown.plot or shown.heatmap or shown.html:
        names = ", ".join(account.account for account in accounts)
        raise WrongUse("pictures and pages are of one account", f"name one of: {names}")
    with open_book(config):  # where there is none, it is said once
        pass
    code: int = Exit.OK
    rows: list[AccountRisk] = []
    for account in accounts:
        try:
            risk = found(config, account, asked).figures
            rows.append(AccountRisk(account.account, account.environment, risk, "", ""))
        except OF_AN_ACCOUNT as exc:
            failed, remedy = classify(exc) or (Exit.UNEXPECTED, NO_REMEDY)
            code = code or failed
            rows.append(
                AccountRisk(account.account, account.environment, None, sentence(exc), remedy)
            )
    _show_several(rows, shown)
    return code


def _show_several(rows: Sequence[AccountRisk], shown: Shown) -> None:
    lost = [row for row in rows if row.risk is None]
    if shown.as_json:
        _show_json(rows)
    else:
        from bot.report.risk.several import list_page

        if len(lost) < len(rows):
            show(list_page(rows))
    for row in lost:
        complain(f"{row.environment} {row.account}: {row.why}", row.remedy)
    next_step(f"trimtab risk {rows[0].account} shows all of it")


def _show_json(rows: Sequence[AccountRisk]) -> None:
    from bot.cli.documents import RiskDocument

    show_json(RiskDocument(tuple(rows)))


def _draw(each: AccountRisk, risk: RiskFigures, answer: "Answer", shown: Shown) -> None:
    from bot.cli.risking.seen import correlations, falls

    if shown.plot is not None:
        from bot.report.risk.pictures import contributions

        _write(shown.plot, contributions(risk, _form(shown.plot), shown.top))
    if shown.heatmap is not None:
        from bot.report.risk.heat import heat_map

        pairs = correlations(answer)
        if pairs is None:
            raise WrongUse("fewer than two names are held: nothing correlates", "no --heatmap")
        _write(shown.heatmap, heat_map(pairs, _form(shown.heatmap)))
    if shown.html is not None:
        from bot.report.risk.html import risk_page

        text = risk_page(each, risk, correlations(answer), falls(answer))
        shown.html.write_text(text, encoding="utf-8")
        tell(f"wrote {shown.html}")


def _form(path: Path) -> "Form":
    from bot.report.plots import Form

    return Form.SVG if path.suffix.lower() == ".svg" else Form.PNG


def _write(path: Path, picture: bytes) -> None:
    from bot.report.plots import Form, standing_alone

    path.write_bytes(standing_alone(picture) if _form(path) is Form.SVG else picture)
    tell(f"drawn: {path}")
