"""Where code is found, and who else may have written it."""

import os
import stat
from pathlib import Path

import pytest
from owners_code import given

from bot.outside.ask import ask_weights
from bot.outside.place import Group, danger, find, installed
from bot.outside.untold import Untold
from strategies.policy.own_code import OwnCode

REFERENCE = "file:mine.py:weights"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file that only we can write, in such a folder."""
    file = tmp_path / "mine.py"
    file.write_text("def weights(names): return {names[0]: 1}\n")
    tmp_path.chmod(0o755)
    file.chmod(0o644)
    return file


def refused(mine: Path, reference: str = REFERENCE) -> str:
    with pytest.raises(Untold) as caught:
        find(reference, Group.STRATEGIES, mine.parent)
    return str(caught.value)


def test_a_path_begins_at_the_config(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = find(REFERENCE, Group.STRATEGIES, mine.parent)
    assert (place.file, place.function) == (mine, "weights")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    whole = find(f"file:{mine}:weights", Group.STRATEGIES, elsewhere)
    assert whole.file == mine


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_can_write_is_not_run(mine: Path, mode: int) -> None:
    mine.chmod(mode)
    wanted = f"{mine} can be written by others (mode {mode:04o}; chmod go-w it), and so it is not"
    assert wanted in refused(mine)


def test_nor_is_one_in_a_folder_where_others_can_replace_it(mine: Path) -> None:
    mine.parent.chmod(0o777)
    assert f"{mine.parent} can be written by others (mode 0777" in refused(mine)
    mine.parent.chmod(0o1777)
    assert find(REFERENCE, Group.STRATEGIES, mine.parent).file == mine, "none replaces it there"


def test_a_link_is_as_safe_as_what_it_leads_to(mine: Path) -> None:
    other = mine.with_name("other.py")
    mine.rename(other)
    mine.symlink_to(other)
    assert find(REFERENCE, Group.STRATEGIES, mine.parent).file == other
    other.chmod(0o666)
    assert f"{other} can be written by others" in refused(mine)


def test_only_root_may_own_it_beside_us() -> None:
    def owned(uid: int) -> os.stat_result:
        return os.stat_result((stat.S_IFREG | 0o644, 1, 1, 1, uid, uid, 9, 0, 0, 0))

    assert danger(owned(os.geteuid())) == danger(owned(0)) == ""
    assert danger(owned(os.geteuid() + 1)) == "belongs to another user (chown it)"


def test_what_is_not_there_and_what_is_no_file_is_said(mine: Path) -> None:
    assert (
        refused(mine, "file:none.py:weights") == f"{mine.parent}/none.py: no such file or directory"
    )
    (mine.parent / "folder.py").mkdir()
    assert refused(mine, "file:folder.py:weights") == f"{mine.parent}/folder.py: is no file"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with two strategies and a forecast, here and in every process."""
    folder = tmp_path / "packages"
    (folder / "acme-1.0.dist-info").mkdir(parents=True)
    (folder / "acme-1.0.dist-info" / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    (folder / "acme-1.0.dist-info" / "entry_points.txt").write_text(
        "[trimtab.strategies]\nacme-last = acme:last\nacme-gone = acme:gone\n"
        "[trimtab.forecasts]\nacme-flat = acme:flat\n"
    )
    (folder / "acme.py").write_text(
        "def last(names):\n    print(names)\n    return {names[-1]: 1}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_entry_point_is_asked_by_its_name(package: Path, tmp_path: Path) -> None:
    assert package.exists()
    assert set(installed(Group.STRATEGIES)) >= {"acme-last", "acme-gone"}
    assert "acme-flat" in installed(Group.FORECASTS)
    answer = ask_weights(OwnCode("acme-last"), given(), tmp_path)
    assert [float(weight) for weight in answer.values.values()] == [0, 0, 1]


def test_an_entry_point_that_leads_nowhere_is_told(package: Path, tmp_path: Path) -> None:
    with pytest.raises(Untold, match=r"your code acme-gone gave no answer: .*AttributeError: mod"):
        ask_weights(OwnCode("acme-gone"), given(), tmp_path)
    (package / "acme.py").write_text("\n\ndef last(names): return names[9]\n")
    with pytest.raises(Untold, match=r"acme.py:3: IndexError: list index out of range"):
        ask_weights(OwnCode("acme-last"), given(), tmp_path)


def test_an_entry_point_of_nobody_or_of_two_is_refused(package: Path, mine: Path) -> None:
    wanted = 'entry point "none" of the group trimtab.strategies: no installed package has it'
    assert refused(mine, "none") == wanted
    twin = package / "twin-1.0.dist-info"
    twin.mkdir()
    (twin / "METADATA").write_text("Name: twin\nVersion: 1.0\n")
    (twin / "entry_points.txt").write_text("[trimtab.strategies]\nacme-last = twin:last\n")
    assert refused(mine, "acme-last").endswith("several packages have it: acme, twin")
