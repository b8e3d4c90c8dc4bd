"""Harvest candidates and the calendar: figures as documents have them, and pages for a terminal."""
