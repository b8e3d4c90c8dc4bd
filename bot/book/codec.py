"""A plan as JSON and back, exactly; the only room of pydantic in the book.

Decimals are strings, moments and days ISO 8601, and each ``kind`` says which noun a body is.
"""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.book.errors import BookError
from strategies.plan import Plan


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def encode(plan: Plan) -> str:
    """``plan`` as JSON; raises where it could not be read back as the very same plan."""
    body = _adapter().dump_json(plan, warnings=False).decode()  # the comparison is stricter
    if decode(body) != plan:
        what = f"plan {plan.plan_id} does not survive being written down"
        raise BookError(what, "every amount must be a finite Decimal and every time be aware")
    return body


def decode(body: str) -> Plan:
    """The plan that ``encode`` wrote."""
    try:
        return _adapter().validate_json(body)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"a plan's body cannot be read: {where}: {first['msg']}"
        raise BookError(what, "it was written by another trimtab; run: trimtab db check") from exc


def plan_document(plan: Plan) -> dict[str, Any]:
    """``plan`` as the plain values that ``encode`` writes, to be put into a larger document."""
    document: dict[str, Any] = _adapter().dump_python(plan, mode="json")
    return document


def plan_schema() -> dict[str, Any]:
    """JSON Schema of what ``encode`` writes."""
    return _adapter().json_schema(mode="serialization")
