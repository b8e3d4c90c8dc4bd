"""Compiles the optional steps of the optimizer where there is a compiler; without one, none are."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("strategies/optimize/kernel/_climb.c")
FLAGS = ("-O3", "-fPIC", "-shared")


class CompiledSteps(BuildHookInterface[Any]):
    """Puts the compiled module next to its source, and into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile if that can be done; say so if not."""
        if self.target_name != "wheel":
            return
        why = compile_steps(Path(self.root))
        if why:
            self.app.display_warning(f"the optimizer runs on NumPy alone: {why}")
            return
        build_data["artifacts"].append(f"/{SOURCE.with_suffix('')}*.so")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def compile_steps(root: Path) -> str:
    """Compile; why it could not be done, or an empty string."""
    if os.environ.get("TRIMTAB_NO_COMPILER"):
        return "TRIMTAB_NO_COMPILER is set"
    compiler = find_compiler()
    if compiler is None:
        return "no C compiler was found"
    include = sysconfig.get_path("include")
    if not (Path(include) / "Python.h").exists():
        return "Python's own headers are not installed"
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    made = root / SOURCE.with_name(SOURCE.stem + suffix)
    fresh = made.with_suffix(".new")
    link = ("-undefined", "dynamic_lookup") if sys.platform == "darwin" else ()
    command = [
        *compiler,
        *FLAGS,
        f"-I{include}",
        str(root / SOURCE),
        *link,
        "-lm",
        "-o",
        str(fresh),
    ]
    done = subprocess.run(  # noqa: S603  # a compiler, and files of ours
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"{compiler[0]} says {done.stderr.strip() or done.returncode}"
    fresh.replace(made)
    return ""


def find_compiler() -> list[str] | None:
    """The command of a C compiler, CC first; None where there is none."""
    for name in (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang"):
        command = shlex.split(name or "")
        if command and shutil.which(command[0]):
            return command
    return None
