"""Servers of others, of another language: PostGraphile, which makes its schema of the tables, and Mercurius.

Their sources and versions stand in `peers/`; npm installs them into a folder outside the checkout, by the lock file.
"""

import asyncio
import shutil
from pathlib import Path

from benchmarks import postgraphile
from benchmarks.dialects import SCREENS, Dialect
from benchmarks.servers import Contender

SOURCES = Path(__file__).with_name("peers")
LOCK = "package-lock.json"
INSTALL_SECONDS = 600


class NotInstalled(Exception):
    """Why there are no peers, in npm's words."""


async def peers(folder: Path) -> list[Contender]:
    """Those that can be started, installed where they are not. Raises `NotInstalled`."""
    await _install(folder)
    return [
        _of_node("postgraphile", folder, postgraphile.dialect()),
        _of_node("mercurius", folder, SCREENS),
    ]


def _of_node(name: str, folder: Path, dialect: Dialect) -> Contender:
    begin = ["NODE_ENV=production", "GRAPHILE_ENV=production", "node", str(folder / f"{name}.mjs")]
    return Contender(name, lambda port: ["env", f"PORT={port}", *begin], dialect)


async def _install(folder: Path) -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        raise NotInstalled("node and npm are not on this machine")
    if not await asyncio.to_thread(_copied, folder):
        await _npm(folder)


def _copied(folder: Path) -> bool:
    """Bring the sources into the folder; says whether what they need is there already."""
    is_installed = (folder / "node_modules").is_dir() and _text(folder / LOCK) == _text(SOURCES / LOCK)
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES.iterdir():
        shutil.copyfile(source, folder / source.name)
    return is_installed


async def _npm(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), INSTALL_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        raise NotInstalled(output.decode(errors="replace")[-2_000:])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
