"""Kills a real cycle that speaks to a broker over a socket, anywhere, and lets the next find out.

Run as a program: ``killing_brokers.py FOLDER JOB`` with a JSON ``Job``. FOLDER/template is an
account with some names at a stand-in of the broker, and a book that knows it. For each chain of
blows the template is copied to FOLDER/here; one child after the other runs a cycle that wants
other weights, until it is killed where its blow says, and one more runs a cycle to its end. The
stand-in is a process of its own that keeps its account in a file, and all share a clock that jumps
where anybody waits. With a url, that of an empty database on a server, the book is a database
beside it. What came of each chain is in FOLDER/outcomes.json, what a cycle says in
FOLDER/steps.json.

Children are forks of this process, which has loaded everything and asked every question of a book
once; every fourth opens its book anew, with all that is checked then.
"""

import json
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg
from killing import ACTS, WARM, WRITES, Told, ToldBook, kill, tell_commits
from killing_clock import HearingClock, JumpClock
from killing_judge import READERS, broken, judged
from killing_strikes import (
    Job,
    Outcome,
    Step,
    Strike,
    chains,
    chosen,
    random_chains,
    spots_to_strike,
    steps_to_strike,
)
from killing_venue import ACCOUNT, QUOTES, Place, broker_at, in_child, served
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url
from stage import equal_policy, session_at

import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child
from bot.book.book import Book
from bot.cycle import run_approved, run_cycle
from bot.daemon.lock import hold
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from brokers.words import Environment, Symbol
from strategies.plan import Plan
from strategies.policy import OrderPolicy, Policy, WorthPolicy
from strategies.policy.target import Target
from strategies.policy.working import WorkingPolicy

D = Decimal
BEGINS = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
AFTER = timedelta(days=4)
"""From the first allocation to the cycle that is killed."""
LATER_SECONDS = 1200
"""From that to the next one."""
FIRST = ("0.5", "0.25", "0.25")
THEN = ("0.3", "0.4", "0.3")
CALLS = ACTS | {"find", "executions", "open_orders"}
ORDERS: dict[str, OrderPolicy] = {
    "quick": OrderPolicy(),
    "worked": OrderPolicy(work_seconds=30, working=WorkingPolicy(steps=2, step_seconds=5)),
}
"""Everything fills at the first price; or only at the second, which takes the place of the first,
and the broker's own news are waited for."""


def policy_of(weights: Sequence[str], case: str) -> Policy:
    """The owner wants these weights."""
    wanted = tuple((Symbol(name), D(share)) for name, share in zip(QUOTES, weights, strict=True))
    policy = equal_policy([Symbol(name) for name in QUOTES], account=ACCOUNT)
    return replace(
        policy,
        target=Target("fixed", wanted),
        worth=WorthPolicy(enabled=False),
        orders=ORDERS[case],
    )


def cycle(
    place: Place,
    weights: Sequence[str],
    on_step: Callable[[str], None],
    *,
    case: str = "quick",
    consent: bool = False,
) -> list[str]:
    """One cycle over real sockets, telling of every step, act, look and commit."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name.split(maxsplit=1)[0] if name.startswith(("sending", "sent ")) else name)
        on_step(steps[-1])

    step("started up")
    place.clock.shared.offer()
    clock = _hearing(place.clock, step) if case == "worked" else place.clock
    broker = broker_at(place, clock.now)
    with hold(place.folder / "daemon.lock"):
        step("lock held")
        with WARM.open(place.book) as book:
            step("opened")
            tell_commits(step)
            told_book, told_broker = ToldBook(book, WRITES, step), Told(broker, CALLS, step)
            post = _post(policy_of(weights, case), clock, step)
            step("config pinned")
            plan: Plan = run_cycle(post, told_broker, told_book)  # type: ignore[arg-type]
            if consent and book.plan_state(plan.plan_id) == "awaiting":
                book.mark_plan(plan.plan_id, "approved", "owner", "", clock.now())
                run_approved(post, plan, told_broker, told_book)  # type: ignore[arg-type]
    getattr(broker, "close", lambda: None)()
    step("closed")
    return steps


def _hearing(clock: JumpClock, step: Callable[[str], None]) -> JumpClock:
    """The clock, which the broker's news wake, and which tells when they did."""
    same = clock.at, clock.shared, clock.pause, clock.began
    return HearingClock(*same, heard=partial(step, "heard"))


def _post(policy: Policy, clock: JumpClock, step: Callable[[str], None]) -> Post:
    session = session_at(clock.now())
    assert session is not None
    roomy = replace(
        PROFILES[Profile.DESK],
        order_weight_max=D(1),
        cycle_turnover_max=D(2),
        day_turnover_max=D(9),
        quote_age_seconds=120,
        clock_stop_seconds=60,
        snapshot_age_seconds=600,
        reversal_weight_max=D(1),
        repeats_per_session=99,
        cycles_per_day=99,
        cycles_per_10_sessions=99,
    )
    return Post(
        policy=policy,
        policy_digest="digest",
        identity=Identity(Environment.PAPER, None),
        limits=roomy,
        clock=clock,
        session=session,
        lookback=session.opens - timedelta(days=13),
        step=step,
        stopping=lambda: False,
        disk_free_mib=lambda: 10_000,
    )


def no_step(_name: str) -> None:
    """Nobody is told."""


@dataclass(slots=True)
class Bench:
    """A template and the place where it is copied to, again and again."""

    folder: Path
    job: Job
    at: datetime = BEGINS

    @property
    def template(self) -> Path:
        return self.folder / "template"

    @property
    def url(self) -> str:
        """That of the copy, where books are on a server."""
        if not self.job.url:
            return ""
        url = make_url(self.job.url)
        return _shown(url.set(database=f"{url.database}_here"))

    def begin(self) -> None:
        """An account that holds ``FIRST``, and a book that knows how it came to."""
        self.template.mkdir(parents=True)
        with Book.open(self.job.url or str(self.template / "book.db"), upgrade=True):
            pass
        place = Place(self.template, self.job.broker, JumpClock(BEGINS), url=self.job.url)
        with served(place) as up:
            status = in_child(partial(cycle, up, FIRST, no_step, consent=True))
            assert status == 0, status
        self.at = place.clock.now() + AFTER

    def here(self) -> Place:
        """The template again, four days later."""
        folder = self.folder / "here"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.template, folder)
        if self.url:
            names = [Identifier(make_url(url).database or "") for url in (self.url, self.job.url)]
            server = make_url(self.url).set(drivername="postgresql", database="postgres")
            with psycopg.connect(_shown(server), autocommit=True) as admin:
                admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(names[0]))
                admin.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return Place(folder, self.job.broker, JumpClock(self.at), url=self.url)

    def learn(self, case: str) -> tuple[list[str], list[dict[str, Any]]]:
        """A cycle that nobody kills: its steps, and what it and the broker said to each other.

        Run twice, so that this process knows all that one asks.
        """
        steps, place = self.folder / f"{case}.json", self.here()
        with served(place) as up:
            act = partial(cycle, up, THEN, no_step, case=case)
            told = in_child(lambda: steps.write_text(json.dumps(act())))
        assert told == 0, told
        said = json.loads((place.folder / "said.json").read_text())
        place = self.here()
        WARM.learn(place.book)
        with served(place) as up:
            cycle(up, THEN, no_step, case=case)
        return json.loads(steps.read_text()), said

    def struck(self, strikes: Sequence[Strike]) -> Outcome:
        """Cycles that are killed, each of which goes on from the one before, and one that is not.

        Each wants what is not held, so that there is something to do.
        """
        place, ends, wrong = self.here(), list[int](), list[str]()
        with served(place, strikes) as up:
            for strike in (*strikes, Strike()):
                place.clock.shared.next_turn()
                WARM.opened += 1  # what children add is forgotten
                killer = Killer(strike)
                wants = self.wanted(place)
                act = partial(cycle, up, wants, killer.on_step, case=strike.case)
                ends.append(in_child(act, strike.seconds))
                wrong += broken(place.kept, place.book, place.broker)
                place.clock.shared.jump(LATER_SECONDS)
        wrong += judged(place.kept, place.book, place.broker)
        orders = len(READERS[place.broker](place.kept).orders)
        names = [strike.name for strike in strikes]
        return Outcome(names, ends[:-1], ends[-1], sorted(set(wrong)), orders)

    def wanted(self, place: Place) -> Sequence[str]:
        """The weights that the account is farther from."""
        held = READERS[place.broker](place.kept).held
        worth = {name: held[name] * ask for name, (_, ask) in QUOTES.items()}
        return THEN if worth["AAPL"] > D("0.4") * sum(worth.values()) else FIRST


@dataclass(slots=True)
class Killer:
    """Kills its own process at a step."""

    strike: Strike
    seen: Counter[str] = field(default_factory=Counter)
    is_planned: bool = False

    def on_step(self, step: str) -> None:
        """Whether it is now."""
        name = step.partition(" TT-")[0]
        strike = self.strike
        here = (name, self.seen[name], self.is_planned)
        if here == (strike.step, strike.nth, strike.planned):
            kill()
        self.seen[name] += 1
        if name == "planned":
            self.is_planned = True
            self.seen.clear()


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def main(folder: Path, job: Job) -> None:
    """Do the job."""
    bench = Bench(folder, job)
    bench.begin()
    quick, said_quick = bench.learn("quick")
    worked, said_worked = bench.learn("worked")
    if job.kills:
        outcomes = at_random(bench, random_chains(quick, said_quick, job.seed))
    else:
        known = set[Step]()
        strikes = steps_to_strike(quick, "quick", known) + steps_to_strike(worked, "worked", known)
        strikes += spots_to_strike(said_worked, job.broker)
        outcomes = each_once(bench, chosen(strikes, job))
    (folder / "outcomes.json").write_text(json.dumps([asdict(each) for each in outcomes]))


def each_once(bench: Bench, strikes: Sequence[Strike]) -> list[Outcome]:
    """Each strike; alone, where a chain of them did not come to one."""
    outcomes = [(chain, bench.struck(chain)) for chain in chains(strikes)]
    missed = [
        strike
        for chain, outcome in outcomes
        for strike, end in zip(chain, outcome.ends, strict=True)
        if end == 0
    ]
    return [outcome for _, outcome in outcomes] + [bench.struck([strike]) for strike in missed]


def at_random(bench: Bench, chains: Iterator[list[Strike]]) -> list[Outcome]:
    """Until there were so many kills, or the time is over."""
    outcomes, kills, job = list[Outcome](), 0, bench.job
    end = time.monotonic() + job.seconds
    while kills < job.kills and (not job.seconds or time.monotonic() < end):
        outcomes.append(bench.struck(next(chains)))
        kills += outcomes[-1].ends.count(signal.SIGKILL)
    return outcomes


if __name__ == "__main__":
    main(Path(sys.argv[1]), Job(**json.loads(sys.argv[2])))
