"""Every mutant, by theme, and the days on which they are played."""

from museum.catalogue import believing, ends, limits, record, sending
from museum.catalogue.days import DAYS
from museum.mutants import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *sending.MUTANTS,
    *ends.MUTANTS,
    *record.MUTANTS,
    *believing.MUTANTS,
    *limits.MUTANTS,
)

__all__ = ["DAYS", "MUTANTS"]
