"""The kill switch where the disk is full: the flag goes up, and orders in the market come back."""

import json
import os
import subprocess
import sys
from pathlib import Path

from killing import make_template

from bot.switch import NAME

PROGRAM = """
import json, sys
from datetime import datetime
from pathlib import Path
import killing
from bot.book.errors import BookError
from bot.switch import Switch, raise_flag
from bot.takeback import take_back

place, at, nth = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
stage, sent = killing.open_stage(place, "slow", at), []
stage.switch = Switch(place)

def on_step(step):
    if step == "did submit":
        sent.append(step)
        if len(sent) == nth:
            killing.fill_disk()
            raise_flag(place, "halted", "there is no room for a reason")

stage.on_step = on_step
try:
    stage.run()
    said = "nothing"
except BookError as error:
    said = str(error)
stage.clock.sleep(5)
left = [str(o.key) for o in stage.broker.open_orders()]
again = take_back(stage.broker, (), stage.clock)
halt = stage.post().halt(stage.book)
print(json.dumps([len(sent), said, left, list(again.left), halt.words]))
"""


def test_a_full_disk_holds_up_neither_the_flag_nor_the_cancellations(tmp_path: Path) -> None:
    here = Path(__file__).parent
    for nth in (1, 3):
        place = tmp_path / str(nth)
        at = make_template(place, "slow")
        done = subprocess.run(  # noqa: S603  # our own interpreter, our own program
            [sys.executable, "-c", PROGRAM, str(place), at.isoformat(), str(nth)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here, here.parents[1])))},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        sent, said, left, unconfirmed, words = json.loads(done.stdout)
        assert sent == nth, "no order left after the flag"
        assert "disk" in said
        assert left == []
        assert unconfirmed == []
        assert words == "halted: the file KILL is there"
        assert (place / NAME).read_bytes() == b""
