"""`python -m benchmarks.posters`: how many posters this machine draws, how long one takes, and in how much memory.

The posters are those of the demo's templates, each with an avatar and a code as a platform gives them, one after the
other and then in the room where the server draws, which has two places.
"""

import argparse
import asyncio
import io
import resource
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import quantiles
from time import perf_counter, process_time

from PIL import Image

from api.drawing_room import PLACES, DrawingRoom
from models.qr_code import png_of
from models.spread.poster_design import BACKGROUNDS, PosterDesign
from models.spread.poster_drawing import PosterContent, drawn
from seeds.posters import INVITATION, TEA

LINK = "https://go.example.com/i/7kQ2Ab9xZ1"
AVATAR, BACKGROUND = (640, 640), (1500, 2667)
LONG = (
    "《春日读书会》第三季开始报名啦！每周二、四晚上八点在社群里连麦共读，坚持打卡21天有机会赢取手作茶杯一只，先到先得。"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posters", type=int, default=100)
    count = parser.parse_args().posters
    for name, design, content in _cases():
        work = partial(drawn, design, content)
        size = len(work())  # the first one of a process opens the font
        begun = process_time()
        alone = [_seconds(work) for _ in range(count)]
        worked = (process_time() - begun) / count * 1000
        together = asyncio.run(_in_the_room(work, count))
        told = f"{name:<24} {size / 1024:4.0f} KB, {worked:3.0f} ms of CPU | {_told(alone, sum(alone))} one by one"
        print(f"{told} | {_told(*together)} in {PLACES} threads", flush=True)
    # Kilobytes on Linux.
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory for the process")


def _cases() -> list[tuple[str, PosterDesign, PosterContent]]:
    content = PosterContent("林小雨", LINK, code_picture=png_of(LINK, 430), avatar=_photo(AVATAR))
    behind = replace(INVITATION, background=f"{BACKGROUNDS}/{'0' * 40}.jpg")
    return [
        ("1080 × 1920", INVITATION, content),
        ("1200 × 1200", TEA, replace(content, code_picture=None)),
        ("a slogan that shrinks", replace(INVITATION, slogan=LONG), content),
        ("a picture behind it", behind, replace(content, background=_photo(BACKGROUND))),
    ]


def _photo(size: tuple[int, int]) -> bytes:
    """A JPEG with as much in it as a photograph has."""
    made = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(made, "JPEG", quality=85)
    return made.getvalue()


def _seconds(work: Callable[[], bytes]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


async def _in_the_room(work: Callable[[], bytes], count: int) -> tuple[list[float], float]:
    room, begun = DrawingRoom(waiting_most=count), perf_counter()
    taken = await asyncio.gather(*(room.run(partial(_seconds, work)) for _ in range(count)))
    return list(taken), perf_counter() - begun


def _told(taken: list[float], whole: float) -> str:
    cuts = quantiles(taken, n=100)
    return f"{len(taken) / whole:5.1f}/s, p50 {cuts[49] * 1000:3.0f} ms, p99 {cuts[98] * 1000:3.0f} ms"


if __name__ == "__main__":
    main()
