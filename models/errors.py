"""Refusals: what a verb answers when a rule says no.

Each refusal is declared above the record that raises it, with a stable code and a sentence in every language.
The codes together are the closed list that the schema publishes, so two refusals never share one.
"""

import re
from datetime import datetime
from typing import ClassVar

DEFAULT_LOCALE = "zh-CN"
ADDRESS_MOST = 500
ADDRESS_PATTERN = re.compile(r"(https://[^\s/\\]+|/(?![/\\]))\S*")


class DomainError(Exception):
    """An expected refusal. `zh` and `en` are format strings over the keyword facts given to the constructor."""

    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    field: str | None = None
    retry_at: datetime | None = None

    declared: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        other = DomainError.declared.setdefault(cls.code, cls)
        if other is not cls and other.__qualname__ != cls.__qualname__:
            raise TypeError(f"{cls.code} is declared by {other.__qualname__} and {cls.__qualname__}")

    def __init__(self, *, field: str | None = None, retry_at: datetime | None = None, **facts: object) -> None:
        self.facts = facts
        if field is not None:
            self.field = field
        if retry_at is not None:
            self.retry_at = retry_at
        super().__init__()

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, locale: str) -> str:
        """The sentence for a caller, zh-CN unless English is asked for."""
        return (self.en if locale.lower().startswith("en") else self.zh).format(**self.facts)


class NotFound(DomainError):
    """Absent, or not for the caller to see: the two look the same."""

    code = "NOT_FOUND"
    zh = "没有找到"
    en = "Not found."


class Invalid(DomainError):
    """An input outside its bounds; `field` names it."""

    code = "INVALID_INPUT"
    zh = "{field_zh}不正确：{reason_zh}"
    en = "{field_en} is not valid: {reason_en}."

    def __init__(self, field: str, *, zh: str, en: str) -> None:
        super().__init__(field=field, field_zh=field, field_en=field, reason_zh=zh, reason_en=en)


class NotAllowed(DomainError):
    """The caller sees the thing but may not do this with it."""

    code = "NOT_ALLOWED"
    zh = "没有权限进行此操作"
    en = "You may not do this."


def bounded_text(value: str | None, field: str, *, least: int = 0, most: int) -> str | None:
    """`value` without surrounding space, or `Invalid` where its length is outside `least`..`most` characters."""
    if value is None:
        return None
    text = value.strip()
    if not least <= len(text) <= most:
        raise Invalid(field, zh=f"长度应为 {least}–{most} 个字", en=f"its length must be {least} to {most} characters")
    return text


def within(field: str, value: int | None, least: int, most: int) -> None:
    """Raise `Invalid` for a number outside `least`..`most`; none at all is within."""
    if value is not None and not least <= value <= most:
        raise Invalid(field, zh=f"应为 {least}–{most}", en=f"it must be {least} to {most}")


def picture_address(value: str | None, field: str) -> str | None:
    """An https address, or a path on our own host; anything else may be a script or a spy."""
    text = bounded_text(value, field, most=ADDRESS_MOST) or None
    if text and not ADDRESS_PATTERN.fullmatch(text):
        raise Invalid(field, zh="应为 https 地址", en="use an https address")
    return text
