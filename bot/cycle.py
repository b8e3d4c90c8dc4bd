"""One pass for one account. Read this first.

    prepare     bring the book up to date, look once, decide, write the plan down   (reads only)
    carry_out   commit the intents, pass the gate, wait, write down what happened   (acts)

``prepare`` is given a ``Market``, the half of a broker that cannot trade: a dry run is the first
half of the work and not a mode. A cycle that is killed anywhere is continued by the next one,
which first finds out what became of every order and cancels what is left of them.
"""

from bot import gate
from bot.book.book import Book
from bot.book.rows import SnapshotRow
from bot.carry import at_auction, carry_out, open_passage, withdraw
from bot.observe import observe
from bot.post import Post
from bot.progress.search import Subject
from bot.progress.solvers import ask_another, solvers
from bot.reconcile import Refusal, catch_up, greet, halt_and_refuse, tie_out
from brokers.broker import Broker, Market
from brokers.words import is_finite_positive
from strategies.drift import Reason, trips
from strategies.plan import MEND, Hold, Plan, make_plan, sound_nav
from strategies.policy import Mode, Policy
from strategies.snapshot import Snapshot


def prepare(post: Post, market: Market, book: Book) -> Plan:
    """Bring the book up to date, look once, decide, and write the plan down."""
    post.step("catching up")
    catch_up(post.policy, post.identity, market, book, post.clock.now())
    post.step("tying out")
    known = tie_out(post, market, book)
    post.step("observing")
    snapshot = observe(post, known, market, book)
    post.step("planning")
    with post.searches.begin(subject(snapshot, post.policy)) as search:
        plan = make_plan(snapshot, post.policy, search, solvers, ask_another)
    post.step("keeping the plan")
    expires = plan.time + post.policy.approval.valid_for
    book.keep(plan, post.policy_digest, expires=expires)
    book.keep_snapshot(picture(snapshot, plan))
    post.step("planned")
    return plan


def run_cycle(post: Post, broker: Broker, book: Book) -> Plan:
    """Prepare, and carry out what the owner's mode and the limits allow without a person.

    One process at a time: ``LeaseHeld`` where another works the account.
    """
    with book.leases.held(post.account, post.clock.now):
        return _run_cycle(post, broker, book)


def _run_cycle(post: Post, broker: Broker, book: Book) -> Plan:
    if (plan := begun(post, broker, book)) is not None:
        return plan
    refuse_to_start(post, broker, book)
    before = book.latest_plan(post.account)
    plan = prepare(post, broker, book)
    halt_where_unexplained(before, plan, post, broker, book)
    if isinstance(plan.decision, Hold) or post.policy.mode is Mode.PROPOSE:
        return plan
    if why := cut_short(post, book):  # what such a search came to is put before nobody
        book.mark_plan(plan.plan_id, "void", "trimtab", f"interrupted: {why}", post.clock.now())
        return plan
    if (halt := post.halt(book)) is not None and halt.takes_back:
        return plan
    passage = open_passage(plan, post, broker, book, approved=False)
    if asks := asks_a_person(post.policy, passage):
        ask(plan, asks, post, book)
        return plan
    carry_out(plan, passage, post, broker, book)
    return plan


def run_approved(post: Post, plan: Plan, broker: Broker, book: Book) -> None:
    """Carry out a plan that a person has approved, if what they saw still holds."""
    with book.leases.held(post.account, post.clock.now):
        _run_approved(post, plan, broker, book)


def _run_approved(post: Post, plan: Plan, broker: Broker, book: Book) -> None:
    clear(post, broker, book)
    if (other := awaiting_auction(post, broker, book)) is not None:
        what = f"orders of {other.plan_id} wait for the closing auction"
        raise Refusal(what, "nothing: an approval that still holds is taken up after it")
    refuse_to_start(post, broker, book)
    if (halt := post.halt(book)) is not None and halt.takes_back:
        raise Refusal(f"{post.account} is {halt.words}", halt.remedy)
    catch_up(post.policy, post.identity, broker, book, post.clock.now())
    tie_out(post, broker, book)
    if why := gone_stale(plan, post, broker, book):
        book.mark_plan(plan.plan_id, "void", "trimtab", why, post.clock.now())
        raise Refusal(f"plan {plan.plan_id} was approved, but {why}", "wait for the next plan")
    passage = open_passage(plan, post, broker, book, approved=True)
    carry_out(plan, passage, post, broker, book)


def watch(post: Post, market: Market, book: Book) -> bool:
    """Look, and say whether anything asks for a cycle: the cheap check between plans.

    What is only to be warned of does too, once a session. While a plan awaits a person nothing new
    does: they were told, and have their time. Raises ``Refusal`` where the owner's own code gives
    no answer.
    """
    catch_up(post.policy, post.identity, market, book, post.clock.now())
    known = tie_out(post, market, book)
    if left := book.unsettled(post.account):
        return len(left) > len(at_auction(post, book))
    if book.waiting_plans(post.account, post.clock.now()):
        return False
    snapshot = observe(post, known, market, book)
    if snapshot.untold and not post.stopping():
        raise Refusal(snapshot.untold, MEND)
    return trips(snapshot, post.policy, lambda: warned_of(post, book))


def warned_of(post: Post, book: Book) -> tuple[Reason, ...]:
    """What the newest plan of this session warned of."""
    plan = book.latest_plan(post.account)
    return plan.alerts if plan is not None and plan.session == post.session.day else ()


def begun(post: Post, broker: Broker, book: Book) -> Plan | None:
    """The plan that is still under way, if there is one; what else was left is cleared away."""
    if (plan := in_hands(post, broker, book)) is not None:
        return plan
    clear(post, broker, book)
    return awaiting_auction(post, broker, book)


def in_hands(post: Post, broker: Broker, book: Book) -> Plan | None:
    """The plan whose ticket of this session a person is still carrying out, if there is one.

    It is neither taken back nor planned upon until its lines are done or the session is over.
    """
    if broker.capabilities.sends_orders or not book.unsettled(post.account):
        return None
    catch_up(post.policy, post.identity, broker, book, post.clock.now())
    left = [o for o in book.unsettled(post.account) if o.created >= post.session.opens]
    return book.plan(left[0].plan_id) if left else None


def awaiting_auction(post: Post, broker: Broker, book: Book) -> Plan | None:
    """The plan whose orders wait for the closing auction, if there is one.

    They are neither taken back nor planned upon until the session is over.
    """
    if not at_auction(post, book):
        return None
    catch_up(post.policy, post.identity, broker, book, post.clock.now())
    left = at_auction(post, book)
    return book.plan(left[0].plan_id) if left else None


def clear(post: Post, broker: Broker, book: Book) -> None:
    """Clear away what a cycle that was killed left behind: its orders, then its plan.

    Also in an account that is halted: taking orders back is always safe. What waits for the
    closing auction is left to it, unless a halt takes it back.
    """
    spare = {row.order.key for row in at_auction(post, book)}
    if len(book.unsettled(post.account)) > len(spare):
        greet(post.account, post.identity, broker, book)
        withdraw(post, broker, book, spare)
    why = "interrupted: what is left of it is planned afresh"
    for row in book.plans(post.account, state="started"):
        book.mark_plan(row.plan_id, "void", "trimtab", why, post.clock.now())


def cut_short(post: Post, book: Book) -> str:
    """Why the search for a plan was cut short, or may have been; else an empty string."""
    if post.stopping():
        return "the machine was told to stop"
    halt = post.halt(book)
    return halt.words if halt is not None and halt.plans_nothing else ""


def refuse_to_start(post: Post, broker: Broker, book: Book) -> None:
    """Raise where the account is halted, the book old, the disk full, or the clocks differ."""
    if (halt := post.halt(book)) is not None and halt.plans_nothing:
        raise Refusal(f"{post.account} is {halt.words}", halt.remedy)
    book.origin.refuse_old()
    free, least = post.disk_free_mib(), post.limits.disk_free_mib
    if free < least:
        raise Refusal(f"the disk has {free} MiB left", f"make room: {least} MiB must be free")
    offset = abs((broker.clock().time - post.clock.now()).total_seconds())
    if offset > post.limits.clock_stop_seconds:
        raise Refusal(
            f"this clock and the broker's differ by {offset:.1f} s", "set the clock by NTP"
        )


def halt_where_unexplained(
    before: Plan | None, plan: Plan, post: Post, market: Market, book: Book
) -> None:
    """Stop where the account is not worth what prices, trades and flows have made of it.

    Of a ticket that a person carries out the trades may be told days later: it is not judged.
    """
    if not market.capabilities.sends_orders:
        return
    if why := gate.unexplained(before, plan, book, post.limits):
        now = post.clock.now()
        book.mark_plan(plan.plan_id, "void", "trimtab", why, now)
        halt_and_refuse(post.account, book, why, now)


def ask(plan: Plan, asks: tuple[str, ...], post: Post, book: Book) -> None:
    """Let the plan wait for a person, in place of any older one that still does."""
    now = post.clock.now()
    for row in book.waiting_plans(post.account, now):
        book.mark_plan(row.plan_id, "void", "trimtab", f"{plan.plan_id} takes its place", now)
    book.mark_plan(plan.plan_id, "awaiting", "trimtab", "; ".join(asks), now)


def asks_a_person(policy: Policy, passage: gate.Passage) -> tuple[str, ...]:
    """Why this plan waits for a person; empty where the machine may act alone."""
    if policy.mode is Mode.APPROVE:
        return ("the mode of this account is approve",)
    if passage.plan.proof is not None and passage.plan.proof.doubted:
        return (f"another solver disagrees: {passage.plan.proof.second}",)
    drift, critical = passage.plan.drift_before, policy.critical_drift
    if policy.mode is Mode.AUTO_CRITICAL and drift < critical:
        return (f"drift of {drift:.1%} is not critical ({critical:.1%})",)
    return gate.needs_approval(passage)


def gone_stale(plan: Plan, post: Post, market: Market, book: Book) -> str:
    """Why an approval no longer holds: too late, another policy, or the prices moved."""
    approval = post.policy.approval
    if post.clock.now() > plan.time + approval.valid_for or post.session.day != plan.session:
        return "its time is over"
    if book.plan_row(plan.plan_id).policy_digest != post.policy_digest:
        return "the settings of the account have changed"
    quotes = market.quotes([leg.order.symbol for leg in plan.legs])
    for leg in plan.legs:
        quote = quotes.get(leg.order.symbol)
        if quote is None or not is_finite_positive(quote.mid):
            return f"{leg.order.symbol} has no quote"
        if abs(quote.mid / leg.mid - 1) > approval.price_move_max:
            return f"the price of {leg.order.symbol} has moved"
    return ""


def subject(snapshot: Snapshot, policy: Policy) -> Subject:
    """What is told of the search for a plan to those who watch it, and its deadline."""
    return Subject(
        account=snapshot.account,
        nav=float(sound_nav(snapshot)) or None,
        seconds=policy.optimizer.seconds,
        names=(*(holding.symbol for holding in snapshot.holdings), "cash"),
    )


def picture(snapshot: Snapshot, plan: Plan) -> SnapshotRow:
    """What the history remembers of this look at the account."""
    return SnapshotRow(
        account=snapshot.account,
        time=snapshot.time,
        session=snapshot.session,
        nav=snapshot.nav,
        cash=snapshot.cash,
        weights={line.symbol: line.weight_before for line in plan.lines},
        targets={line.symbol: line.target for line in plan.lines},
        lows={line.symbol: line.low for line in plan.lines},
        highs={line.symbol: line.high for line in plan.lines},
    )
