"""Every way in which the owner's code can fail, in real processes, told with its place."""

from pathlib import Path

import pytest
from owners_code import given, written

from bot.outside.ask import ask_weights
from bot.outside.untold import Untold


def why(folder: Path, text: str, **parameters: int | str) -> str:
    """Why the code gave no answer."""
    with pytest.raises(Untold) as caught:
        ask_weights(written(folder, text, **parameters), given(), folder)
    said = str(caught.value)
    assert said.startswith("your code mine.py:weights gave no answer: ")
    return said.removeprefix("your code mine.py:weights gave no answer: ")


FAULTS = [
    ("def weights(names):\n    return 1 / 0", "mine.py:2: ZeroDivisionError: division by zero"),
    (
        "import numpy as np\n\ndef weights():\n    x = np.zeros((2, 2))\n    np.linalg.inv(x)",
        "mine.py:5: LinAlgError: Singular matrix",
    ),
    ("def weights(:\n    pass", "mine.py:1: SyntaxError: invalid syntax"),
    ("import nothing_of_this_name", "mine.py:1: ModuleNotFoundError: No module named"),
    ("raise RuntimeError('at\\nonce')", "mine.py:1: RuntimeError: at once"),
    ("def other(): pass", "weights is not there in mine.py"),
    ("weights = 3", "weights is no function in mine.py"),
    ("def weights(yesterday): pass", "weights() asks for yesterday, which is not given; there is "),
    ("def weights(): raise SystemExit", "it called exit(None)"),
    ("exit(3)", "it called exit(3)"),
    ("import os\ndef weights(): os._exit(0)", "its process ended with exit code 0 and without"),
    ("import os\ndef weights():\n    os.kill(os.getpid(), 9)", "its process died of SIGKILL; the"),
    (
        "import ctypes\ndef weights():\n    print('here')\n    ctypes.string_at(0)",
        'SIGSEGV at {}/mine.py:4; the last it printed: "here"',
    ),
    ("def weights(): pass", "weights() returned nothing; is a return missing?"),
    ("def weights(): return 'A'", "weights() returned a str, no weights by name and no array"),
    ("async def weights(): return {}", "weights() returned a coroutine, no weights by name"),
    ("def weights(returns): return returns", "weights() returned an array of shape (250, 3)"),
    ("def weights(): return {'A': 'all'}", "weights() returned 'all' for A, which is no number"),
    ("def weights(): return [1, None, 0]", "weights() returned None for number 2, which is no"),
    ("def weights(): return [float('nan'), 1, 0]", "numbers must be finite; it says A nan"),
    ("def weights(): return [0.5, 0.5, 0.5]", "the weights sum to 1.5, and must sum to 1"),
    ("def weights(): return [0] * 10_000_000", "weights() returned 10000000 numbers"),
    ("import os, sys\nos.write(int(sys.argv[1]), b'x' * 8)", "its answer is longer than 16 MiB"),
    ("import os, sys\nos.write(int(sys.argv[1]), bytes(7) + b'\\1[')", "its answer cannot be read"),
    ("def weights():\n    while True: print('x' * 80)", "it printed more than 1 MiB"),
    ("def weights(): return input()", "mine.py:1: EOFError: EOF when reading a line"),
    (
        "import os\ndef weights():\n    print('one')\n    os.system('printf \"\\\\033[J\"')\n    x",
        "NameError: name 'x' is not defined; the last it printed: \"one / ?[J\"",
    ),
]


@pytest.mark.parametrize(("text", "wanted"), FAULTS)
def test_each_fault_is_told_with_its_place(tmp_path: Path, text: str, wanted: str) -> None:
    assert wanted.replace("{}", str(tmp_path)) in why(tmp_path, text)


def test_a_parameter_that_nobody_takes_is_a_slip(tmp_path: Path) -> None:
    text = "def weights(lookback=60): return {}"
    assert why(tmp_path, text, lokback=90) == "weights() does not take the parameter lokback"
