"""Whole account-years on the exchange's bad days, and a judge that knows nothing of the project."""
