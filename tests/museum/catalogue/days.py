"""The days that the mutants share. A sound copy of the code shows nothing in any of them."""

from collections.abc import Mapping

from museum.mutants import Days

_ALL = (
    Days("answers lost", "answer-lost server-error-after request-late"),
    Days("requests lost", "request-lost server-error-before", faults=4),
    Days("cancels", "cancel-lost cancel-late cancel-too-late fill-beats-cancel", limit="0"),
    Days("thrown out", "accepted-then-rejected partly-then-expired"),
    Days("waiting", "never-fills", faults=4, limit="0"),
    Days("stuck", "cancel-stuck", faults=4, limit="0"),
    Days("replaced", "fill-beats-cancel cancel-late cancel-lost", faults=16, days=3, more="steps"),
    Days("corrections", "price-corrected quantity-corrected fee-corrected busted"),
    Days("late fills", "execution-late execution-very-late", days=3, seed=2),
    Days("withheld", "execution-late", faults=10),
    Days("doubled", "executions-doubled"),
    Days("others", "manual-buy manual-sell liquidated manual-order", faults=12),
    Days("companies", "split reverse-split renamed", days=3),
    Days("payments", "dividend interest fee"),
    Days("transfers", "transfer-in transfer-out", faults=6),
    Days("nothing held", "positions-empty", faults=10),
    Days("something not held", "positions-shrunken", faults=10, more="margin"),
    Days("breaks", "moved-untold positions-empty", days=3),
    Days("moved", "moved-untold", faults=4),
    Days("old quotes", "quote-old quote-stale", faults=12),
    Days("quotes", "quote-old quote-crossed quote-wide", faults=12, seed=2),
    Days("prices", "quote-tenth", faults=10),
    Days("clocks", "clock-off clock-far-off", faults=12),
    Days("closed", "closed-early"),
    Days("refusals", "refused-funds refused-untradable refused-tick", faults=60),
    Days("kills", "crash-half-sent crash-answered", at='"open+30m", "open+60m"'),
    Days("pauses", "paused"),
    Days("spring", "interest", faults=2, days=5, first="2024-03-06"),
    Days("untradable", "name-untradable"),
    Days("links", "outage executions-error"),
    Days("full disk", "disk-full", faults=20, days=3, seed=3),
)

DAYS: Mapping[str, Days] = {days.name: days for days in _ALL}
