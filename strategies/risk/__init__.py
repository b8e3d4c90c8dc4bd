"""How prices move, together and each alone, and what an account stands to lose.

Read ``returns`` (which days count), ``covariance`` (how they move together), then ``report`` (the
risk of one account) and the figures that it is made of: ``measures``, ``contributions``, ``tails``,
``drawdown``, ``exposures``.
"""
