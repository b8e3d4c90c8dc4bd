"""How to get from the weights we have to those we want, with the least cost, tax and risk.

Reading order: ``problem`` (what is asked, and whether it makes sense), ``measure`` (what an answer
is worth), ``pieces`` (one name's costs), ``dual`` (what couples the names), ``newton`` (one step),
``kernel`` (the search), ``repair`` (weights that keep the limits), ``certificate`` (proof that no
weights do). ``sides`` keeps a loss from being sold and bought back. ``cone`` states the same
problem to another solver, to check this one.
"""
