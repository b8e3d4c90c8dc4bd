"""How to get from the weights we have to those we want, with the least cost, tax and risk.

Reading order: ``problem`` (what is asked, and whether it makes sense), ``measure`` (what an answer
is worth), ``pieces`` (one name's costs), ``dual`` (what couples the names), ``newton`` (one step),
``kernel`` (the search), ``repair`` (weights that keep the limits), ``certificate`` (proof that no
weights do).

Around the kernel: ``sides`` keeps a loss from being sold and bought back (``harvest`` what either
side is worth, ``branch`` the search over them); ``relax`` says which limits must give way and how
far (``linear`` the program for it); ``shares`` makes whole shares of it (``grid`` what may be
ordered, ``dive`` and ``modes`` which names trade, ``swaps`` the last touch). ``cone`` states the
same problem to another solver, and ``ladder`` is who answers when one of them cannot.
"""
