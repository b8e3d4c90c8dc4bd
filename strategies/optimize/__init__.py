"""How to get from the weights we have to those we want, with the least cost, tax and risk.

Reading order: ``problem`` (what is asked, and whether it makes sense), ``measure`` (what an answer
is worth), then the rooms:

    kernel    prices for what couples the names, by Newton's method, and the proof that comes along
    sides     names that can be traded in several ways: losses, and lots in a broker's order
    relax     which limits must give way where they contradict each other, and how far
    whole     whole shares and lots, least trades, fees
    netting   gains and losses of all names against each other
    cone      every term there is, stated to a cone solver (the only room of cvxpy)
    second    another solver's opinion of an answer
    whatif    what would change it
    ladder    who answers when one of them cannot

``progress`` is what a search says of itself, ``rows`` the linear limits, ``dense`` a covariance
made into factors.
"""
