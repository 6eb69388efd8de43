"""What a question of ours has and Moodle's formats do not, carried where Moodle reads over it, as one line of JSON.

A question that goes through Moodle loses it; one that comes back from our own file has it again.
"""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from models.learning.answer_key import AnswerKey, Criterion
from models.learning.question_content import Content, Medium, Option
from models.learning.question_terms import QuestionTerms

NAME = "shequn"


def extras_of(terms: QuestionTerms, **further: Any) -> str:
    """The line, or an empty text where there is nothing to carry."""
    content, key = terms.content, terms.key
    media = {one.id: [medium.to_json() for medium in one.media] for one in content.options if one.media}
    choice_media = {one.id: [medium.to_json() for medium in one.media] for one in content.choices if one.media}
    percents = {str(place): one.tolerance for place, one in enumerate(key.numbers) if one.is_percent}
    found = {
        "difficulty": None if terms.difficulty == 3 else terms.difficulty,
        "source": terms.source,
        "media": [one.to_json() for one in content.media],
        "optionMedia": media,
        "choiceMedia": choice_media,
        "rubric": [one.to_json() for one in key.rubric],
        "percents": percents,
        **further,
    }
    kept = {name: value for name, value in found.items() if value not in (None, "", [], {}, False)}
    return orjson.dumps(kept).decode() if kept else ""


def straightened(terms: QuestionTerms) -> tuple[QuestionTerms, dict[str, list[str]]]:
    """A question as Moodle says it: things to order in the right order, right sides in that of their left ones.

    The second value says, by the ids of the first, how they are shown here.
    """
    content, key = terms.content, terms.key
    options, choices = content.options, content.choices
    if key.order:
        options = tuple(sorted(options, key=lambda one: key.order.index(one.id)))
    if key.pairs:
        used = list(dict.fromkeys(key.pairs[one.id] for one in options))
        choices = tuple(sorted(choices, key=lambda one: used.index(one.id) if one.id in used else len(used)))
    straight = replace(terms, content=replace(content, options=options, choices=choices)).renamed()
    names = {one.id: other.id for one, other in zip(options, straight.content.options, strict=True)}
    rights = {one.id: other.id for one, other in zip(choices, straight.content.choices, strict=True)}
    arrangement = {
        **({"options": [names[one.id] for one in content.options]} if key.order else {}),
        **({"choices": [rights[one.id] for one in content.choices]} if key.pairs else {}),
    }
    return straight, arrangement


def read_extras(line: str) -> dict[str, Any]:
    """What a line carries; nothing where somebody else wrote something else there."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def with_extras(terms: QuestionTerms, extras: dict[str, Any]) -> QuestionTerms:
    """The terms with what was carried; what does not fit is read over."""
    try:
        return replace(
            terms,
            content=_content(terms.content, extras),
            key=_key(terms.key, extras),
            tags=tuple(str(one) for one in extras.get("tags", ())) or terms.tags,
            difficulty=int(extras.get("difficulty", terms.difficulty)),
            source=str(extras["source"]) if "source" in extras else terms.source,
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
        return terms


def _content(content: Content, extras: dict[str, Any]) -> Content:
    def media(stored: list[dict[str, Any]]) -> tuple[Medium, ...]:
        return tuple(Medium.from_json(one) for one in stored)

    of_options, of_choices = extras.get("optionMedia", {}), extras.get("choiceMedia", {})
    return replace(
        content,
        media=media(extras.get("media", [])) or content.media,
        options=_arranged(
            tuple(replace(one, media=media(of_options.get(one.id, []))) for one in content.options),
            extras.get("options", []),
        ),
        choices=_arranged(
            tuple(replace(one, media=media(of_choices.get(one.id, []))) for one in content.choices),
            extras.get("choices", []),
        ),
        unit=str(extras["unit"]) if "unit" in extras else content.unit,
    )


def _arranged(options: tuple[Option, ...], ids: list[str]) -> tuple[Option, ...]:
    """In the order of the ids, where these are all of them."""
    if sorted(ids) != sorted(one.id for one in options):
        return options
    return tuple(sorted(options, key=lambda one: ids.index(one.id)))


def _key(key: AnswerKey, extras: dict[str, Any]) -> AnswerKey:
    numbers = tuple(
        replace(one, tolerance=str(extras["percents"][str(place)]), is_percent=True)
        if str(place) in extras.get("percents", {})
        else one
        for place, one in enumerate(key.numbers)
    )
    blanks = tuple(
        tuple(replace(one, is_case_sensitive=one.is_case_sensitive or bool(extras.get("case"))) for one in blank)
        for blank in key.blanks
    )
    return replace(
        key,
        numbers=numbers,
        blanks=blanks,
        rubric=tuple(Criterion(str(one["text"]), Decimal(one["share"])) for one in extras.get("rubric", [])),
        sample=str(extras["sample"]) if "sample" in extras else key.sample,
    )
