"""Shares of the risk that are given: weights whose contributions are their budgets.

Reading order: ``barrier`` (no limit in the way), ``limited`` (as near as limits let), ``interior``
(how that is solved), ``region`` (limits as rows).
"""
