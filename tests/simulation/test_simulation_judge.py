"""Who judges the judge: each invariant is broken by hand in sound files, and must be found."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.replay import Play, play_on, stage
from bot.daemon.sessions import Sessions
from simulation.judge import ALWAYS, IN_PEACE, Files, Memory, dump, judge, ready, scanned
from simulation.records import opened
from simulation.witness import Heard, Sent, Witness
from simulation.years import folder_in_memory, text_of

FIRST, LAST = date(2024, 3, 4), date(2024, 3, 12)
EVERYTHING = (*ALWAYS, *IN_PEACE, ready)


@dataclass(frozen=True, slots=True)
class Pair:
    """A book and the ledger beside it."""

    book: Path
    ledger: Path

    def change(self, which: str, *statements: str) -> None:
        """Do what no program may do to these files."""
        path = self.book if which == "book" else self.ledger
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.execute(triggers).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                done = connection.execute(statement)
                assert done.rowcount != 0, f"nothing was changed by: {statement}"


@pytest.fixture(scope="module")
def sound() -> Iterator[Pair]:
    """Seven sessions without a fault."""
    sessions = Sessions("XNYS", datetime(2024, 3, 1, tzinfo=UTC), since=date(2023, 1, 3))
    with folder_in_memory() as folder:
        text = text_of(1, folder).replace('mode = "approve"', 'mode = "auto"')
        play = Play(text, 1, FIRST, LAST, 0, sessions)
        with stage(folder, play) as world:
            world.faulty.heal()
            play_on(world, Owner(world, 1), LAST)
            pair = Pair(world.book, world.ledger)
            yield pair


@pytest.fixture
def pair(sound: Pair, tmp_path: Path) -> Pair:
    """A copy to be spoilt."""
    made = Pair(tmp_path / "book.db", tmp_path / "ledger.db")
    for source, target in ((sound.book, made.book), (sound.ledger, made.ledger)):
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    return made


def test_sound_files_have_nothing_wrong(pair: Pair) -> None:
    assert judge(pair.book, pair.ledger, EVERYTHING) == []


def test_the_sound_files_hold_enough_to_be_spoilt(pair: Pair) -> None:
    with opened(pair.ledger) as ledger:
        assert ledger.execute("SELECT count(*) FROM executions").fetchone()[0] >= 6


PLANTED = """
I1  book    DELETE FROM executions WHERE root = NEWEST
I1  book    UPDATE executions SET price = price + 1 WHERE root = NEWEST
I1  book    UPDATE executions SET root = 'E99999999' WHERE root = NEWEST
I1  book    UPDATE executions SET side = 'sell' WHERE root = NEWEST
I1  ledger  INSERT INTO versions SELECT account, seq, 2, quantity, '1', fee, time FROM executions
I2  ledger  CREATE TABLE l AS SELECT * FROM orders; DROP TABLE orders;
            ALTER TABLE l RENAME TO orders;
            UPDATE orders SET key = (SELECT max(key) FROM orders) WHERE seq <= 2
I7  book    DELETE FROM intents WHERE key = A_KEY
I7  book    DELETE FROM order_events WHERE kind = 'sent' AND key = A_KEY
I5  book    UPDATE cash_flows SET amount = amount + 1
I6  ledger  INSERT INTO transfers VALUES ('sim', 1, 'S0001', '1', NULL, A_TIME, 1)
I13 ledger  INSERT INTO transfers VALUES ('sim', 1, 'S0001', '-99999999', NULL, A_TIME, 1)
I8  book    UPDATE leases SET token = 1 WHERE state = 'taken'
I8  book    UPDATE intents SET token = 99999 WHERE key = A_KEY
I9  book    INSERT INTO plan_events SELECT plan_id, 99, time, 'started', who, why FROM plan_events
            WHERE plan_id = A_PLAN LIMIT 1
I9  book    INSERT INTO order_events (key, time, kind, broker_id, detail)
            VALUES (A_KEY, A_TIME, 'sent', '', '')
I19 book    INSERT INTO order_events (key, time, kind, broker_id, detail)
            VALUES (A_KEY, A_TIME, 'unclear', '', '')
I19 ledger  UPDATE orders SET status = 'open' WHERE seq = 1
I19 book    UPDATE tieouts SET ok = 0
I19 book    INSERT INTO halts (scope, state, reason, who, time)
            VALUES ('sim', 'halted', 'x', 'y', A_TIME)
I19 ledger  UPDATE orders SET status = 'rejected' WHERE seq = 1
I19 book    UPDATE order_events SET kind = 'absent' WHERE kind = 'filled'
I21 book    UPDATE run_events SET why = 'sim is halted: x'
I12 book    INSERT INTO plan_events SELECT plan_id, 100 * value + seq, time, 'started', who, why
            FROM plan_events, json_each('[1,2,3,4,5,6,7]') WHERE plan_id = A_PLAN
I5  ledger  INSERT INTO flows VALUES ('sim', 99, 'interest', '0', A_TIME, 'USD')
I4  ledger  INSERT INTO transfers VALUES ('sim', 1, 'S0001', '0', NULL, A_TIME, 1)
I4  book    INSERT INTO transfers
            (account, transfer_id, symbol, quantity, acquired, time, currency)
            VALUES ('sim', 'inferred:1', 'S0001', '0', '2024-03-08', A_TIME, 'USD')
I4  ledger  INSERT INTO actions VALUES ('sim', 1, 'S0001', '1', '', '2024-03-08', A_TIME)
I24 book    DELETE FROM plan_events WHERE state = 'started' AND plan_id = A_PLAN
"""
"""Invariant, file, and what is done to it."""

WORDS = {
    "NEWEST": "(SELECT max(root) FROM executions)",
    "A_KEY": "(SELECT max(key) FROM intents)",
    "A_PLAN": "(SELECT plan_id FROM plan_events WHERE state = 'started' LIMIT 1)",
    "A_TIME": "'2024-03-08T15:00:00.000000+00:00'",
}


def table(text: str) -> list[tuple[str, str, str]]:
    """(invariant, file, statements) of a table; a row goes on where a line begins with spaces."""
    for word, meaning in WORDS.items():
        text = text.replace(word, meaning)
    rows = text.strip().replace("\n   ", " ").splitlines()
    return [(number, which, what) for number, which, what in (r.split(maxsplit=2) for r in rows)]


@pytest.mark.parametrize(("number", "which", "statement"), table(PLANTED))
def test_what_is_planted_is_found(pair: Pair, number: str, which: str, statement: str) -> None:
    pair.change(which, *statement.split(";"))
    found = judge(pair.book, pair.ledger, EVERYTHING)
    assert any(said.startswith(f"{number}:") for said in found), found


def test_a_row_that_changes_is_found(pair: Pair) -> None:
    memory = Memory()
    with opened(pair.book) as book, opened(pair.ledger) as ledger:
        assert list(memory.look(Files(book, ledger))) == []
    pair.change("book", "UPDATE snapshots SET nav = nav + 1")
    with opened(pair.book) as book, opened(pair.ledger) as ledger:
        said = list(memory.look(Files(book, ledger)))
        assert said == ["I10: rows of snapshots are not what they were"]


def test_a_session_that_nobody_looked_at_is_found(pair: Pair) -> None:
    hours = [("2024-03-07T14:30:00.000000+00:00", "2024-03-07T21:00:00.000000+00:00")]
    with opened(pair.book) as book, opened(pair.ledger) as ledger:
        assert list(scanned(Files(book, ledger), hours)) == []
    pair.change("book", "DELETE FROM run_events", "DELETE FROM outbox")
    with opened(pair.book) as book, opened(pair.ledger) as ledger:
        (said,) = scanned(Files(book, ledger), hours)
    assert said.startswith("I18: nobody looked in the session of 2024-03-07")


@pytest.mark.parametrize(
    ("stamped", "named", "counts"),
    [
        ("2024-03-07T13:45:00", "2024-03-07", True),  # by a clock that had jumped back
        ("2024-03-07T13:45:00", "2024-03-06", False),
        ("2024-03-08T20:00:00", "2024-03-08", True),
        ("2024-03-08T21:00:01", "2024-03-07", False),
    ],
)
def test_a_mail_tells_of_a_session_until_the_next_is_over(
    pair: Pair, stamped: str, named: str, *, counts: bool
) -> None:
    hours = [
        (f"2024-03-0{day}T14:30:00.000000+00:00", f"2024-03-0{day}T21:00:00.000000+00:00")
        for day in (7, 8)
    ]
    told = f"'m', 'PAPER/sim/failed/{named}-1', '{stamped}.000000+00:00', 'critical', '', '', ''"
    pair.change("book", "DELETE FROM run_events", "DELETE FROM outbox")
    pair.change("book", f"INSERT INTO outbox VALUES ({told})")  # noqa: S608  # our own words
    with opened(pair.book) as book, opened(pair.ledger) as ledger:
        said = " ".join(scanned(Files(book, ledger), hours))
    assert ("session of 2024-03-07" not in said) == counts


def test_one_digit_makes_another_dump(pair: Pair) -> None:
    before = dump(pair.book)
    assert dump(pair.book) == before
    pair.change("book", "UPDATE snapshots SET cash = cash || '0' WHERE seq = 1")
    assert dump(pair.book) != before


# At the wire.


def last_sent(pair: Pair) -> Sent:
    """The newest order as it went over the wire, in a market and at an hour that are right."""
    with opened(pair.book) as book:
        row = book.execute(
            "SELECT key, symbol, side, quantity, limit_price, created FROM intents"
            " ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
    key, symbol, side, quantity, limit, created = row
    at = datetime.fromisoformat(created)
    return Sent(
        at=at,
        key=key,
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        limit=Decimal(limit),
        mid=Decimal(limit),
        opens=at - timedelta(minutes=30),
        closes=at + timedelta(hours=6),
        disturbed_at=at,
    )


def at_the_wire(pair: Pair, sent: Sent) -> list[str]:
    """What a witness has against it."""
    _rewind(pair, sent)
    witness = Witness(pair.book, pair.ledger)
    witness.saw(sent)
    return witness.wrong


def _rewind(pair: Pair, sent: Sent) -> None:
    """Back to the moment before the order's end, under the lease that held then."""
    pair.change("book")
    with closing(sqlite3.connect(pair.book)) as connection:
        connection.execute("DELETE FROM order_events WHERE kind <> 'sent' AND key = ?", (sent.key,))
        (token,) = connection.execute(
            "SELECT token FROM intents WHERE key = ?", (sent.key,)
        ).fetchone()
        connection.execute("DELETE FROM leases WHERE token > ?", (token,))
        connection.execute("DELETE FROM leases WHERE token = ? AND state = 'released'", (token,))
        connection.commit()


def test_an_order_that_is_in_order_is_let_pass(pair: Pair) -> None:
    assert at_the_wire(pair, last_sent(pair)) == []


SOUND = Heard(Decimal("0.999"), Decimal(1), datetime(2100, 1, 1, tzinfo=UTC))
"""A quote and a clock such as can be believed."""

WRONG_AT_THE_WIRE = (
    ("I7", {"key": "TT-NOBODY-001"}),
    ("I7", {"quantity": Decimal(12345)}),
    ("I11", {"limit": Decimal(-1)}),
    ("I11", {"limit": Decimal("NaN")}),
    ("I11", {"mid": Decimal("0.5")}),
    ("I11", {"mid": None, "disturbed_at": None}),
    ("I11", {"heard": replace(SOUND, bid=Decimal("NaN"))}),
    ("I11", {"heard": replace(SOUND, bid=Decimal(0))}),
    ("I11", {"heard": replace(SOUND, bid=Decimal(9), ask=Decimal(8))}),
    ("I11", {"heard": replace(SOUND, bid=Decimal("0.8"))}),
    ("I11", {"heard": replace(SOUND, at=datetime(2019, 1, 2, tzinfo=UTC))}),
    ("I11", {"heard": replace(SOUND, currency="GBP")}),
    ("I11", {"heard": SOUND, "mid": Decimal(7)}),
    ("I16", {"heard": replace(SOUND, clock_ahead=timedelta(seconds=-10))}),
    ("I16", {"heard": replace(SOUND, says_open=False)}),
    ("I14", {"side": "buy", "weight": Decimal("0.3"), "share": Decimal("0.1")}),
    ("I14", {"side": "sell", "weight": Decimal("0.03"), "share": Decimal("0.1")}),
    ("I16", {"opens": None}),
    ("I16", {"closes": None}),
)


@pytest.mark.parametrize(("number", "change"), WRONG_AT_THE_WIRE)
def test_an_order_that_is_not_is_stopped(
    pair: Pair, number: str, change: dict[str, object]
) -> None:
    sent = last_sent(pair)
    _rewind(pair, sent)
    witness = Witness(pair.book, pair.ledger)
    witness.saw(replace(sent, **change))
    assert any(f" {number}: " in said for said in witness.wrong), witness.wrong


def test_the_same_order_twice_is_stopped(pair: Pair) -> None:
    sent = last_sent(pair)
    _rewind(pair, sent)
    witness = Witness(pair.book, pair.ledger)
    witness.saw(sent)
    witness.saw(sent)
    assert any(" I2: " in said for said in witness.wrong)


SPOILT_AT_THE_WIRE = """
I21 book    INSERT INTO halts (scope, state, reason, who, time)
            VALUES ('*', 'halted', 'x', 'y', A_TIME)
I6  book    INSERT INTO locks (account, symbol, session, why, time)
            VALUES ('sim', '{symbol}', '{day}', 'x', A_TIME)
I3  ledger  UPDATE orders SET status = 'open' WHERE symbol = '{symbol}'
I8  book    UPDATE leases SET token = token + 7
I6  book    INSERT INTO tieouts (account, time, ok, text)
            VALUES ('sim', A_TIME, 0, '{symbol} shares: the book says 1, the broker 2')
I12 book    UPDATE order_events SET kind = 'refused' WHERE kind = 'accepted';
            UPDATE order_events SET time = '2100-01-01' WHERE kind = 'refused'
I12 book    UPDATE order_events SET kind = 'unclear' WHERE kind = 'filled'
I12 book    UPDATE snapshots SET nav = '100'; DELETE FROM plan_events WHERE state = 'approved'
"""


@pytest.mark.parametrize(("number", "which", "statement"), table(SPOILT_AT_THE_WIRE))
def test_what_forbids_an_order_is_seen(pair: Pair, number: str, which: str, statement: str) -> None:
    sent = last_sent(pair)
    _rewind(pair, sent)
    day = sent.opens.date().isoformat() if sent.opens else ""
    pair.change(which, *statement.format(symbol=sent.symbol, day=day).split(";"))
    witness = Witness(pair.book, pair.ledger)
    witness.saw(sent)
    assert any(f" {number}: " in said for said in witness.wrong), witness.wrong


def test_cancelling_what_is_not_ours_is_seen(pair: Pair) -> None:
    witness, sent = Witness(pair.book, pair.ledger), last_sent(pair)
    witness.asked(sent.at, sent.key)
    assert witness.wrong == []
    witness.asked(sent.at, "HAND-1")
    assert [said for said in witness.wrong if " I21: " in said or ": I21: " in said]


def test_spending_what_is_not_there_is_seen(pair: Pair) -> None:
    sent = replace(last_sent(pair), disturbed_at=None, side="buy", quantity=Decimal(10**7))
    _rewind(pair, sent)
    witness = Witness(pair.book, pair.ledger)
    witness.saw(sent)
    assert any(" I13: " in said for said in witness.wrong)


def test_selling_what_is_not_held_is_seen(pair: Pair) -> None:
    sent = replace(last_sent(pair), disturbed_at=None, side="sell", quantity=Decimal(10**7))
    _rewind(pair, sent)
    witness = Witness(pair.book, pair.ledger)
    witness.saw(sent)
    assert any(" I13: " in said for said in witness.wrong)
