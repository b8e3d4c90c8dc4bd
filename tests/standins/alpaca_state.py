"""What outlives a restart of the Alpaca stand-in: cash, positions, orders, activities."""

import json
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from standins.alpaca_model import AlpacaModel, Booked, Json

DECIMALS = {"qty", "limit", "filled", "paid"}
TIMES = {"sent", "cancel_at", "ended"}


def save(model: AlpacaModel, path: Path) -> None:
    """Write the account down, whole or not at all, and only where something has changed."""
    told = json.dumps(
        {
            "number": model.number,
            "cash": str(model.cash),
            "positions": {symbol: str(held) for symbol, held in model.positions.items()},
            "orders": [_told(order) for order in model.orders],
            "activities": model.activities,
        }
    )
    if path.exists() and path.read_text() == told:
        return
    beside = path.with_suffix(".new")
    beside.write_text(told)
    beside.replace(path)


def load(model: AlpacaModel, path: Path) -> None:
    """Take up what was written down."""
    kept = json.loads(path.read_text())
    model.number, model.cash = kept["number"], Decimal(kept["cash"])
    model.positions = {symbol: Decimal(held) for symbol, held in kept["positions"].items()}
    model.activities = kept["activities"]
    model.orders = [_order(row) for row in kept["orders"]]
    model.keys = {str(order.body["client_order_id"]): order for order in model.orders}
    model.ids = {order.broker_id: order for order in model.orders}


def _told(order: Booked) -> Json:
    row = {each.name: getattr(order, each.name) for each in fields(order)}
    row |= {name: str(row[name]) for name in DECIMALS}
    return row | {name: row[name] and row[name].isoformat() for name in TIMES}


def _order(row: Json) -> Booked:
    numbers = {name: Decimal(str(row[name])) for name in DECIMALS}
    times = {name: datetime.fromisoformat(str(row[name])) for name in TIMES if row[name]}
    return Booked(**{**row, **numbers, **times})  # type: ignore[arg-type]
