"""All that staff say of a question, checked as a whole, and how it is recognised again."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from models.errors import Invalid, bounded_text, within
from models.learning.answer_key import AnswerKey
from models.learning.folding import folded
from models.learning.question_content import Content, Option, option_id
from models.learning.rich_text import cleaned, line, plain

CATEGORY_MOST = 120
CATEGORY_DEPTH = 6
CATEGORY_NAME_MOST = 40
TAG_MOST = 30
TAGS_MOST = 20
SOURCE_MOST = 200
EXPLANATION_MOST = 8_000
DIFFICULTY_MOST = 5
WORDS_MOST = 8_000
UNSORTED = "未分类"
"""Where questions lie whose category nobody said."""
TAG_ENDS = re.compile(r"[,，;；、]")
"""Where a tag ends, so that several can be written in one line."""
_SAYS_NOTHING = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class QuestionTerms:
    """`category` is a path such as `汽车/保养`; the explanation is written in the format of the content."""

    content: Content
    key: AnswerKey
    category: str = UNSORTED
    explanation: str | None = None
    tags: tuple[str, ...] = ()
    difficulty: int = 3
    source: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            content=Content.from_json(stored["content"]),
            key=AnswerKey.from_json(stored["key"]),
            category=stored["category"],
            explanation=stored["explanation"],
            tags=tuple(stored["tags"]),
            difficulty=stored["difficulty"],
            source=stored["source"],
        )

    def to_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("category", "explanation", "difficulty", "source")}
        return {"content": self.content.to_json(), "key": self.key.to_json(), "tags": list(self.tags), **plain}

    def checked(self) -> Self:
        """These terms as they are kept, or `Invalid`."""
        within("difficulty", self.difficulty, 1, DIFFICULTY_MOST)
        content = self.content.checked()
        words = cleaned(self.explanation or "", content.format)
        key = self.key.checked(content)
        return replace(
            self,
            content=scrambled(content, key),
            key=key,
            category=category_path(self.category),
            explanation=bounded_text(words, "explanation", most=EXPLANATION_MOST) or None,
            tags=checked_tags(self.tags),
            source=bounded_text(line(self.source or ""), "source", most=SOURCE_MOST) or None,
        )

    def renamed(self) -> Self:
        """The same with ids by position: options a, b, c …, choices 1, 2, 3 …; they say nothing of the key."""
        content, key = self.content, self.key
        options = {one.id: option_id(place) for place, one in enumerate(content.options)}
        choices = {one.id: str(place) for place, one in enumerate(content.choices, start=1)}
        return replace(
            self,
            content=replace(
                content,
                options=tuple(replace(one, id=options[one.id]) for one in content.options),
                choices=tuple(replace(one, id=choices[one.id]) for one in content.choices),
            ),
            key=replace(
                key,
                shares={options[one]: share for one, share in key.shares.items()},
                order=tuple(options[one] for one in key.order),
                pairs={options[one]: choices[other] for one, other in key.pairs.items()},
            ),
        )

    @property
    def words(self) -> str:
        """What is searched: the words of the stem and of what is chosen from, in one form."""
        content = self.content
        parts = [content.stem, *(one.text for one in (*content.options, *content.choices))]
        return folded(" ".join(plain(one, content.format) for one in parts))[:WORDS_MOST]

    @property
    def fingerprint(self) -> str:
        """The same for two questions that differ in punctuation, spaces, letters' case and the order of options."""
        content = self.content
        stem, *others = (
            _SAYS_NOTHING.sub("", folded(plain(one, content.format)))
            for one in (content.stem, *(one.text for one in (*content.options, *content.choices)))
        )
        media = sorted(one.url for one in content.media)
        told = "\n".join((stem, *sorted(others), *media))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def scrambled(content: Content, key: AnswerKey) -> Content:
    """The content, unless things to order stand in the right order, or choices beside what they belong to.

    People write them down like that, and nobody may read the key off what is shown. The other order comes from the
    words themselves, so that it stays the same.
    """
    if key.order and key.order == content.option_ids:
        return replace(content, options=_by_hash(content.options))
    beside = [key.pairs[one] for one in content.option_ids if one in key.pairs]
    if beside and list(dict.fromkeys(beside)) == list(content.choice_ids[: len(set(beside))]):
        return replace(content, choices=_by_hash(content.choices))
    return content


def _by_hash(options: Sequence[Option]) -> tuple[Option, ...]:
    """In an order that says nothing; turned by one where chance gave the same order again."""
    found = sorted(options, key=lambda one: hashlib.blake2b(one.text.encode(), digest_size=8).digest())
    return tuple(found if found[0] != options[0] else found[1:] + found[:1])


def category_path(text: str) -> str:
    """A path of names with `/` between, each without surrounding space; `Invalid` for one too long or too deep."""
    names = [name for part in text.split("/") if (name := line(part))]
    path = "/".join(names) or UNSORTED
    if len(path) > CATEGORY_MOST or len(names) > CATEGORY_DEPTH or any(len(one) > CATEGORY_NAME_MOST for one in names):
        raise Invalid(
            "category",
            zh=f"最多 {CATEGORY_DEPTH} 级、{CATEGORY_MOST} 个字",
            en=f"at most {CATEGORY_DEPTH} levels and {CATEGORY_MOST} characters",
        )
    return path


def checked_tags(given: Sequence[str]) -> tuple[str, ...]:
    """Tags in the order given, without doubles."""
    tags = tuple(dict.fromkeys(name for one in given if (name := bounded_text(line(one), "tags", most=TAG_MOST))))
    if any(TAG_ENDS.search(one) for one in tags):
        raise Invalid("tags", zh="标签不能含逗号、顿号或分号", en="a tag has neither comma nor semicolon")
    within("tags", len(tags), 0, TAGS_MOST)
    return tags
