"""One process: everything that the daemon opens, from what is on the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from bot.cli.selftesting.blows import befall, listen
from bot.cli.selftesting.world import World

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.cli.service import Service
    from bot.rounds import Desk, Office
    from brokers.broker import Broker


@dataclass(frozen=True, slots=True)
class Life:
    """What is in the memory of one process."""

    book: "Book"
    office: "Office"
    desk: "Desk"
    service: "Service"


@contextmanager
def alive(world: World) -> Iterator[Life]:
    """A process that has just been started; let go of in good order at the end."""
    from bot.book.book import Book
    from bot.book.holders import Holder
    from bot.cli.service import put_together
    from bot.config.digest import policy_digest
    from bot.daemon.rota import Rota
    from bot.daemon.slots import Grace
    from bot.rounds import Desk, Office
    from brokers.paper.faults.disk import OtherDisk

    # who works the account is a name, so that the same seed makes the same book on any machine
    us = Holder(f"life {world.crashes + world.stops}", "simulated", 1, "")
    with Book.open(world.book, upgrade=True) as book:
        book.leases.work_as(us)
        office = Office(
            book=book,
            sessions=world.sessions,
            clock=world,
            alerts=world.config.alerts,
            step=lambda step: befall(world, step),
            stopping=lambda: world.stopping,
            disk_free_mib=lambda: world.free_mib,
            drawn=False,
        )
        broker = cast("Broker", OtherDisk(world.faulty))
        desk = Desk(world.account, broker, policy_digest(world.account.policy))
        world.faulty.wire = listen(world)
        service = put_together(world.config, office, [desk])
        work = replace(service.rota.work, failed=partial(_failed, world, office, desk))
        rota = Rota(world.sessions, world, work, Grace())
        yield Life(book, office, desk, replace(service, rota=rota))


def _failed(
    world: World, office: "Office", desk: "Desk", _who: object, _slot: str, error: Exception
) -> None:
    """What the daemon does where a slot fails, but for saying so on the terminal.

    Its sign of life would soon find a disk that has failed, and end the process.
    """
    from bot.book.errors import BookBroken
    from bot.rounds import tell_trouble

    world.failures.append(f"{type(error).__name__}: {error}")
    tell_trouble(desk, office, error)
    if isinstance(error, BookBroken):
        world.stopping = True
