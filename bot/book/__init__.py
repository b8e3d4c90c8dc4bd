"""The SQL book: what happened, what was decided, what was sent. Nothing in it is ever changed.

Read in this order: ``book`` (the face), ``rows`` (its nouns), ``schema`` (the tables), then the
rooms behind the face: ``journal`` (executions, cash), ``plans``, ``orders``, ``slippage`` (orders
beside their fills), ``activity`` and ``recent`` (what the limits count), ``latches`` with
``quarantine`` and ``accepted`` (what only a named person lifts), ``runs``, ``halts``, ``history``,
``outbox`` and ``prices`` (cached price histories: nouns in ``price_rows``, put together in
``price_table``, as bytes in ``packed``). ``engine`` and ``opening`` open the two databases,
``maintain`` upgrades, copies and checks them, and ``glance`` reads the embedded one with nothing
but the standard library.
This file imports nothing, so that a glance stays quick.
"""
