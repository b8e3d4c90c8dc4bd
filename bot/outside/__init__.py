"""The owner's own code: asked for weights or expected returns, run apart, and its answer checked.

Read in this order: ``given`` (what the code is told), ``place`` (where it is, and whether it may
be trusted), ``child`` (what the other process does; it imports nothing of ours), ``process``
(started and killed), ``listen`` (heard), ``checks`` (is the answer one?), ``ask`` (all of it
together), ``hear`` (the answer as a part of a Snapshot) and ``trial`` (tried out beforehand).

It is the owner's code, with all rights that the owner has: apart means that it can neither hold up
nor take down a cycle, nor answer nonsense. It is no sandbox.
"""

ARGUMENTS = ("names", "days", "prices", "returns", "current", "cash", "today", "lower", "upper")
"""What the code can ask for, beside the owner's own parameters."""
