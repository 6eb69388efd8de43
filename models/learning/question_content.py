"""What anybody may see of a question while answering it: never anything from which the key could be told.

Options and choices have ids that stay the same however they are shuffled, and say nothing of what is right. A stem may
say where its blanks stand by `{{1}}`, `{{2}}` …; where it does not, they stand below it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from typing import Any, Self

from models.errors import Invalid, bounded_text, picture_address, within
from models.learning.question_kind import OPTION_KINDS, QuestionKind
from models.learning.rich_text import TextFormat, cleaned, line

STEM_MOST = 8_000
OPTION_MOST = 2_000
OPTIONS_MOST = 30
CHOICES_MOST = 60
BLANKS_MOST = 30
MEDIA_MOST = 9
UNIT_MOST = 20
OPTION_ID = re.compile(r"[a-z0-9]{1,8}")
LINE_TO_WRITE_ON = re.compile(r"_{3,}")
PLACE = re.compile(r"\{\{(\d{1,2})\}\}")
_NAMES = "abcdefghijklmnopqrstuvwxyz"


class MediumKind(StrEnum):
    """What a medium is."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True)
class Medium:
    """A picture, a sound or a film beside a text; `text` says what is in it."""

    url: str
    kind: MediumKind = MediumKind.IMAGE
    text: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["url"], MediumKind(stored["kind"]), stored.get("text"))

    def to_json(self) -> dict[str, Any]:
        return _filled({"url": self.url, "kind": self.kind.value, "text": self.text})

    def checked(self, field: str) -> Self:
        url = picture_address(self.url, f"{field}.url")
        if not url or url != line(url):
            raise Invalid(f"{field}.url", zh="应为 https 地址", en="use an https address")
        return replace(self, url=url, text=bounded_text(line(self.text or ""), f"{field}.text", most=200) or None)


@dataclass(frozen=True)
class Option:
    """One of those to tick, to order or to match."""

    id: str
    text: str
    media: tuple[Medium, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["id"], stored["text"], _media(stored))

    def to_json(self) -> dict[str, Any]:
        return _filled({"id": self.id, "text": self.text, "media": [one.to_json() for one in self.media]})

    def checked(self, format: TextFormat, field: str) -> Self:
        if not OPTION_ID.fullmatch(self.id):
            raise Invalid(f"{field}.id", zh="应为 1–8 位小写字母或数字", en="1 to 8 small letters or digits")
        text = bounded_text(cleaned(self.text, format), f"{field}.text", most=OPTION_MOST) or ""
        if not text and not self.media:
            raise Invalid(f"{field}.text", zh="选项不能为空", en="an option has a text or a medium")
        return replace(self, text=text, media=_checked_media(self.media, f"{field}.media"))


@dataclass(frozen=True)
class Content:
    """`options` are ticked, ordered, or the left side of a match, whose right side are the `choices`."""

    kind: QuestionKind
    stem: str
    format: TextFormat = TextFormat.PLAIN
    media: tuple[Medium, ...] = ()
    options: tuple[Option, ...] = ()
    choices: tuple[Option, ...] = ()
    blanks: int = 0
    unit: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            kind=QuestionKind(stored["kind"]),
            stem=stored["stem"],
            format=TextFormat(stored["format"]),
            media=_media(stored),
            options=tuple(Option.from_json(one) for one in stored.get("options", ())),
            choices=tuple(Option.from_json(one) for one in stored.get("choices", ())),
            blanks=stored.get("blanks", 0),
            unit=stored.get("unit"),
        )

    def to_json(self) -> dict[str, Any]:
        return _filled(
            {
                "kind": self.kind.value,
                "stem": self.stem,
                "format": self.format.value,
                "media": [one.to_json() for one in self.media],
                "options": [one.to_json() for one in self.options],
                "choices": [one.to_json() for one in self.choices],
                "blanks": self.blanks or None,
                "unit": self.unit,
            }
        )

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.options)

    @property
    def choice_ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.choices)

    def checked(self) -> Self:
        """This content as it is kept, its HTML cleaned; `Invalid` names what is wrong."""
        stem = bounded_text(placed(cleaned(self.stem, self.format), self.blanks), "stem", most=STEM_MOST) or ""
        if not stem and not self.media:
            raise Invalid("stem", zh="题干不能为空", en="a question has a stem")
        found = replace(
            self,
            stem=stem,
            media=_checked_media(self.media, "media"),
            options=_checked_options(self.options, self.format, "options"),
            choices=_checked_options(self.choices, self.format, "choices"),
            unit=bounded_text(line(self.unit or ""), "unit", most=UNIT_MOST) or None,
        )
        found._check_kind()
        return found

    def _check_kind(self) -> None:
        """What a kind does not use is empty, so that a question is never half of another kind."""
        uses = {
            "options": (self.options, self.kind in OPTION_KINDS),
            "choices": (self.choices, self.kind is QuestionKind.MATCH),
            "blanks": (self.blanks, self.kind is QuestionKind.BLANK),
            "unit": (self.unit, self.kind is QuestionKind.NUMBER),
        }
        for name, (value, is_used) in uses.items():
            if value and not is_used:
                raise Invalid(name, zh="该题型不使用此项", en="this kind of question has none")
        if self.kind in OPTION_KINDS:
            within("options", len(self.options), 2, OPTIONS_MOST)
        if self.kind is QuestionKind.MATCH:
            within("choices", len(self.choices), 2, CHOICES_MOST)
        if self.kind is QuestionKind.BLANK:
            within("blanks", self.blanks, 1, BLANKS_MOST)
            self._check_places()

    def _check_places(self) -> None:
        places = [int(one) for one in PLACE.findall(self.stem)]
        if places and places != list(range(1, self.blanks + 1)):
            raise Invalid("stem", zh="空位应依次为 {{1}}、{{2}}…", en="its blanks must be {{1}}, {{2}} … in order")


def placed(stem: str, blanks: int) -> str:
    """The stem with its lines to write on, `____`, as places, where there are as many as blanks."""
    lines = LINE_TO_WRITE_ON.findall(stem)
    if not blanks or len(lines) != blanks or PLACE.search(stem):
        return stem
    numbers = count(1)
    return LINE_TO_WRITE_ON.sub(lambda _: f"{{{{{next(numbers)}}}}}", stem)


def option_id(position: int) -> str:
    """The id of the option that is written at a position: a, b … z, then a1, b1 …"""
    turn, letter = divmod(position, len(_NAMES))
    return f"{_NAMES[letter]}{turn or ''}"


def _media(stored: Mapping[str, Any]) -> tuple[Medium, ...]:
    return tuple(Medium.from_json(one) for one in stored.get("media", ()))


def _checked_media(media: Sequence[Medium], field: str) -> tuple[Medium, ...]:
    within(field, len(media), 0, MEDIA_MOST)
    return tuple(one.checked(field) for one in media)


def _checked_options(options: Sequence[Option], format: TextFormat, field: str) -> tuple[Option, ...]:
    found = tuple(one.checked(format, field) for one in options)
    if len({one.id for one in found}) < len(found):
        raise Invalid(f"{field}.id", zh="选项编号重复", en="an id stands there twice")
    if len({(one.text, one.media) for one in found}) < len(found):
        raise Invalid(f"{field}.text", zh="选项内容重复", en="two of them say the same")
    return found


def _filled(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if value not in (None, [], ())}
