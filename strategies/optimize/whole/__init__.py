"""Whole shares.

Reading order: ``grid`` (what may be ordered), ``dive`` and ``modes`` (which names trade), ``moves``
and ``swaps`` (the last touch), ``shares`` (the search).
"""
