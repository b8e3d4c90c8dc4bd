"""The demo's live table: one row for every plan that traded, and a line that moves."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bot.cli.screen import tell, wants_colour

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from bot.rounds import Desk, Office

ROWS_MAX = 16


class Screen:
    """Shows the replay as it goes: a live table on a terminal, plain lines elsewhere."""

    def __init__(self, *, is_quiet: bool) -> None:
        """Say nothing where ``is_quiet``."""
        self._is_quiet = is_quiet
        self._rows: list[tuple[str, ...]] = []
        self._now: tuple[str, ...] = ("",) * 6
        self._step = ""
        self._seen: set[str] = set()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if not self._is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, no_color=not wants_colour(), safe_box=True)
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
        state = office.book.plan_state(plan.plan_id)
        row = (
            plan.session.isoformat(),
            f"{plan.nav:,.0f}",
            f"{plan.drift_before:.2%}",
            f"{plan.drift_after:.2%}",
            str(len(plan.legs)),
            f"{state}: {plan.decision.why}",
        )
        self._now = row
        if plan.legs and plan.plan_id not in self._seen:
            self._seen.add(plan.plan_id)
            self._keep(row)
        if self._live is not None:
            self._live.update(self._table())

    def _keep(self, row: tuple[str, ...]) -> None:
        self._rows.append(row)
        if self._live is None and not self._is_quiet:
            session, nav, before, after, orders, what = row
            tell(f"PAPER {session}  NAV {nav}  drift {before} -> {after}  {orders:>2} orders")
            tell(f"      {what}"[:80])

    def _table(self) -> "Table":
        from rich.box import ASCII
        from rich.table import Table

        table = Table(box=ASCII, title="PAPER demo, 2020 in fast-forward", expand=True)
        for header in ("session", "NAV USD", "drift", "after", "orders"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis")
        for row in self._rows[-ROWS_MAX:]:
            table.add_row(*row)
        table.add_section()
        table.add_row(*self._now[:5], self._step)
        return table
