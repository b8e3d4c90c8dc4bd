"""What is done at once where trading is stopped, whoever stopped it: orders go, people hear of it.

The order of things: our orders are asked to go, each is seen to be gone, the flag is written into
the book so that no restart forgets it, and the owner is told. A book that does not answer holds up
none of it but the last two, which are tried again.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from bot.book.errors import BookError, LeaseHeld
from bot.reconcile import Refusal, follow
from bot.rounds import Desk, Office, hold, known_halt, tell_trouble
from bot.switch import EVERY_ACCOUNT, Halt
from bot.takeback import PATIENCE_SECONDS, TakenBack, take_back
from brokers.broker import BrokerError
from brokers.words import AccountId, OrderKey


def latch(office: Office) -> None:
    """Write a flag that was seen into the book: from then on the book is what is resumed."""
    office.switch.look()
    flag = office.switch.unkept()
    if flag is None:
        return
    there, resumed = office.book.latched(EVERY_ACCOUNT), office.book.resumed(EVERY_ACCOUNT)
    if there is None and resumed is not None and resumed >= flag.time:
        there = flag  # a person has lifted it before we could write it down
    elif there is None or not there.covers(flag):
        now = office.clock.now()
        office.book.halt(EVERY_ACCOUNT, flag.reason, flag.who, now, flag.state)
        there = flag
    office.switch.keep(there)


def stop_account(
    desk: Desk, office: Office, patience_seconds: float = PATIENCE_SECONDS
) -> TakenBack:
    """Take back what is ours in one account, as its only worker where the book can say so."""
    with office.calls.held(desk.account):
        return _stop_account(desk, office, patience_seconds)


def _stop_account(desk: Desk, office: Office, patience_seconds: float) -> TakenBack:
    if office.switch.hurries:  # at once, whatever the book is waiting for
        take_back(desk.broker, (), office.clock, patience_seconds=0)
    try:
        with hold(desk, office):
            known = _known(desk, office)
            taken = take_back(desk.broker, known, office.clock, patience_seconds)
            with suppress(BrokerError):
                follow(desk.account, desk.broker, office.book, office.clock.now())
            return taken
    except LeaseHeld as held:
        return TakenBack(left=(f"they are left to who works them: {held}",))
    except BookError as error:
        taken = take_back(desk.broker, (), office.clock, patience_seconds)
        unread = f"the book could not say which orders were sent: {error}"
        return TakenBack(taken.gone, (*taken.left, unread))


def _known(desk: Desk, office: Office) -> tuple[OrderKey, ...]:
    rows = office.book.unsettled(desk.account)
    return tuple(row.order.key for row in rows if row.last_event is not None)


class Guard:
    """Obeys what stops the accounts; on the thread that trades, and on no other."""

    def __init__(self, desks: Sequence[Desk], office: Office, say: Callable[[str], None]) -> None:
        """Nothing was obeyed yet; ``say`` is told what was done."""
        self._desks = desks
        self._office = office
        self._say = say
        self._done: set[AccountId] = set()

    def act(self) -> None:
        """See to it that nothing of ours is in the market where it must not be."""
        for desk in self._desks:
            self._see_to(desk)
        with suppress(BookError):  # it is tried again; until then the file and memory hold
            latch(self._office)

    def _see_to(self, desk: Desk) -> None:
        halt = known_halt(desk, self._office)
        if halt is None or not halt.takes_back:
            self._done.discard(desk.account)
        elif desk.account not in self._done:
            taken = stop_account(desk, self._office)
            if not taken.left:
                self._done.add(desk.account)
            self._say(f"{desk.account} is {halt.words}; {taken.words}")
            if taken != TakenBack() or halt.who != "trimtab":  # that one is told by its cycle
                self._tell(desk, halt, taken)

    def _tell(self, desk: Desk, halt: Halt, taken: TakenBack) -> None:
        what = f"{desk.account} is {halt.words} ({halt.who}); {taken.words}"
        remedy = f"cancel at the broker what may still fill; {halt.remedy}"
        tell_trouble(desk, self._office, Refusal(what, remedy if taken.left else halt.remedy))
