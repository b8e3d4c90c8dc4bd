"""A cycle asks its broker for bars once a session: look, watch, gate and the next run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from paced import fates, uneven
from stage import D, MakeStage, Relay, Setting, Stage, names

from bot.config.settings import PriceSettings, PriceSource
from bot.cycle import run_cycle, watch
from bot.observe import average_volume, observe
from bot.post import Post
from bot.prices.cached import cached
from bot.prices.history import Owner
from bot.reconcile import catch_up, tie_out
from brokers.words import Bars, Session, Symbol
from strategies.snapshot import Snapshot


class Counting(Relay):
    """Counts the questions for bars, and tells one of today's open session if it is told to."""

    asked: tuple[tuple[int, int], ...] = ()
    today: date | None = None

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        self.asked = (*self.asked, (len(symbols), days))
        found = self.inner.bars(symbols, days)
        return {s: self.with_today(b) for s, b in found.items()}

    def with_today(self, told: Bars) -> Bars:
        if self.today is None:
            return told
        more = replace(told, days=(*told.days, self.today), closes=(*told.closes, 1.0))
        return replace(more, volumes=(*told.volumes, 1.0))


def look(stage: Stage, post: Post | None = None) -> Snapshot:
    post = post or stage.post()
    catch_up(post.policy, post.identity, stage.broker, stage.book, post.clock.now())
    return observe(post, tie_out(post, stage.broker, stage.book), stage.broker, stage.book)


def counting(make: MakeStage) -> Stage:
    stage = make(6, Setting(relay=Counting))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    return stage


def test_a_whole_cycle_and_what_follows_ask_once(make: MakeStage) -> None:
    stage = counting(make)
    plan = stage.run()
    assert "filled" in fates(stage, plan), "orders passed the gate"
    assert stage.broker.asked == ((6, 257),)
    stage.clock.sleep(60)
    watch(stage.post(), stage.broker, stage.book)
    stage.run_later(600)
    assert stage.broker.asked == ((6, 257),)
    stage.next_day()
    stage.run()
    assert stage.broker.asked == ((6, 257), (6, 6))


def test_what_is_seen_is_what_the_broker_tells(make: MakeStage) -> None:
    stage = counting(make)
    stage.next_day()
    for _ in range(3):
        told = stage.paper.bars(names(6), 252)
        found = look(stage)
        assert dict(found.history) == dict(told)
        for symbol in names(6):
            assert found.holding(symbol).adv_shares == average_volume(told[symbol])
        stage.next_day()


def test_the_open_session_is_in_no_history(make: MakeStage) -> None:
    stage = counting(make)
    stage.broker.today = stage.post().session.day
    found = look(stage)
    assert all(bars.days[-1] < found.session for bars in found.history.values())
    assert all(1.0 not in bars.closes for bars in found.history.values())


def test_the_length_is_the_owner_s(make: MakeStage) -> None:
    stage = counting(make)
    post = replace(stage.post(), prices=PriceSettings(history_days=60))
    assert {len(bars.days) for bars in look(stage, post).history.values()} == {60}
    assert stage.broker.asked == ((6, 65),)


def test_what_was_odd_about_prices_is_a_warning_of_the_plan(make: MakeStage) -> None:
    class Wrong(Counting):
        def with_today(self, told: Bars) -> Bars:
            bad = (*told.closes[:-1], -1.0)
            return replace(told, closes=bad) if told.symbol == "S0001" else told

    stage = make(6, Setting(relay=Wrong))
    said = look(stage).warnings
    assert any(
        w.startswith("S0001: what the broker tells is not used: a close of -1") for w in said
    )
    assert look(stage).holding(Symbol("S0001")).barred == (
        "it has no last close to judge its price by"
    )


def test_whoever_talks_to_no_broker_reads_the_same(make: MakeStage) -> None:
    stage = counting(make)
    seen = look(stage).history
    owner = Owner(stage.policy.account, PriceSettings())
    found = cached(stage.book, owner, [*names(6), Symbol("NOPE")])
    assert found.bars == seen
    assert found.missing == ("NOPE",)
    assert found.sentence.startswith(
        "6 names, 2019-03-26 to 2020-03-11, from synthetic, seed 1 (6,"
    )
    assert "adjusted, fetched 2020-03-12 14:01 UTC" in found.sentence
    none = cached(stage.book, owner, [Symbol("NOPE")])
    assert none.sentence == "the book has no prices of these names; run: trimtab prices fetch"


def test_the_last_session_is_the_weekday_before_where_no_calendar_says_it(make: MakeStage) -> None:
    post = counting(make).post()

    def through(day: date) -> date:
        return replace(post, session=Session(day, post.session.opens, post.session.closes)).through

    assert through(date(2020, 3, 12)) == date(2020, 3, 11)
    assert through(date(2020, 3, 9)) == date(2020, 3, 6)
    assert replace(post, last_session=date(2020, 1, 2)).through == date(2020, 1, 2)


class Priceless(Relay):
    """A broker that trades and quotes, and has no history of any price."""

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        del symbols, days
        return {}


def test_an_account_trades_on_the_prices_of_a_folder_alone(make: MakeStage, tmp_path: Path) -> None:
    stage = make(6, Setting(relay=Priceless))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    for symbol, told in stage.paper.bars(names(6), 300).items():
        rows = zip(told.days, told.closes, told.volumes, strict=True)
        lines = ("date,close,volume", *(f"{d},{c!r},{v!r}" for d, c, v in rows), "")
        (tmp_path / f"{symbol}.csv").write_text("\n".join(lines))
    settings = PriceSettings((PriceSource.FOLDER,), folder=tmp_path, consolidated=True)
    post = replace(stage.post(), prices=settings)
    direct = stage.paper.bars(names(6), 252)
    seen = look(stage, post).history
    assert {s: b.closes for s, b in seen.items()} == {s: b.closes for s, b in direct.items()}
    plan = run_cycle(post, stage.broker, stage.book)
    assert "filled" in fates(stage, plan), "the gate judges by the same closes and volumes"
