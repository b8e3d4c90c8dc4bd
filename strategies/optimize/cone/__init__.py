"""The whole problem stated to a cone solver: to check the kernel by, and for what it cannot take.

The only room of cvxpy. Every lot is a variable here and a power a cone, so that nothing is shared
with the kernel but the problem. Slow to import and to compile: never on the path of a cycle.

Reading order: ``ask`` (what a caller calls), ``statement`` (the problem), ``beyond`` (the terms),
``own`` (a user's own term), ``envelope`` (lots as convex steps), ``run`` (the solvers).
"""

from strategies.optimize.cone.ask import solve_by, solve_cone
from strategies.optimize.cone.own import BadOwnTerm, OwnTerm
from strategies.optimize.cone.run import installed

__all__ = ["BadOwnTerm", "OwnTerm", "installed", "solve_by", "solve_cone"]
