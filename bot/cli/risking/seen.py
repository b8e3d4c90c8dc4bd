"""What pictures show beside the figures: correlations in the order of clusters, and falls."""

import numpy as np

from bot.cli.risking.answer import Answer
from bot.report.risk.figures import Correlations, Falls
from strategies.risk.drawdown import wealth
from strategies.risk.model import block, volatility
from strategies.targets.leaves import leaf_order

NAMES_MAX = 1000
"""Names in a heat map: the heaviest. A picture has no pixels for more."""


def correlations(found: Answer) -> Correlations | None:
    """Of the names that are held; None where fewer than two are."""
    heavy = np.argsort(-np.abs(found.weights), kind="stable")[:NAMES_MAX]
    held = np.sort(heavy[found.weights[heavy] != 0])
    least = 2
    if len(held) < least:
        return None
    size = volatility(found.covariance)[held]
    matrix = block(found.covariance, held) / np.outer(size, size)
    order = leaf_order(lambda name: matrix[name], len(held), "average")
    names = tuple(str(found.names[held[place]]) for place in order)
    rows = matrix[np.ix_(order, order)].clip(-1.0, 1.0).tolist()
    left_out = int(np.count_nonzero(found.weights)) - len(held)
    return Correlations(names, tuple(map(tuple, rows)), left_out)


def falls(found: Answer) -> Falls | None:
    """Of today's weights on past prices; None where that cannot be told."""
    past = found.past
    if past is None or past.drawdown is None or not past.days:
        return None
    value = wealth(np.array(past.returns))
    depths = 1 - value / np.maximum.accumulate(value)
    return Falls(past.days, tuple(depths[1:].tolist()))
