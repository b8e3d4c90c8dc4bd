"""Where expected returns come from: none is taken for granted.

``expected`` is the noun, and the refusal where no source is named; ``equilibrium`` asks the market,
``historical`` the past. ``strategies.targets.views`` moves the equilibrium by what the owner says.
"""
