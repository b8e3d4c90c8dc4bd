"""A trade as Alpaca's stream of account activities has it."""

from uuid import UUID, uuid5

IDS = UUID("7b08df51-c1ac-453c-99f9-323a5f075f0d")
Json = dict[str, object]


def trade_event(
    row: Json, execution_id: str, number: int, at: str, kind: str = "", before: str = ""
) -> Json:
    """A trade as the stream of activities has it; ``kind`` and ``before`` where it corrects one.

    https://docs.alpaca.markets/reference/subscribetoactivitiessse
    """
    same = ("order_id", "symbol", "side", "cum_qty", "leaves_qty", "order_status")
    told: Json = {"previous_id": before} if before else {}
    return {
        "at": at,
        "event_id": f"01J{number:023d}",
        "activity_type": "TRD",
        "executed_at": row["transaction_time"],
        "status": "executed",
        "settle_date": str(row["transaction_time"])[:10],
        "currency": "USD",
        "ref_id": execution_id,
        "qty": row["qty"],
        "price": row["price"],
        **told,
        "details": {
            **{name: row[name] for name in same},
            "asset_id": str(uuid5(IDS, str(row["symbol"]))),
            "execution_type": kind or "fill",
        },
    }
