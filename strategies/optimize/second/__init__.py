"""A second opinion.

Reading order: ``ask`` (who is asked), ``whole``, ``program`` and ``tangents`` (whole shares by
HiGHS), ``opinion`` (what it makes of an answer).
"""
