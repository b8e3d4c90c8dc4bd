"""Does the book agree with the broker? If it does not, nothing is planned from it.

Three steps, all of them readings: catch up with what happened (``account``), find out what became
of every order that we do not know the end of (``fates``), then tie out (``agree``). Positions and
cash in the book are the sum of executions, flows, transfers and splits; the broker's must be the
same. What nobody can explain locks the name, and stops the account when it is large.
"""

from bot.reconcile.account import greet, read_account
from bot.reconcile.agree import (
    Break,
    TiedOut,
    adopt,
    breaks,
    catch_up,
    tie_out,
)
from bot.reconcile.fates import busy, follow
from bot.reconcile.missing import fill_holes
from bot.reconcile.refusal import Refusal, halt_and_refuse
from bot.reconcile.relief import relief_in_force
from bot.reconcile.settling import not_paid_for

__all__ = [
    "Break",
    "Refusal",
    "TiedOut",
    "adopt",
    "breaks",
    "busy",
    "catch_up",
    "fill_holes",
    "follow",
    "greet",
    "halt_and_refuse",
    "not_paid_for",
    "read_account",
    "relief_in_force",
    "tie_out",
]
