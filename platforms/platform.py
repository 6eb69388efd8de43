"""What a mini-program platform does for us, whichever it is: the one interface that the rest of the house knows.

Every method raises a subclass of `platforms.errors.PlatformError` and nothing else of the platform's doing, and answers
or raises within the platform's deadline (3 seconds unless it is built with another).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlatformSession:
    """Who logged in. The session key never leaves the server, so it is not part of the printed form."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """`number` without country code, digits only; `country_code` without plus sign."""

    number: str = field(repr=False)
    country_code: str


class Scene(StrEnum):
    """Where a text or picture will stand, as the platforms ask it."""

    PROFILE = "profile"
    COMMENT = "comment"
    FORUM = "forum"
    JOURNAL = "journal"


class Advice(StrEnum):
    """In rising order of doubt."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    REVIEW = "review"
    RISKY = "risky"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`label` is the platform's own number for the kind of harm; `trace_id` names the check in its console."""

    advice: Advice
    label: int
    trace_id: str | None


class MediaKind(StrEnum):
    AUDIO = "audio"
    IMAGE = "image"


class Platform(Protocol):
    @property
    def name(self) -> str:
        """The platform's name in identities and logs, such as `wechat`."""

    @property
    def app_id(self) -> str:
        """The app under which openids are valid."""

    @property
    def release(self) -> str:
        """Which build of the app its codes open: `release`, or one that is being tried out."""

    async def login(self, code: str) -> PlatformSession:
        """Who the one-use login code belongs to. Never tried twice, for the first try may have used the code up."""

    async def phone(self, code: str, openid: str) -> PhoneNumber:
        """The phone behind a one-use phone code, which must have been made for `openid`. Never tried twice."""

    async def check_text(
        self, openid: str, scene: Scene, text: str, *, nickname: str | None = None, title: str | None = None
    ) -> Verdict:
        """Whether others may see the text; of a long one, the most doubtful verdict of its parts."""

    async def check_media(self, openid: str, scene: Scene, url: str, kind: MediaKind) -> str:
        """Asks for a check of what lies at a public address; answers the trace id under which the result comes."""

    async def send_notice(
        self, openid: str, template_id: str, values: Mapping[str, str], *, page: str | None = None
    ) -> str | None:
        """Sends one notice that the member allowed; answers its id. Never tried twice, for one grant pays for one."""

    async def mini_program_code(
        self, scene: str, page: str | None = None, *, width: int = 430, must_exist: bool = True
    ) -> bytes:
        """The picture of a code that opens `page` with `scene`; `must_exist` refuses pages not yet published."""

    async def close(self) -> None:
        """Gives the connections back."""
