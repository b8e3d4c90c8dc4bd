"""Alpaca's stream of account activities on the stand-in: trades, and what becomes of them later.

A trade that is corrected or busted stays in the list of activities as it was; ``listed`` enters the
correction there too, as an entry whose id ends with its execution's.
"""

import json
from datetime import datetime
from decimal import Decimal
from uuid import uuid5

from standins.alpaca_model import AlpacaModel, stamp
from standins.alpaca_trades import IDS, Json, trade_event

D = Decimal
PATH = "/v2beta1/events/activities"


def bust(model: AlpacaModel, *, listed: bool = False, of: int = -1) -> Json:
    """The exchange takes a trade back, the last one unless said otherwise."""
    return _change(model, of, "trade_bust", D(0), None, listed=listed)


def correct(
    model: AlpacaModel,
    quantity: str | None = None,
    price: str | None = None,
    *,
    listed: bool = False,
    of: int = -1,
) -> Json:
    """The exchange corrects a trade, which may be a correction itself."""
    before = model.events[of]
    size = D(str(quantity or before["qty"]))
    return _change(model, of, "trade_correct", size, D(price) if price else None, listed=listed)


def _change(
    model: AlpacaModel, of: int, kind: str, size: Decimal, price: Decimal | None, *, listed: bool
) -> Json:
    before = model.events[of]
    details = before["details"]
    assert isinstance(details, dict)
    had, paid = D(str(before["qty"])), D(str(before["price"]))
    sign, symbol = 1 if details["side"] == "buy" else -1, str(details["symbol"])
    now_paid = paid if price is None else price
    model.cash += sign * (had * paid - size * now_paid)
    held = model.positions.pop(symbol, D(0)) + sign * (size - had)
    if held:
        model.positions[symbol] = held
    told = had if kind == "trade_bust" else size
    row = {
        **details,
        "transaction_time": before["executed_at"],
        "qty": f"{told:f}",
        "price": f"{now_paid:f}",
    }
    execution = str(uuid5(IDS, f"correction {len(model.events)}"))
    at = stamp(model.now())
    event = trade_event(row, execution, len(model.events), at, kind, str(before["ref_id"]))
    model.events.append(event)
    if listed:
        entry = {**row, "activity_type": "FILL", "type": "fill"}
        head = f"{model.now():%Y%m%d%H%M%S}000"
        model.activities.append({**entry, "id": f"{head}::{execution}"})
    return event


def stream(model: AlpacaModel, query: dict[str, str]) -> bytes:
    """Every event between two moments, as server-sent events; the stream ends with the last."""
    since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
    told = [
        event
        for event in model.events
        if since <= datetime.fromisoformat(str(event["at"])) <= until
    ]
    return b": heartbeat\n\n" + b"".join(
        b"id: %s\nevent: activity\ndata: %s\n\n"
        % (str(event["event_id"]).encode(), json.dumps(event).encode())
        for event in told
    )
