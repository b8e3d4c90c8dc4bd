"""Three holders take, sleep, wake, send and let go in any order; at most one can, at any time.

The model knows nothing of clocks: who took last and did not let go is the one. That the book
agrees whatever the clocks of the three say is the point. Each sleeps by itself: its clock falls
behind the others' and is put right, or jumps ahead, when it wakes up.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from book_makers import ACCOUNT, NOW, bound, make_intent, make_note, make_order, make_plan
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from bot.book.book import Book
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.leases import TERMS, Terms
from bot.book.maintain import check
from bot.book.rows import Intent
from strategies.plan import PlanId

HOLDERS = 3
holders = st.integers(0, HOLDERS - 1)


class Holders(RuleBasedStateMachine):
    """Each holder has the book open for itself, and a clock of its own."""

    url: str
    terms: Terms = TERMS

    @initialize()
    def open(self) -> None:
        """Nobody holds the account."""
        self.folder = Path(tempfile.mkdtemp(prefix="trimtab-leases-"))
        url = self.fresh()
        self.books = [Book.open(url, upgrade=False, terms=self.terms) for _ in range(HOLDERS)]
        bound(self.books[0])
        self.opened = url
        self.clocks = [NOW] * HOLDERS
        self.now = NOW
        self.owner: int | None = None
        self.seen_alive = NOW
        self.made = 0
        self.taken = 0
        self.meant: list[list[tuple[str, int]]] = [[] for _ in range(HOLDERS)]
        self.sent: list[str] = []

    def fresh(self) -> str:
        """A book of its own for each run."""
        return str(shutil.copy(self.url, self.folder / "book.db"))

    def moment(self, who: int) -> datetime:
        """What this holder's clock says."""
        return self.clocks[who]

    def may_take(self, who: int) -> bool:
        """Whether the last one has let go, or was silent for long by this one's clock."""
        silent = self.clocks[who] - self.seen_alive
        return self.owner is None or silent >= self.terms.term + self.terms.skew

    @rule(seconds=st.integers(1, 200))
    def time_passes(self, seconds: int) -> None:
        """For all."""
        self.now += timedelta(seconds=seconds)
        self.clocks = [self.now] * HOLDERS

    @rule(who=holders, seconds=st.integers(-400, 400))
    def clock_jumps(self, who: int, seconds: int) -> None:
        """For one: it was asleep, or its clock was set."""
        self.clocks[who] += timedelta(seconds=seconds)

    @rule(who=holders)
    def take(self, who: int) -> None:
        """As a cycle begins."""
        try:
            lease = self.books[who].leases.take(ACCOUNT, self.moment(who))
        except LeaseHeld:
            assert not self.may_take(who)
        else:
            assert self.may_take(who)
            self.owner, self.seen_alive = who, lease.time
            self.taken += 1

    @rule(who=holders)
    def renew(self, who: int) -> None:
        """As the pulse does."""
        self.allowed(who, lambda book: book.leases.renew(ACCOUNT, self.moment(who)))

    @rule(who=holders)
    def intend(self, who: int) -> None:
        """As a wave begins."""
        self.made += 1
        plan, key = f"p-{self.made}", f"k-{self.made}"
        self.books[who].keep(make_plan(plan), "digest")
        intent: Intent = make_intent(make_order(key), created=self.moment(who))
        if self.allowed(who, lambda book: book.intend(PlanId(plan), ACCOUNT, [intent])):
            self.meant[who].append((key, self.taken))

    @rule(who=holders)
    def send(self, who: int) -> None:
        """As an order leaves: under the lease under which it was meant, and no later one."""
        if not self.meant[who]:
            return
        key, lease = self.meant[who][-1]
        note = make_note(key, "sent", self.moment(who))
        if lease != self.taken:
            with pytest.raises(NotHolder):
                self.books[who].note([note])
        elif self.allowed(who, lambda book: book.note([note])):
            self.sent.append(self.meant[who].pop()[0])

    @rule(who=holders)
    def release(self, who: int) -> None:
        """As a cycle ends; nothing where another holds the account by now."""
        self.books[who].leases.release(ACCOUNT, self.moment(who))
        if self.owner == who:
            self.owner = None

    def allowed(self, who: int, act: Callable[[Book], object]) -> bool:
        """Whether the book let it happen: exactly where this one holds the account."""
        try:
            act(self.books[who])
        except NotHolder:
            assert self.owner != who
            return False
        assert self.owner == who
        lease = self.books[who].leases.newest(ACCOUNT)
        assert lease is not None
        self.seen_alive = lease.until - self.terms.term
        return True

    @rule()
    def all_try_to_send(self) -> None:
        """Asked of all three at this very moment: one may, or none."""
        before = len(self.sent)
        for who in range(HOLDERS):
            self.intend(who)
            self.send(who)
        assert len(self.sent) - before == (self.owner is not None)

    def teardown(self) -> None:
        """What lies in the book makes sense to who reads it alone."""
        sent = [key for key, step in self.books[0].steps_after(0) if step == "sent"]
        for book in self.books:
            book.close()
        assert sent == self.sent
        assert check(self.opened) == ()
        shutil.rmtree(self.folder)


QUICK = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def embedded(sqlite_template: Path) -> type[Holders]:
    class Embedded(Holders):
        url = str(sqlite_template)

    return Embedded


@pytest.fixture
def served(new_database: Callable[[str | None], str], postgresql_template: str) -> type[Holders]:
    """Its clock cannot be moved: leases end as they begin, and anybody may take over always."""

    class Served(Holders):
        terms = Terms(term=timedelta(0), renew_below=timedelta(0), skew=timedelta(0))

        def fresh(self) -> str:
            return new_database(postgresql_template)

        def may_take(self, who: int) -> bool:
            return who < HOLDERS

    return Served


def test_at_most_one_of_three_holders_can_send(embedded: type[Holders]) -> None:
    run_state_machine_as_test(embedded, settings=QUICK)  # type: ignore[no-untyped-call]


def test_the_same_on_a_server_where_every_lease_has_run_out(served: type[Holders]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        served, settings=settings(QUICK, max_examples=5)
    )


@pytest.mark.parametrize("kind", ["embedded", "served"])
def test_who_is_overtaken_cannot_send_what_it_meant_before_even_when_it_holds_again(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """The one walk that chance seldom finds."""
    holders_of: type[Holders] = request.getfixturevalue(kind)
    walk = holders_of()
    walk.open()
    walk.take(0)
    walk.intend(0)
    walk.time_passes(200)
    walk.take(1)
    walk.send(0)
    walk.all_try_to_send()
    walk.time_passes(200)
    walk.take(0)
    walk.send(0)
    walk.all_try_to_send()
    assert (walk.taken, len(walk.sent), len(walk.meant[0])) == (3, 2, 1)
    walk.teardown()


@pytest.mark.parametrize("term", [0, 120])
def test_terms_are_those_of_who_opens_the_book(path: Path, term: int) -> None:
    terms = Terms(term=timedelta(seconds=term))
    with Book.open(path, upgrade=False, terms=terms) as book:
        lease = book.leases.take(ACCOUNT, NOW)
        assert (lease.until - lease.time).total_seconds() == term
