"""Is the daemon looked after: a ping is heard, pages can be answered, the log can be written."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from bot.cli.exits import Exit
from bot.cli.finding import Finding

if TYPE_CHECKING:
    from bot.config.settings import Config


def watch_findings(config: "Config") -> Iterator[Finding]:
    """One for each thing that is switched on."""
    if config.watch.ping_url is not None:
        yield from _ping(config)
    if config.watch.listen is not None:
        yield from _listen(config.watch.listen)
    if config.log.folder is not None:
        yield _log(config.log.folder)


def _ping(config: "Config") -> Iterator[Finding]:
    """Ask it, as the daemon will; what it hears is that all is well."""
    from bot.cli.lookout import ping_target
    from bot.health.ping import NoPing, send

    target = ping_target(config)
    assert target is not None, "asked for only then"
    try:
        send(target)
    except NoPing as error:
        yield Finding("fail", f"watch: {error}", error.remedy, Exit.TEMPORARY)
    else:
        yield Finding("ok", f"watch: {target.name} heard a ping")


def _listen(text: str) -> Iterator[Finding]:
    """Take the address and let it go; a daemon that runs has it."""
    from bot.health.address import NotOurs, let_go, listen_at, read_address

    address = read_address(text)
    if address.path is not None and address.path.exists():
        yield Finding("ok", f"watch: {text} is there; a daemon listens at it, or it is left over")
        return
    try:
        listen_at(address).close()
    except NotOurs as error:
        fix = "if trimtab run holds it all is well; else write another port"
        yield Finding("warn", f"watch: {error}", fix)
        return
    let_go(address)
    yield Finding("ok", f"watch: pages can be answered at {text}")


def _log(folder: Path) -> Finding:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = error.strerror or str(error)
        return Finding("fail", f"log: {folder}: {why}", "mend log.folder", Exit.ENVIRONMENT)
    return Finding("ok", f"log: {folder} can be written")
