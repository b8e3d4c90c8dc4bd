"""The pages in a real browser: they show what they should, and ask nobody for anything."""

import html.parser
import subprocess
from datetime import date
from pathlib import Path

import pytest

from bot.cli.app import run

pytestmark = pytest.mark.browser

CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)


class Seen(html.parser.HTMLParser):
    """Text and tags of a page after the browser has laid it out."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def looked_at(page: Path, profile: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Open ``page`` in chromium, with nothing of an earlier visit left."""
    return subprocess.run(  # noqa: S603 - our own page in Debian's browser
        [*CHROMIUM, f"--user-data-dir={profile}", *more, page.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "demo"
    assert run(["--quiet", "demo", "--folder", str(folder), "--until", "2020-02-05"]) == 0
    return folder


def test_the_report_shows_trades_plots_and_tables(demo_folder: Path, tmp_path: Path) -> None:
    seen = Seen()
    seen.feed(looked_at(demo_folder / "report.html", tmp_path, "--dump-dom").stdout)
    text = " ".join(seen.text)
    assert "PAPER" in text
    assert date(2020, 1, 2).isoformat() in text
    assert "first allocation" in text
    assert seen.tags.count("svg") >= 4
    assert "table" in seen.tags
    assert "script" not in seen.tags


@pytest.mark.parametrize("width", [320, 1000])
def test_no_page_is_wider_than_its_window(demo_folder: Path, tmp_path: Path, width: int) -> None:
    """A copy of the report that says how wide it is, in a frame as wide as a telephone."""
    report = (demo_folder / "report.html").as_uri()
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe id="f" src="{report}" style="width:{width}px;height:9000px;border:0"></iframe>'
        "<script>document.getElementById('f').onload = e => {"
        "document.title = e.target.contentDocument.documentElement.scrollWidth;}</script>"
    )
    flags = ("--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom")
    dom = looked_at(frame, tmp_path / "profile", *flags, f"--window-size={width + 50},1200").stdout
    title = dom.partition("<title>")[2].partition("</title>")[0]
    assert title.isdigit(), dom[:500]
    assert int(title) <= width
