"""Strategies in an account: from its prices and the owner's recipe to weights that it can hold.

Reading order: ``asked`` (names and limits in arrays), ``risk`` and ``expect`` (what is believed of
them), ``table`` (one function a strategy), ``answer`` (weights in decimals, and what stands behind
them).
"""

from strategies.targets.account.answer import Chosen, chosen_by

__all__ = ["Chosen", "chosen_by"]
