"""A search that runs, seen and stopped from outside: timed, measured, broadcast.

Read in this order: ``lines`` (what is told of a search, and how), ``figures`` (the risk of
its plan so far, and what that breaks), ``pace`` (how fast, and how long still), ``search`` (the
tick that the solver calls, and all searches of this process), ``sockets`` (where they are listened
to), ``broadcast`` (the side that speaks), ``listen`` (the side that hears), ``interruptible`` (a
solver that cannot tick, in a process of its own) and ``solvers`` (with it, those of a plan).

Nothing here reaches the book: who watches or stops a search leaves no trace in it.
"""
