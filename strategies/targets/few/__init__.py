"""Few names: which of many to hold, where only so many may be held.

Reading order: ``selection`` (a search over names for any objective), ``quadratic`` (the objective
whose best weights within names are known exactly), ``bound`` (what no choice of names can beat),
``choice`` (a point of the frontier with few names).
"""
