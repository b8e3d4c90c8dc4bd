"""The three pages: what they show is read once a second at most, however often it is asked for."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.book.errors import BookError
from bot.book.vitals import BookVitals, Vitals, Window
from bot.health import metrics
from bot.health.figures import families
from bot.health.readiness import Line, Look, lines, page
from bot.health.wards import Schedule, Signs, Ward
from bot.redaction import redacted

FRESH_SECONDS = 1.0
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: str
    kind: str = PLAIN


class Pages:
    """Answers by path. For one thread, which is the only one to use ``vitals``."""

    def __init__(
        self,
        wards: Sequence[Ward],
        signs: Signs,
        schedule: Callable[[datetime], Schedule | None],
        vitals: Vitals,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is read before the first question."""
        self._monotonic = monotonic
        self._wards = tuple(wards)
        self._signs = signs
        self._schedule = schedule
        self._vitals = vitals
        self._now = now
        self._seen: tuple[float, Look, list[Line]] | None = None

    def answer(self, path: str) -> Answer:
        """The page at ``path``; 404 where there is none."""
        match path:
            case "/livez":
                return self._live()
            case "/readyz":
                _, found = self._look()
                status = 200 if all(line.ok for line in found) else 503
                return Answer(status, redacted(page(found)))
            case "/metrics":
                look, found = self._look()
                text = metrics.exposition(families(look, found))
                return Answer(200, redacted(text), metrics.CONTENT_TYPE)
        return Answer(404, "/livez, /readyz and /metrics are here\n")

    def _live(self) -> Answer:
        """Whether the process gets ahead; it asks nobody else."""
        complaint = self._signs.complaint()
        if complaint is None:
            return Answer(200, "alive\n")
        return Answer(503, redacted(f"stuck: {complaint}\n"))

    def _look(self) -> tuple[Look, list[Line]]:
        moment = self._monotonic()
        if self._seen is None or moment - self._seen[0] >= FRESH_SECONDS:
            look = self._fresh_look()
            self._seen = moment, look, list(lines(look))
        return self._seen[1], self._seen[2]

    def _fresh_look(self) -> Look:
        now = self._now()
        schedule = self._schedule(now)
        window = Window(now.date(), now, now) if schedule is None else schedule.window
        book: BookVitals | None = None
        silence = ""
        try:
            book = self._vitals.look([ward.account for ward in self._wards], window)
        except BookError as error:
            silence = str(error)
        return Look(now, self._wards, self._signs, schedule, book, silence)
