"""``trimtab selftest``: the daemon's own work on the exchange's bad days, on a virtual clock.

Read in this order: ``world`` (what outlives a process: the exchange, the clock, the disk), ``life``
(one process: the book, the broker and the rota, opened from the disk), ``blows`` (what befalls the
machine), ``owner`` and ``hand`` (the person who approves and mends), ``replay`` (days and days of
it), ``checks`` (what must hold then), ``bugs`` (what other bots died of), ``plays``, ``verb``. In a
source checkout also, through the brokers' real libraries: ``checkout`` (the stand-ins, started as
processes), ``trials`` (one thing that befalls an account there), ``beside`` (all of them,
meanwhile).
"""

from bot.cli.selftesting.verb import add_to

__all__ = ["add_to"]
