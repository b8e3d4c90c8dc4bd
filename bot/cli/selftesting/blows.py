"""What befalls the machine, and at which step: a kill, a full disk, a clock that jumps."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli.selftesting.world import World

if TYPE_CHECKING:
    from brokers.paper.faults.strike import Strike
    from brokers.words import Order, OrderKey

HOUR = timedelta(hours=1)
PAUSE_SECONDS = 60.0

CRASHES: Mapping[str, str] = {
    "crash-start": "catching up",
    "crash-tying-out": "tying out",
    "crash-observing": "observing",
    "crash-planning": "planning",
    "crash-keeping": "keeping the plan",
    "crash-planned": "planned",
    "crash-started": "started",
    "crash-intended": "intended",
    "crash-sending": "sending",
    "crash-half-sent": "wire submit",
    "crash-answered": "wire answered",
    "crash-sent": "sent",
    "crash-working": "wire look",
    "crash-cancelling": "wire cancel",
    "crash-wave-done": "wave done",
    "crash-finished": "finished",
}
"""The step at which each kill comes: how its name begins."""


def _full(world: World) -> None:
    world.fill_disk()


def _low(world: World) -> None:
    world.free_mib = 3


def _forward(world: World) -> None:
    world.skew = HOUR


def _back(world: World) -> None:
    world.skew = -HOUR


def _stop(world: World) -> None:
    world.stopping = True
    world.stops += 1


def _pause(world: World) -> None:
    world.sleep(PAUSE_SECONDS)


BLOWS: Mapping[str, tuple[str, Callable[[World], None]]] = {
    "disk-full": ("", _full),
    "disk-low": ("", _low),
    "clock-forward": ("", _forward),
    "clock-back": ("", _back),
    "told-to-stop": ("", _stop),
    "paused": ("sending", _pause),
}
"""The others, by the step at which they come; at any where it is empty."""


def befall(world: World, step: str) -> None:
    """Strike whatever is due at ``step``; a kill comes last, and raises ``Torn``."""
    for strike in [] if world.is_full else list(world.faulty.host_strikes()):
        _strike(world, strike, step)


def _strike(world: World, strike: "Strike", step: str) -> None:
    name = strike.name
    wanted, blow = (CRASHES[name], _tear) if name in CRASHES else BLOWS[name]
    if not step.startswith(wanted):
        return
    if strike.skip > 0:
        strike.skip -= 1
        return
    world.faulty.has_struck(strike, step)
    blow(world)


def _tear(world: World) -> None:
    world.tear()


def listen(world: World) -> "Callable[[str, OrderKey, Order | None], None]":
    """What the broker tells of acts, as steps."""

    def wire(act: str, key: "OrderKey", order: "Order | None") -> None:
        world.sent += act == "submit"
        world.witness(act, key, order)
        befall(world, f"wire {act}")

    return wire
