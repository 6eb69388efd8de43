"""Passwords: hashed with argon2, in threads of their own so that no request waits for somebody else's hash.

A hash costs some 64 MiB and a tenth of a second, which is its purpose; two threads bound both.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from passlib.context import CryptContext

from models.errors import Invalid

LENGTH_LEAST = 8
LENGTH_MOST = 128

T = TypeVar("T")

_context = CryptContext(schemes=["argon2"], deprecated="auto")
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


@dataclass(frozen=True)
class Verdict:
    """Whether a password is right, and the hash to keep from now on where the old one is out of date."""

    is_right: bool
    better_hash: str | None = None


async def password_hash(password: str, *, field: str = "password") -> str:
    """The hash of a new password. Raises `Invalid` where it is too short, too long or holds a NUL."""
    if not LENGTH_LEAST <= len(password) <= LENGTH_MOST or "\0" in password:
        raise Invalid(
            field,
            zh=f"密码长度应为 {LENGTH_LEAST}–{LENGTH_MOST} 个字符",
            en=f"a password has {LENGTH_LEAST} to {LENGTH_MOST} characters",
        )
    return await _in_thread(lambda: str(_context.hash(password)))


async def verify(password: str, known_hash: str | None) -> Verdict:
    """Compare a password with a hash; without one (an unknown name) the same work is done for nothing."""
    return await _in_thread(lambda: _verified(password, known_hash))


def _verified(password: str, known_hash: str | None) -> Verdict:
    nobodys = _nobodys_hash()
    compared = known_hash or nobodys
    if len(password) > LENGTH_MOST or "\0" in password:
        password, known_hash = "", None
    is_right, better = _context.verify_and_update(password, compared)
    return Verdict(bool(is_right) and known_hash is not None, str(better) if better and known_hash else None)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return str(_context.hash("nobody has this password"))


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
