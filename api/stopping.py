"""The first moment of a stop: the signal, before the server waits for what is open.

An event stream never ends by itself, and the application hears of a stop only after its streams have ended. So whoever
holds streams is told by the signal; the server's own handling of it follows.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_of_stop(callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback` in the running loop on SIGTERM or SIGINT, then whoever was to be called before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)

    for number, previous in before.items():
        if callable(previous):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, previous in before.items():
            if callable(previous):
                signal.signal(number, previous)
