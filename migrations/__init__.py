"""Alembic's steps from one version of the book's schema to the next, oldest first in ``versions``.

A step speaks of tables and columns as they were on its day, and imports nothing of ours.
"""
