"""The demo's live table: one row for every plan that traded, and a line that moves."""

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from bot.cli.screen import is_quiet, tell, wants_colour
from bot.cli.teach import WIDTH

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from bot.rounds import Desk, Office
    from strategies.plan import Plan

ROWS_MAX = 14
"""Rows that an ordinary terminal has room for."""


class Row(NamedTuple):
    """One plan on one line."""

    session: str
    value: str
    before: str
    after: str
    orders: str
    why: str


class Screen:
    """Shows the replay as it goes: a live table on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Nothing is shown before it is entered."""
        self._rows: list[Row] = []
        self._now = Row("", "", "", "", "", "")
        self._step = ""
        self._seen: set[str] = set()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if not is_quiet() and sys.stderr.isatty() and wants_cursor():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, no_color=not wants_colour(sys.stderr), safe_box=True)
            self._live = Live(console=console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def step(self, name: str) -> None:
        """A cycle has come to its next step."""
        self._step = name

    def show(self, office: "Office", desk: "Desk") -> None:
        """A slot is over: show the account as it stands."""
        plan = office.book.latest_plan(desk.account)
        if plan is None:
            return
        self._now = row_of(plan)
        is_done = office.book.plan_state(plan.plan_id) == "finished"
        if plan.legs and is_done and plan.plan_id not in self._seen:
            self._seen.add(plan.plan_id)
            self._keep(self._now)
        if self._live is not None:
            self._live.update(self._table())

    def _keep(self, row: Row) -> None:
        self._rows.append(row)
        if self._live is None:
            drift = f"drift {row.before} -> {row.after} %"
            head = f"PAPER {row.session}  NAV {row.value}  {drift}  {row.orders:>2} orders:"
            gap = " " if len(head) + 1 + len(row.why) <= WIDTH else "\n      "
            tell(f"{head}{gap}{row.why}")

    def _table(self) -> "Table":
        from rich.box import ASCII
        from rich.table import Table

        title = "PAPER money: the year 2020 in fast-forward. Ctrl-C stops in good order"
        table = Table(box=ASCII, title=title, expand=True)
        for header in ("session", "NAV USD", "drift pt", "after", "orders"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_column("why", ratio=1, no_wrap=True, overflow="ellipsis")
        for row in self._rows[-ROWS_MAX:]:
            table.add_row(*row)
        table.add_section()
        table.add_row(*self._now[:5], self._step)
        return table


def wants_cursor() -> bool:
    """Whether the terminal can redraw a line."""
    return os.environ.get("TERM", "dumb") != "dumb"


def row_of(plan: "Plan") -> Row:
    """A plan in a few words; drift is the largest one, in percentage points of NAV."""
    from bot.report.amounts import number
    from bot.report.say import brief

    return Row(
        plan.session.isoformat(),
        f"{plan.nav:,.0f}",
        number(plan.drift_before * 100),
        number(plan.drift_after * 100),
        str(len(plan.legs)),
        brief(plan),
    )
