"""Speaking in a group: the one door for words, whoever tells of them.

A verb by which a member says something in a group calls `spoke` in its transaction, which holds the member's row. What
was said elsewhere, in the chat group itself, is reported by a partner's bot or by staff.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError, Invalid, NotFound
from models.groups.membership import Membership
from models.spread.first_word import FirstWord, Word, WordWay
from models.spread.newcomer import Newcomer
from store.database import transaction

REPORTED_AT_ONCE = 100


@dataclass(frozen=True)
class ReportedWord:
    """That a member said something in a group at an instant; the member is absent where nobody knows it."""

    member_id: UUID | None
    said_at: datetime


@dataclass(frozen=True)
class WordOutcome:
    """What came of a report: the member, whether it was news, or why it was refused."""

    member_id: UUID | None
    is_news: bool = False
    refusal: DomainError | None = None


async def spoke(place: Membership, *, at: datetime, way: WordWay = WordWay.POST) -> bool:
    """A member has said something in a group itself; whether it was its first word there."""
    return await _heard(place, Word(at, way, Actor.member(place.member_id)), at=at)


async def report_words(
    group_id: UUID, words: Sequence[ReportedWord], *, actor: Actor, at: datetime
) -> list[WordOutcome]:
    """Take in what a partner or staff report, each by itself and in their order; the same report again changes nothing.

    Raises `Invalid` for too many at once.
    """
    if not 1 <= len(words) <= REPORTED_AT_ONCE:
        zh, en = f"一次 1–{REPORTED_AT_ONCE} 条", f"report 1 to {REPORTED_AT_ONCE} at once"
        raise Invalid("words", zh=zh, en=en)
    return [await _outcome(group_id, word, actor=actor, at=at) for word in words]


async def _outcome(group_id: UUID, word: ReportedWord, *, actor: Actor, at: datetime) -> WordOutcome:
    try:
        return WordOutcome(word.member_id, is_news=await _report(group_id, word, actor=actor, at=at))
    except DomainError as refusal:
        return WordOutcome(word.member_id, refusal=refusal)


async def _report(group_id: UUID, word: ReportedWord, *, actor: Actor, at: datetime) -> bool:
    if word.member_id is None:
        raise NotFound(field="memberId")
    way = WordWay.STAFF if actor.kind == "staff" else WordWay.PARTNER
    async with transaction():
        place = await Membership.of(word.member_id, group_id)
        # Only read: whoever speaks takes the word before the newcomer's row, and so must this.
        known = await Newcomer.get_or_none(member_id=word.member_id, group_id=group_id, left_at__isnull=True)
        if not (known.joined_at if known else place.joined_at) <= word.said_at <= at:
            raise Invalid("saidAt", zh="应在入群之后、现在之前", en="it must lie between joining and now")
        if not await _heard(place, Word(word.said_at, way, actor), at=at):
            return False
        found = await FirstWord.get(member_id=word.member_id, group_id=group_id)
        after = {"group_id": group_id, "member_id": word.member_id, "said_at": word.said_at}
        await actor.audit("report_word", found, before=None, after=after, reason=None, at=at)
        return True


async def _heard(place: Membership, word: Word, *, at: datetime) -> bool:
    async with transaction():
        if not await FirstWord.keep(place.member_id, place.group_id, word, at=at):
            return False
        newcomer = await Newcomer.present(place.member_id, place.group_id)
        if newcomer:
            await newcomer.hear(word.said_at, actor=word.by, at=at)
        return True
