"""What a question asks, in the contract: open to whoever answers it. Nothing of its key is declared here."""

from typing import Self

import strawberry

from models.learning.question_content import Content, Medium, MediumKind, Option
from models.learning.question_kind import QuestionKind
from models.learning.rich_text import TextFormat
from schema.enums import publish

publish(
    QuestionKind,
    "What a question asks for.",
    single="One option to tick.",
    multiple="Several options to tick.",
    judge="Whether something is true.",
    blank="Blanks to fill.",
    number="A number.",
    order="Options to put in order.",
    match="Options to pair with choices.",
    short_text="A text that somebody marks.",
)
publish(
    TextFormat,
    "How a text is written.",
    plain="As it is.",
    markdown="In Markdown as it was written: raw HTML in it is to be shown as text, and links but to https not at all.",
    html="In HTML, of which only what is harmless was kept.",
)
publish(MediumKind, "What a medium is.", image="A picture.", audio="A sound.", video="A film.")


@strawberry.type(description="A picture, a sound or a film beside a text.")
class QuestionMedium:
    url: str = strawberry.field(description="Its address.")
    kind: MediumKind = strawberry.field(description="What it is.")
    text: str | None = strawberry.field(description="What is in it.")

    @classmethod
    def of(cls, medium: Medium) -> Self:
        return cls(url=medium.url, kind=medium.kind, text=medium.text)


@strawberry.type(description="Something to tick, to order or to match.")
class QuestionOption:
    id: strawberry.ID = strawberry.field(description="How an answer names it; in an attempt, its place.")
    text: str = strawberry.field(description="What it says.")
    media: list[QuestionMedium] = strawberry.field(description="What stands beside it.")

    @classmethod
    def of(cls, option: Option) -> Self:
        media = [QuestionMedium.of(one) for one in option.media]
        return cls(id=strawberry.ID(option.id), text=option.text, media=media)


@strawberry.type(description="What a question asks.")
class QuestionContent:
    kind: QuestionKind = strawberry.field(description="What it asks for.")
    stem: str = strawberry.field(description="The question; `{{1}}` says where the first blank stands.")
    format: TextFormat = strawberry.field(description="How its texts are written.")
    media: list[QuestionMedium] = strawberry.field(description="What stands beside it.")
    options: list[QuestionOption] = strawberry.field(description="What is ticked, ordered or matched.")
    choices: list[QuestionOption] = strawberry.field(description="What options are matched with.")
    blanks: int = strawberry.field(description="How many blanks there are.")
    unit: str | None = strawberry.field(description="The unit of the number.")

    @classmethod
    def of(cls, content: Content) -> Self:
        return cls(
            kind=content.kind,
            stem=content.stem,
            format=content.format,
            media=[QuestionMedium.of(one) for one in content.media],
            options=[QuestionOption.of(one) for one in content.options],
            choices=[QuestionOption.of(one) for one in content.choices],
            blanks=content.blanks,
            unit=content.unit,
        )
