"""Whole stories, played on real files by real processes."""
