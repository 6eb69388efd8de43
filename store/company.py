"""Company: those who ask at the same time are answered together.

Questions that come in one turn of the event loop are asked as one. While as many are under way as may be, others wait
in line, and all that have come meanwhile go next. So nobody waits where nobody else asks, and each is told what was
true after it had asked. Whoever gives up leaves the others undisturbed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True)
class _Line(Generic[Q, A]):
    under_way: int = 0
    is_leaving: bool = False
    waiting: "deque[tuple[Q, asyncio.Future[A]]]" = field(default_factory=deque)


class Company(Generic[Q, A]):
    """`answer` answers several questions of one line, each with what it asks for or with an error.

    At most `size` are asked as one, and `under_way` times in a line at once.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | BaseException]]],
        *,
        under_way: int,
        size: int,
    ) -> None:
        self._answer = answer
        self._under_way = under_way
        self._size = size
        self._lines: dict[Hashable, _Line[Q, A]] = {}
        self._groups: set[asyncio.Task[None]] = set()

    async def ask(self, name: Hashable, question: Q) -> A:
        """The answer to a question, asked together with those in the line of that name."""
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        line.waiting.append((question, answer))
        if not line.is_leaving and line.under_way < self._under_way:
            line.is_leaving = True
            loop.call_soon(self._leave, name, line)
        return await answer

    def _leave(self, name: Hashable, line: _Line[Q, A]) -> None:
        line.is_leaving = False
        while line.waiting and line.under_way < self._under_way:
            line.under_way += 1
            group = [line.waiting.popleft() for _ in range(min(self._size, len(line.waiting)))]
            task = asyncio.create_task(self._ask(name, line, group))
            self._groups.add(task)
            task.add_done_callback(self._groups.discard)
        if not line.under_way:
            self._lines.pop(name, None)

    async def _ask(self, name: Hashable, line: _Line[Q, A], group: "Sequence[tuple[Q, asyncio.Future[A]]]") -> None:
        asked = [(question, answer) for question, answer in group if not answer.done()]
        try:
            found = await self._answer([question for question, _ in asked]) if asked else ()
            for (_, answer), one in zip(asked, found, strict=True):
                _tell(answer, one)
        except BaseException as error:
            for _, answer in asked:
                _tell(answer, error)
            if not isinstance(error, Exception):
                raise
        finally:
            line.under_way -= 1
            self._leave(name, line)


def _tell(answer: "asyncio.Future[A]", found: A | BaseException) -> None:
    if answer.done():
        return
    if isinstance(found, BaseException):
        answer.set_exception(found)
    else:
        answer.set_result(found)
