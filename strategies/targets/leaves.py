"""The order of a tree's leaves: names that move together stand together.

Single linkage is the tree of the shortest links between names, which Prim's method finds from one
row of correlations at a time (as ``scipy.cluster.hierarchy`` does, so that ties fall alike): from a
factor model rows are made when they are needed, O(n k) each, and no n x n array is formed.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel

Linkage = Literal["single", "complete", "average", "ward"]

Rows = Callable[[int], Array]
"""Correlations (n,) of one name with all."""


def correlation_rows(covariance: Covariance, own: Array, correlation: Array | None) -> Rows:
    """Rows of ``correlation`` (n, n), or where it is None of the one that the covariance has."""
    if correlation is not None:
        return lambda name: correlation[name]
    inverse = 1.0 / np.sqrt(own)
    if isinstance(covariance, FactorModel):
        scaled = covariance.loadings * inverse[:, None]
        return lambda name: np.asarray(scaled @ scaled[name])
    return lambda name: np.asarray(covariance[name] * inverse * inverse[name])


def leaf_order(rows: Rows, names: int, linkage: Linkage) -> NDArray[np.intp]:
    """Indices of names (n,) from the first leaf to the last; of two branches the older is first."""
    if names == 1:
        return np.zeros(1, dtype=np.intp)
    merges = _shortest(rows, names) if linkage == "single" else _by_scipy(rows, names, linkage)
    return _unfolded(merges, names)


def _shortest(rows: Rows, names: int) -> list[tuple[int, int]]:
    """Pairs of leaves whose branches are joined, nearest first (Prim 1957).

    The nearest is the one of highest correlation. The second of a pair is the name that came into
    the tree by that link, the first the one that came before it: with the links in order of length
    that is as good as the link's other end.
    """
    highest, inside, here = np.full(names, -np.inf), np.zeros(names), 0
    pairs, links = [], np.empty(names - 1)
    for step in range(names - 1):
        inside[here] = highest[here] = -np.inf
        np.maximum(highest, rows(here) + inside, out=highest)
        there = int(highest.argmax())
        pairs.append((here, there))
        links[step] = highest[there]
        here = there
    return [pairs[i] for i in np.argsort(-links, kind="stable")]


def _by_scipy(rows: Rows, names: int, linkage: Linkage) -> list[tuple[int, int]]:
    """The same for other linkages, from all distances sqrt((1 - correlation) / 2) at once."""
    from scipy.cluster.hierarchy import linkage as linked

    above = np.concatenate([rows(name)[name + 1 :] for name in range(names - 1)])
    condensed = np.sqrt(np.clip((1.0 - above) / 2.0, 0.0, 1.0))
    first = list(range(names))  # a leaf of each cluster
    pairs = []
    for left, right in linked(condensed, linkage)[:, :2].astype(int).tolist():
        pairs.append((first[left], first[right]))
        first.append(first[left])
    return pairs


def _unfolded(merges: list[tuple[int, int]], names: int) -> NDArray[np.intp]:
    """Leaves in order, when the branches of each pair of leaves are joined one after another.

    Branches are chains: ``last`` is where the chain of a leader ends, ``after`` what comes next.
    """
    leader, age = list(range(names)), list(range(names))
    last, after = list(range(names)), [-1] * names
    top = 0
    for number, (one, other) in enumerate(merges):
        left, right = _lead(leader, one), _lead(leader, other)
        if age[left] > age[right]:
            left, right = right, left
        after[last[left]] = right
        leader[right], last[left], age[left] = left, last[right], names + number
        top = left
    order = [top]
    while after[order[-1]] >= 0:
        order.append(after[order[-1]])
    return np.array(order, dtype=np.intp)


def _lead(leader: list[int], leaf: int) -> int:
    """First leaf of the chain that ``leaf`` is in; what is asked on the way is shortened."""
    while leader[leaf] != leaf:
        leader[leaf] = leader[leader[leaf]]
        leaf = leader[leaf]
    return leaf
