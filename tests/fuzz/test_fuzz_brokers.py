"""Payloads that no broker should send: each becomes words that make sense, or a ``BadAnswer``.

``PAYLOADS`` says how many all tests together try: 100,000 unless it is set.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from bend import bent, bent_bytes
from sound import all_of, unsound

from brokers.alpaca import actions, ledger
from brokers.alpaca.fields import rows_of
from brokers.alpaca.market import instrument_of
from brokers.alpaca.orders import state_of
from brokers.broker import BadAnswer
from brokers.ibkr import actions as flex_actions
from brokers.ibkr import statement
from brokers.settings import IbkrSettings

TRIED = int(os.environ.get("PAYLOADS", "100000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
STATEMENTS = Path(__file__).parents[1] / "bot" / "importers" / "statements"
ACTIVITIES = json.loads((STATEMENTS / "activities.json").read_text())
FLEX = (STATEMENTS / "year.flex.xml").read_bytes()
ORDER = {
    "id": "61e69015-8549-4bfd-b9c3-01e75843f47d",
    "client_order_id": "TT-1",
    "symbol": "VTI",
    "side": "buy",
    "qty": "15",
    "filled_qty": "4",
    "limit_price": "107.00",
    "status": "partially_filled",
}
ASSET = {
    "symbol": "VTI",
    "class": "us_equity",
    "status": "active",
    "name": "Total market",
    "tradable": True,
    "shortable": True,
    "fractionable": True,
}
Words = Iterable[object]


def of_activities(answer: object) -> Words:
    """All that is read out of an account's history."""
    rows = rows_of(answer, "list of activities")
    keys = dict.fromkeys(ledger.filled_orders(rows))
    made = ledger.executions(rows, keys), ledger.cash_flows(rows), ledger.transfers(rows)
    return all_of(*made, actions.corporate_actions(rows))


def of_orders(answer: object) -> Words:
    """The orders of a page."""
    return [state_of(row) for row in rows_of(answer, "list of orders")]


def of_assets(answer: object) -> Words:
    """What can be traded."""
    return [instrument_of(row) for row in rows_of(answer, "list of assets")]


def of_flex(body: bytes) -> Words:
    """All that is read out of a statement."""
    told = statement.read(statement.parse(body), IbkrSettings(), "U7654321")
    made = statement.executions(told), statement.cash_flows(told), statement.transfers(told)
    more = flex_actions.corporate_actions(told), flex_actions.transfers(told)
    return all_of(*made, *more, flex_actions.cash_flows(told))


def tried(count: int, made: Callable[[Random], Any], read: Callable[[Any], Words]) -> Counter[str]:
    """Read so many payloads; what became of them."""
    fates: Counter[str] = Counter()
    for number in range(count):
        payload = made(Random(f"{SEED} {number}"))  # noqa: S311 - no secret
        try:
            words = read(payload)
        except BadAnswer:
            fates["refused"] += 1
            continue
        assert not list(unsound(words)), (number, payload)
        fates["read"] += 1
    return fates


JSON: dict[str, tuple[Any, Callable[[Any], Words]]] = {
    "activities": (ACTIVITIES, of_activities),
    "orders": ([ORDER, ORDER | {"status": "new", "filled_qty": "0"}], of_orders),
    "assets": ([ASSET], of_assets),
}


@pytest.mark.parametrize("kind", sorted(JSON))
def test_json_that_alpaca_should_not_send(kind: str) -> None:
    good, read = JSON[kind]
    share = {"activities": 0.3, "orders": 0.3, "assets": 0.1}[kind]
    fates = tried(int(TRIED * share), lambda random: bent(good, random), read)
    assert min(fates["read"], fates["refused"]) > 0.05 * TRIED * share, fates


def test_statements_that_interactive_brokers_should_not_send() -> None:
    fates = tried(int(TRIED * 0.1), lambda random: bent_bytes(FLEX, random), of_flex)
    assert fates["refused"] > 0.5 * TRIED * 0.1, "most are no XML any more"


def test_values_in_statements_that_make_no_sense() -> None:
    """XML still, with one attribute bent."""
    root = statement.parse(FLEX)
    rows = [node for node in root.iter() if "accountId" in node.attrib]

    def made(random: Random) -> bytes:
        return _flex_with(random.choice(rows), random)

    fates = tried(int(TRIED * 0.2), made, of_flex)
    assert min(fates.values()) > 0.05 * TRIED * 0.2, fates


def _flex_with(node: Any, random: Random) -> bytes:  # noqa: ANN401 - an element of XML
    root = ElementTree.fromstring(FLEX)  # noqa: S314 - our own
    told = dict(node.attrib)
    (found,) = [each for each in root.iter(node.tag) if dict(each.attrib) == told][:1]
    found.attrib.clear()
    wrong = bent(told, random)
    found.attrib.update(
        {str(k): str(v) for k, v in wrong.items()} if isinstance(wrong, dict) else {}
    )
    return ElementTree.tostring(root, "utf-8", xml_declaration=False)


NUMBERS = {
    "Trade": ("quantity", "tradePrice", "ibCommission", "taxes", "multiplier"),
    "CashTransaction": ("amount",),
}
SUMS = {"SUMMARY", "SYMBOL_SUMMARY"}


@pytest.mark.parametrize("wrong", ["NaN", "x", "1e999", "--1", "1.2.3"])
def test_what_is_no_number_is_never_taken_for_nothing(wrong: str) -> None:
    """Of each row in turn."""
    whole, seen = ElementTree.fromstring(FLEX), 0  # noqa: S314 - our own
    rows = [each for each in whole.iter() if each.get("levelOfDetail") not in SUMS]
    told = [(row, name) for row in rows for name in NUMBERS.get(row.tag, ()) if row.get(name)]
    for row, name in told:
        held = row.attrib[name]
        row.set(name, wrong)
        with pytest.raises(BadAnswer, match=name):
            of_flex(ElementTree.tostring(whole))
        row.set(name, held)
        seen += 1
    assert seen > 10
