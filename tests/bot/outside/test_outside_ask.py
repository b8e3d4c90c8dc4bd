"""The owner's code in real processes: what it answers, what it is given, and when it is killed."""

import signal
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from owners_code import NAMES, RETURNS, Alive, given, written

from bot.outside.ask import ask_forecast, ask_weights
from bot.outside.untold import Untold
from strategies.policy.own_code import OwnCode

ROOT = Path(__file__).parents[3]
THIRD = "return [1 / 3] * 3"


ANSWERS = [
    ("def weights(): return {'A': 0.5, 'C': 0.5}", "0.5 0 0.5"),
    ("def weights(): return [0.2, 0.3, 0.5]", "0.2 0.3 0.5"),
    ("import numpy as np\ndef weights(names): return np.full(len(names), 1 / 3)", "1/3 1/3 1/3"),
    ("def weights(*, names): return {names[-1]: True}", "0 0 1"),
    ("def weights(names, /): return {names[0]: 1}", "1 0 0"),
    ("def weights(**all): return {n: 1 / len(all['names']) for n in all['names']}", "1/3 1/3 1/3"),
    ("import pandas as pd\ndef weights(names): return pd.Series([.1, .2, .7], names)", ".1 .2 .7"),
    ("class W:\n    def __call__(self, names): return [0, 1, 0]\nweights = W()", "0 1 0"),
]


@pytest.mark.parametrize(("text", "wanted"), ANSWERS)
def test_an_answer_is_weights_by_name(tmp_path: Path, text: str, wanted: str) -> None:
    found = ask_weights(written(tmp_path, text), given(), tmp_path)
    shares = [Decimal(1) / 3 if word == "1/3" else Decimal(word) for word in wanted.split()]
    assert list(found.values) == NAMES
    assert [float(w) for w in found.values.values()] == pytest.approx([float(s) for s in shares])
    assert 0 < found.seconds < 20


def test_a_parameter_comes_by_its_name(tmp_path: Path) -> None:
    text = "def weights(b, a=0, names=(), c=9):\n    print([a, b, c])\n    " + THIRD
    code = written(tmp_path, text, a=Decimal("0.25"), b=("x", 2, True))
    assert ask_weights(code, given(), tmp_path).printed == "[0.25, ['x', 2, True], 9]\n"


def test_it_sees_what_it_was_given_and_works_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("SHARE = 1 / 3\n")
    (tmp_path / "data.txt").write_text("here")
    text = """
import os, pathlib
import numpy as np
from helper import SHARE

def weights(names, days, prices, returns, current, cash, today, lower, upper):
    assert names == ["A", "B", "C"] and prices.shape == (251, 3) and returns.shape == (250, 3)
    assert days.dtype == "datetime64[D]" and days[-1] < np.datetime64(today)
    assert (current == 0).all() and (cash, lower, upper) == (1.0, 0.0, 1.0)
    assert pathlib.Path("data.txt").read_text() == "here"
    print(returns.sum())
    return [SHARE] * 3
"""
    answer = ask_weights(written(tmp_path, text), given(), tmp_path)
    assert float(answer.printed) == pytest.approx(RETURNS.sum())
    assert not list(tmp_path.glob("__pycache__/mine*")), "nothing is left behind"


def test_what_it_prints_is_not_mixed_into_ours(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "import os\nos.system('echo loud')\ndef weights():\n    print('quiet')\n    " + THIRD
    assert ask_weights(written(tmp_path, text), given(), tmp_path).printed == "loud\nquiet\n"
    assert capfd.readouterr() == ("", "")


def test_secrets_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRIMTAB_SECRET_SMTP_PASSWORD", "CREDENTIALS_DIRECTORY", "MY_OWN"):
        monkeypatch.setenv(name, "value")
    text = (
        "import os\ndef weights():\n    print([k for k in os.environ if 'value' == os.environ[k]])"
    )
    said = ask_weights(written(tmp_path, f"{text}\n    {THIRD}"), given(), tmp_path).printed
    assert said == "['MY_OWN']\n"


def test_memory_has_a_limit(tmp_path: Path) -> None:
    text = "import numpy as np\ndef weights():\n    np.ones(200_000_000)"
    code = replace(written(tmp_path, text), memory_mib=700)
    with pytest.raises(Untold, match=r"mine.py:3: MemoryError: .*\(700 MiB are allowed\)"):
        ask_weights(code, given(), tmp_path)


HANGS = """
import subprocess, sys
def weights():
    pipe = open("alive", "wb")
    subprocess.Popen(["sleep", "600"], stdout=pipe)
    pipe.write(b"up")
    pipe.flush()
    while True:
        pass
"""
"""It and its child hold a pipe: who reads that to its end knows that both are gone."""


def test_past_its_time_it_is_killed_with_its_children(tmp_path: Path, alive: Alive) -> None:
    code, began = written(tmp_path, HANGS, seconds=2), monotonic()
    with pytest.raises(Untold, match="it took longer than 2 s, and was killed"):
        ask_weights(code, given(), tmp_path)
    assert 2 <= monotonic() - began < 4
    alive[0].join(10)
    assert not alive[0].is_alive()
    assert alive[2] == [b"up", b""]


def test_a_wish_to_stop_kills_it_at_once(tmp_path: Path, alive: Alive) -> None:
    code, began = written(tmp_path, HANGS, seconds=200), monotonic()
    with pytest.raises(Untold, match="interrupted: the machine was told to stop"):
        ask_weights(code, given(), tmp_path, stopping=alive[1].is_set)
    assert monotonic() - began < 10
    alive[0].join(10)
    assert not alive[0].is_alive()


ASKER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from owners_code import given
from bot.outside.ask import ask_weights
from strategies.policy.own_code import OwnCode
ask_weights(OwnCode("file:mine.py:weights", seconds=200), given(), Path(sys.argv[3]))
"""


def test_it_does_not_outlive_who_asked(tmp_path: Path, alive: Alive) -> None:
    written(tmp_path, HANGS)
    paths = [str(ROOT), str(Path(__file__).parent), str(tmp_path)]
    asker = subprocess.Popen([sys.executable, "-c", ASKER, *paths])  # noqa: S603  # our own
    assert alive[1].wait(30)
    asker.send_signal(signal.SIGKILL)
    assert asker.wait(30) == -signal.SIGKILL
    alive[0].join(10)
    assert not alive[0].is_alive()


def test_what_it_left_running_ends_with_the_answer(tmp_path: Path, alive: Alive) -> None:
    text = HANGS.replace("    while True:\n        pass", "    pipe.close()\n    " + THIRD)
    ask_weights(written(tmp_path, text), given(), tmp_path)
    alive[0].join(10)
    assert not alive[0].is_alive()


def descriptors() -> set[str]:
    """Those that are open, but for the one that looks."""
    return {path.name for path in Path("/dev/fd").iterdir() if path.exists()}


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    code = written(tmp_path, "def weights(): " + THIRD)
    ask_weights(code, given(), tmp_path)
    before = descriptors()
    ask_weights(code, given(), tmp_path)
    with pytest.raises(Untold):
        ask_weights(written(tmp_path, "exit()"), given(), tmp_path)
    assert descriptors() == before


def test_a_large_question_reaches_it(tmp_path: Path) -> None:
    text = "def weights(names, returns):\n    print(returns.shape)\n    return {names[0]: 1}"
    many = replace(
        given(),
        names=tuple(f"N{number}" for number in range(3000)),
        days=np.arange(252).astype("datetime64[D]"),
        prices=np.ones((252, 3000)),
        current=np.zeros(3000),
    )
    answer = ask_weights(written(tmp_path, text), many, tmp_path)
    assert answer.printed == "(251, 3000)\n"
    assert len(answer.values) == 3000


def test_a_large_question_to_who_never_reads_it_hangs_nobody(tmp_path: Path) -> None:
    code = OwnCode("file:mine.py:weights", seconds=200)
    written(tmp_path, "def weights(): " + THIRD)
    many = replace(given(), prices=np.ones((300_000, 3)), days=np.zeros(0, "datetime64[D]"))
    with pytest.raises(Untold, match="interrupted"):
        ask_weights(code, many, tmp_path, stopping=lambda: True)


def test_a_forecast_is_a_return_of_each_name(tmp_path: Path) -> None:
    text = "def weights(names): return {name: 0.01 * n for n, name in enumerate(names)}"
    found = ask_forecast(written(tmp_path, text), given(), tmp_path)
    assert found.values == {"A": 0.0, "B": 0.01, "C": 0.02}
