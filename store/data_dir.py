"""The folder of one installation, which one running server owns at a time.

The embedded database and the embedded Redis are written by one server. It therefore holds a lock on the folder while
it runs; the kernel takes the lock back when the process ends, however it ends. Commands beside the server (a token, a
rebuild) do not own the folder; they find the server's Redis by the address it leaves there.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataDirInUse(Exception):
    """Another server owns the folder."""


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Owns the folder, made private to the user on first use; raises `DataDirInUse` at once where it is taken."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / "server.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise DataDirInUse(
                f"DATA_DIR {data_dir.resolve()} is in use by another server (process {lock.read()}); "
                "stop that one, or give this one a DATA_DIR and a PORT of its own."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
