"""The person: approves what waits, and mends what a machine may not mend by itself.

After a halt they do what the documents say: look at the broker's own screen, let the book catch up,
book what nobody can explain, and resume. It takes them a session or two.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from bot.cli.selftesting.life import Life
from bot.cli.selftesting.world import World

HOURS_MAX = 50.0
"""Longest that a halt waits for its person."""

NAME = "owner"


def what_is_wrong(life: Life) -> str:
    """What a mail asks a person to see to: a halt, or shares that nobody can explain."""
    book, account = life.book, life.desk.account
    if (halt := book.halted(account)) is not None:
        return halt.reason
    last = book.last_tieout(account)
    if last is not None and not last.ok:
        return f"book and broker differ: {last.text}"
    if names := book.latches.quarantined(account):
        return f"left alone: {', '.join(sorted(names))}"
    (newest,) = book.runs(account, 1) or (None,)
    return newest.why if newest is not None and BAD_LOTS in newest.why else ""


BAD_LOTS = "no lot accounts for"


@dataclass(slots=True)
class Owner:
    """What they remember: when they will see to the halt, and what they have done."""

    world: World
    seed: int
    comes_at: datetime | None = None
    resumed: list[str] = field(default_factory=list)
    adopted: int = 0
    approved: int = 0
    failed: list[str] = field(default_factory=list)

    def look(self, life: Life, *, at_once: bool = False) -> None:
        """Approve what waits, and see to a halt when its time has come."""
        self._approve(life)
        now, trouble = self.world.now(), what_is_wrong(life)
        if not trouble:
            self.comes_at = None
        elif self.comes_at is None and not at_once:
            dice = Random(f"{self.seed}|{now}")  # noqa: S311 - how long somebody takes
            self.comes_at = now + timedelta(hours=dice.uniform(1, HOURS_MAX))
        elif at_once or (self.comes_at is not None and now >= self.comes_at):
            self._mend(life, trouble, now)

    def _approve(self, life: Life) -> None:
        from bot.cli.service import carry_out_approved
        from bot.daemon.rota import attempt

        now = self.world.now()
        waiting = life.book.waiting_plans(life.desk.account, now)
        for row in waiting:
            life.book.mark_plan(row.plan_id, "approved", NAME, "as I would have it", now)
            self.approved += 1
        if waiting and life.office.sessions.session_at(now) is not None:
            failed = partial(life.service.rota.work.failed, life.desk.account, "approved")
            attempt(partial(carry_out_approved, life.office, life.desk), failed)

    def _mend(self, life: Life, reason: str, now: datetime) -> None:
        from bot.cli.selftesting.hand import Unmended, mend

        try:
            self.adopted += mend(life, self.world.faulty.plain(), now)
        except Unmended as error:
            self.failed.append(str(error))
            return
        self.resumed.append(reason)
        self.comes_at = None
