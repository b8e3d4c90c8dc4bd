"""A rehearsal at the real endpoint of a paper account: does the broker keep what is relied on?

Read in this order: ``drill`` (the whole of it), ``bench`` (what it works with), ``readings`` and
``acts`` (what is tried), ``send`` (how an order leaves), ``sweep`` (how all of them are taken
back). It knows a broker by the protocol alone, and sends orders for paper accounts only: one
share, half of the bid, of a kind that cannot fill unless the price halves.

Its orders are no trades of the owner's, so they stand in a book of their own beside the state: in
the account's book they would count as cycles, orders and turnover of the day and be shown as plans.
It is a book like the other, with the same rule: a plan, then intents, committed before anything is
sent. One that is killed is cleared up by the next drill, which reads there what it had sent.
"""
