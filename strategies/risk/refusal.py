"""The one way in which a figure of risk can fail: no figure, and why."""


class NoRisk(Exception):
    """The figure that was asked for makes no sense; the message names the place."""
