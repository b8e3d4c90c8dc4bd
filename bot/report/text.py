"""Sentences and rows on plain paper: 80 columns wide, ASCII only, for terminals, mails and logs."""

import textwrap
from collections.abc import Sequence

from bot.report.letter import Letter
from bot.report.say import NOT_ADVICE, say
from bot.report.tables import Align, Column, Table, drift_table, lots_table, orders_table
from strategies.plan import Plan

WIDTH = 80
_LEFT_MIN = 6


def plan_text(plan: Plan) -> str:
    """A plan in words and tables."""
    tables = (drift_table(plan), orders_table(plan), lots_table(plan))
    drawn = (render(table) for table in tables if table.rows)
    said = "\n".join(wrap(line, after="  ") for line in say(plan).splitlines())
    return plain("\n\n".join((said, *drawn, wrap(NOT_ADVICE))))


def letter_text(letter: Letter) -> str:
    """A letter as the plain half of a mail; it tells all that the HTML half tells."""
    facts = (f"{label}: {value}" for label, value in letter.facts)
    blocks = (
        letter.title,
        "\n\n".join(wrap(sentence) for sentence in letter.sentences),
        "\n".join(wrap(point, "- ") for point in letter.points),
        "\n\n".join(wrap(ask) for ask in letter.asks),
        "\n".join(f"    {command}" for command in letter.commands),
        "\n".join(wrap(fact) for fact in facts),
        *(render(table) for table in letter.tables if table.rows),
        wrap(letter.why),
        wrap(NOT_ADVICE),
    )
    return plain("\n\n".join(block for block in blocks if block)) + "\n"


def wrap(sentence: str, bullet: str = "", after: str = "") -> str:
    """``sentence`` over as many lines as it takes, later ones behind ``after``."""
    return textwrap.fill(
        sentence,
        WIDTH - 2,
        initial_indent=bullet,
        subsequent_indent=after or " " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )


def plain(text: str) -> str:
    """Printable ASCII and line ends only: all else, terminal codes too, is a question mark."""
    return "".join(sign if " " <= sign <= "~" or sign == "\n" else "?" for sign in text)


def render(table: Table, width: int = WIDTH) -> str:
    """A table in columns. Where space is short words are cut with a ``~``, numbers never."""
    rows = [tuple(plain(cell).replace("\n", " ") for cell in row) for row in table.rows]
    headers = tuple(column.header for column in table.columns)
    wide = [max(map(len, cells)) for cells in zip(headers, *rows, strict=True)]
    gap = "  " if sum(wide) + 2 * (len(wide) - 1) <= width else " "
    fitted = _fit(table.columns, wide, width - len(gap) * (len(wide) - 1))
    lines = [_line(cells, table.columns, fitted, gap) for cells in (headers, *rows)]
    return "\n".join((plain(table.title), "", lines[0], _rule(fitted, gap), *lines[1:]))


def _fit(columns: Sequence[Column], wide: Sequence[int], room: int) -> list[int]:
    """Column widths, with the columns of words narrowed until the sum fits into ``room``."""
    fitted = list(wide)
    words = [place for place, column in enumerate(columns) if column.align is Align.LEFT]
    while sum(fitted) > room:
        widest = max(words, key=lambda place: fitted[place], default=None)
        if widest is None or fitted[widest] <= _LEFT_MIN:
            break
        fitted[widest] -= 1
    return fitted


def _line(cells: Sequence[str], columns: Sequence[Column], wide: Sequence[int], gap: str) -> str:
    parts = (_cell(*part) for part in zip(cells, columns, wide, strict=True))
    return gap.join(parts).rstrip()


def _cell(text: str, column: Column, wide: int) -> str:
    if column.align is Align.RIGHT:
        return text.rjust(wide)
    return text.ljust(wide) if len(text) <= wide else f"{text[: wide - 1]}~"


def _rule(wide: Sequence[int], gap: str) -> str:
    return gap.join("-" * size for size in wide)
