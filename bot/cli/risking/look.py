"""One account from the first to the last: its positions, their prices, and the answer."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.risking.answer import Answer, Wanted, answer
from bot.cli.risking.benchmark import Benchmark, of_target
from bot.cli.risking.positions import Held, from_book, from_broker
from bot.cli.risking.priced import ask, priced
from bot.cli.wiring import CACHE, hands_of, open_book, open_office
from bot.prices.history import Moment

if TYPE_CHECKING:
    from datetime import date

    from bot.config.settings import AccountConfig, Config
    from brokers.words import Symbol


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asks about an account; ``days`` is None for as many as the config says."""

    wanted: Wanted
    days: int | None = None
    now: bool = False


def found(config: "Config", account: "AccountConfig", asked: Asked) -> Answer:
    """Its risk. Nothing is traded, and no plan is kept."""
    asked = _with_benchmark(asked, account)
    if asked.now:
        return _at_the_broker(config, account, asked)
    with open_book(config) as book:
        held = from_book(book, account)
        _refuse_future(held, asked.wanted.benchmark)
        known = priced(held, _more(asked), asked.days, book, _through(config))
    return answer(held, known, asked.wanted)


def _at_the_broker(config: "Config", account: "AccountConfig", asked: Asked) -> Answer:
    from bot.rounds import planning_post

    with open_book(config):  # a book that is not there is not made for a look
        pass
    with open_office(config, hands_of(config), [account]) as (office, desks):
        post, market = planning_post(desks[0], office), desks[0].broker
        held = from_broker(account, post, market, office.book)
        _refuse_future(held, asked.wanted.benchmark)
        at = Moment(office.clock.now(), post.through)
        notes = ask(held, _more(asked), asked.days, market, office.book, at)
        known = priced(held, _more(asked), asked.days, office.book, post.through)
    told = dict.fromkeys((*known.notes, *notes))
    return answer(held, replace(known, notes=tuple(told)), asked.wanted)


def _with_benchmark(asked: Asked, account: "AccountConfig") -> Asked:
    """With that of the target where the caller names none."""
    if asked.wanted.benchmark is not None:
        return asked
    benchmark = of_target(account.policy.target.recipe.benchmark)
    return replace(asked, wanted=replace(asked.wanted, benchmark=benchmark))


def _more(asked: Asked) -> "tuple[Symbol, ...]":
    benchmark = asked.wanted.benchmark
    return () if benchmark is None else benchmark.names


def _refuse_future(held: Held, benchmark: Benchmark | None) -> None:
    if benchmark is not None and benchmark.day is not None and benchmark.day > held.time.date():
        raise WrongUse(
            f"{benchmark.name} is of {benchmark.day}, positions are of {held.time.date()}",
            "give weights that were known by then",
        )


def _through(config: "Config") -> "date":
    """The last session that is over."""
    from bot.daemon.sessions import Sessions

    now = hands_of(config).clock.now()
    sessions = Sessions(config.calendar, now, cache=config.state_dir / CACHE)
    return sessions.previous_sessions(now, 1)[0].day
