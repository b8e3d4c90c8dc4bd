"""An account at a fresh stand-in for each test of the drill."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from drill_bench import Account, opened
from standins.alpaca_model import AlpacaModel

Open = Callable[..., Account]


@pytest.fixture
def open_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens an account at a broker of one kind."""
    with ExitStack() as stack:

        def at(kind: Callable[..., AlpacaModel] = AlpacaModel) -> Account:
            made = opened(tmp_path, capsys, monkeypatch, kind)
            stack.callback(made.server.stop)
            return made

        yield at


@pytest.fixture
def account(open_at: Open) -> Account:
    """At a broker that keeps its promises."""
    return open_at()
