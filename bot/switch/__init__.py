"""The kill switch: what stops trading at once, whatever state book, disk and daemon are in.

Read ``states`` first: four states, and what each forbids. ``file`` is the flag, a file named KILL
in the state folder that anybody can write and only ``trimtab resume`` takes away; ``switch`` is
what a process remembers of it, and the lock under which each order leaves. The book latches the
same states (``bot/book/halts.py``); the more severe of the two holds.
"""

from bot.switch.file import NAME, FlagNotWritten, barrier, lift, raise_flag, read
from bot.switch.states import EVERY_ACCOUNT, STATES, Halt, State, severity, worst
from bot.switch.switch import Switch

__all__ = [
    "EVERY_ACCOUNT",
    "NAME",
    "STATES",
    "FlagNotWritten",
    "Halt",
    "State",
    "Switch",
    "barrier",
    "lift",
    "raise_flag",
    "read",
    "severity",
    "worst",
]
