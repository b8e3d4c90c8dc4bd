"""The chain by its definition alone: what a row's digest and a link's head must be.

It imports nothing of the book. A digest is the first half of the SHA-256 of the row as compact
JSON with sorted names, without NULL, bytes in hexadecimal; a head is the SHA-256 of the head
before, the number, the count of rows and the body, on a line each.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

KEYS = {
    "accounts": "account",
    "executions": "account root version",
    "cash_flows": "account flow_id",
    "transfers": "account transfer_id",
    "corporate_actions": "account action_id",
    "plans": "plan_id",
    "plan_events": "plan_id seq",
    "intents": "key",
    "runs": "account slot",
    "run_events": "account slot",
    "outbox": "mail_id",
    "outbox_files": "mail_id place",
}
"""Keys of the tables; the others count up from 1."""


def row_digest(row: Mapping[str, object]) -> str:
    there = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in row.items()
        if value is not None
    }
    line = json.dumps(there, sort_keys=True, separators=(",", ":"))
    return sha256(line.encode("ascii")).hexdigest()[:32]


def first_link(rows: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """The row of the first link, over one row in each of some tables."""
    entries = []
    for table, row in rows.items():
        whole = dict(row) if table in KEYS else {"seq": 1, **row}
        key = [whole[name] for name in KEYS.get(table, "seq").split()]
        entries.append([table, key, row_digest(whole)])
    body = json.dumps(entries, separators=(",", ":"))
    head = sha256(f"\n1\n{len(entries)}\n{body}".encode()).hexdigest()
    return {"seq": 1, "head": head, "total": len(entries), "body": body}
