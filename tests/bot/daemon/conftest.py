"""The sessions of New York, built once for all tests of the daemon."""

import pytest
from rota_standins import utc

from bot.daemon.sessions import Sessions


@pytest.fixture(scope="session")
def new_york() -> Sessions:
    """Sessions from 2014 to November 2028."""
    return Sessions("XNYS", utc("2026-11-21T12:00"), since=utc("2014-01-01T00:00").date())
