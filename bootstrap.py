"""Makes the project's own environment where it is missing or out of date, then runs Python in it.

    python3 bootstrap.py [--dev] <arguments of python>

It needs nothing but Python and its standard library. The environment is `.venv`; what goes into it is the list of
exact versions and hashes in requirements.txt (or requirements-dev.txt), installed by plain pip. As long as the list is
the one that was installed, nothing is fetched, so that a machine without a network starts as well. Everything said
here goes to stderr: stdout belongs to the command.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LISTS = {"runtime": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
OLDEST_MINOR = 11


def main(arguments: list[str]) -> None:
    if not runs(sys.executable):
        continue_with_newer_python(arguments)
    wanted = "dev" if arguments[:1] == ["--dev"] else "runtime"
    with one_at_a_time():
        if not is_installed(wanted):
            make_environment()
            install(wanted)
    os.execv(str(PYTHON), [str(PYTHON), *(arguments[1:] if wanted == "dev" else arguments)])


def continue_with_newer_python(arguments: list[str]) -> None:
    """Starts again with a newer Python of this machine, or ends with a sentence that says what is missing."""
    for minor in range(20, OLDEST_MINOR - 1, -1):
        python = shutil.which(f"python3.{minor}")
        if python and runs(python):
            os.execv(python, [python, str(Path(__file__).resolve()), *arguments])
    version = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        f"Python 3.{OLDEST_MINOR} or newer is needed; this is {version}. Name another: make PYTHON=/path/to/python3"
    )


def runs(python: Path | str) -> bool:
    """Whether that is a working Python, new enough: version managers leave names on the PATH that only complain."""
    test = f"import sys; sys.exit(sys.version_info < (3, {OLDEST_MINOR}))"
    return Path(python).exists() and call([str(python), "-c", test], is_quiet=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two commands started at once install once, where the system has file locks."""
    with Path(__file__).open() as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:
            pass
        yield


def is_installed(wanted: str) -> bool:
    return marker(wanted).exists() and marker(wanted).read_text() == digest(wanted) and runs(PYTHON)


def marker(wanted: str) -> Path:
    """A file in the environment that holds the digest of the list that was installed."""
    return ENVIRONMENT / f"installed-{wanted}"


def digest(wanted: str) -> str:
    return hashlib.sha256(LISTS[wanted].read_bytes()).hexdigest()


def make_environment() -> None:
    """Makes `.venv` unless a working one is there; without ensurepip (some Linux packages) the outer pip fills it."""
    if runs(PYTHON):
        return
    say(f"Making the environment in .venv with {sys.executable} ...")
    for options in (["--clear"], ["--clear", "--without-pip"]):
        if call([sys.executable, "-m", "venv", *options, str(ENVIRONMENT)], is_quiet=True):
            return
    sys.exit("This Python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv")


def install(wanted: str) -> None:
    say(f"Installing the {wanted} packages into .venv; this happens once ...")
    inner = [str(PYTHON), "-m", "pip"]
    outer = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    pip = inner if call([*inner, "--version"], is_quiet=True) else outer
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary", ":all:"]
    options += ["--no-deps"]  # the list names everything
    if not call([*pip, "install", *options, "--requirement", str(LISTS[wanted])]):
        sys.exit("The packages could not be installed; pip says above why. The same command tries again.")
    for name in {wanted, "runtime"}:  # The developers' list holds the other one in the same versions.
        marker(name).write_text(digest(name))
    say("Installed.")


def call(command: list[str], *, is_quiet: bool = False) -> bool:
    """Whether the command succeeds; what it says goes to stderr, or nowhere."""
    output = subprocess.DEVNULL if is_quiet else sys.stderr
    return subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=False).returncode == 0


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
