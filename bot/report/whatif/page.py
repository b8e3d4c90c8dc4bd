"""What-if on a terminal: 80 columns, ASCII."""

from bot.report.amounts import count
from bot.report.say import NOT_ADVICE
from bot.report.text import plain, render, wrap
from bot.report.whatif.figures import StressFigures, WhatIf
from bot.report.whatif.tables import (
    LEAST,
    curve_table,
    plans_table,
    sensitivity_table,
    stress_table,
    weights_table,
)

NOTHING_BINDS = "no limit is worth a hundredth of a bp: looser ones would hardly change the plan"


def page(found: WhatIf) -> str:
    """The whole answer."""
    tables = [plans_table(found), weights_table(found)]
    blocks = [
        headline(found),
        "\n".join(wrap(note, "- ") for note in found.notes),
        "\n\n".join(render(table) for table in tables if table.rows),
        "\n".join(wrap(line, "- ") for line in changed_lines(found)),
        "\n".join(["What each limit is worth", "", *(wrap(p, "- ") for p in price_lines(found))]),
        render(curve_table(found)) if found.curve else "",
        render(stress_table(found.stress)) if found.stress else "",
        "\n".join(wrap(line, "- ") for line in unplanned(found.stress)),
        render(sensitivity_table(found.sensitivity)) if found.sensitivity else "",
        wrap(NOT_ADVICE),
    ]
    return plain("\n\n".join(block for block in blocks if block))


def headline(found: WhatIf) -> str:
    """What this is about."""
    mode = "" if found.environment is None else f"[{found.environment.value}] "
    return f"{mode}{found.subject}: what if"


def changed_lines(found: WhatIf) -> tuple[str, ...]:
    """What other limits would do."""
    changed = found.changed
    if changed is None:
        return ()
    limits = ", ".join(changed.limits)
    if changed.plan is None:
        return (f"with {limits} there is no plan: {changed.why}",)
    gained = found.plan.objective_bps - changed.plan.objective_bps
    word = "gains" if gained >= 0 else "costs"
    return (f"with {limits} the plan {word} {abs(gained):,.2f} bps of NAV",)


def price_lines(found: WhatIf) -> tuple[str, ...]:
    """The prices in words, the dearest first; those that solving again shows as nothing counted."""
    told = [each for each in found.prices if each.gain_bps is None or each.gain_bps >= LEAST]
    rest = found.prices_left_out + len(found.prices) - len(told)
    more = f"{count(rest, 'more limit is', 'more limits are')} reached, and worth less"
    if not told:
        return (NOTHING_BINDS,)
    return (*(price.words for price in told), *((more,) if rest else ()))


def unplanned(rows: tuple[StressFigures, ...]) -> tuple[str, ...]:
    """Scenarios without a plan, each with its reason."""
    return tuple(f"{row.name}: no plan: {row.why}" for row in rows if row.plan is None)
