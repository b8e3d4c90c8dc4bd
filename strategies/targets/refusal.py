"""The one way in which a target can fail: no weights, and why."""


class NoTarget(Exception):
    """The weights that were asked for make no sense; the message says why."""


class Unsolved(NoTarget):
    """No solver came to an end, though nothing says that there is none."""
