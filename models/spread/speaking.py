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
from models.members.member import Member
from models.spread.first_word import FirstWord, Word, WordWay
from models.spread.newcomer import Newcomer
from models.staff.audit import columns_of
from store.clock import as_instant
from store.database import fetch, transaction

REPORTED_AT_ONCE = 100
_KNOWN = (
    "SELECT 1 FROM first_word w WHERE w.member_id = $1 AND w.group_id = $2 AND w.said_at <= $3 "
    "AND NOT EXISTS (SELECT 1 FROM newcomer n WHERE n.member_id = w.member_id AND n.group_id = w.group_id "
    "AND n.left_at IS NULL AND n.spoke_at IS NULL)"
)
_STAYS = (
    "SELECT (SELECT s.joined_at FROM membership s WHERE s.member_id = $1 AND s.group_id = $2) AS joined_at, "
    "(SELECT MIN(n.joined_at) FROM newcomer n WHERE n.member_id = $1 AND n.group_id = $2) AS first_joined_at"
)


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
    """A member has said something in a group itself; whether it was its first word there.

    The caller's transaction holds the member's row.
    """
    if await _is_known(place.member_id, place.group_id, at):
        return False
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
    await _demand_said_here(word.member_id, group_id, word.said_at, at=at)
    if await _is_known(word.member_id, group_id, word.said_at):
        return False
    async with transaction():
        await Member.bump(word.member_id)
        # Read again: only now nobody comes or goes meanwhile.
        place = await Membership.of(word.member_id, group_id)
        before = await FirstWord.get_or_none(member_id=word.member_id, group_id=group_id)
        if not await _heard(place, Word(word.said_at, way, actor), at=at):
            return False
        found = await FirstWord.get(member_id=word.member_id, group_id=group_id)
        told = {"group_id": group_id, "member_id": word.member_id}
        earlier = told | columns_of(before, "said_at", "way") if before else None
        after = told | columns_of(found, "said_at", "way")
        await actor.audit("report_word", found, before=earlier, after=after, reason=None, at=at)
        return True


async def _demand_said_here(member_id: UUID, group_id: UUID, said_at: datetime, *, at: datetime) -> None:
    """Raise `NotFound` for who is not in the group, and `Invalid` for a word from before its first stay or to come."""
    [row] = await fetch(_STAYS, member_id, group_id)
    if row["joined_at"] is None:
        raise NotFound(field="memberId")
    began = min(as_instant(one) for one in (row["joined_at"], row["first_joined_at"]) if one)
    if not began <= said_at <= at:
        raise Invalid("saidAt", zh="应在入群之后、现在之前", en="it must lie between joining and now")


async def _is_known(member_id: UUID, group_id: UUID, said_at: datetime) -> bool:
    """Whether a word as early is known and was heard: most that is said is nothing new, which one read tells."""
    return bool(await fetch(_KNOWN, member_id, group_id, said_at))


async def _heard(place: Membership, word: Word, *, at: datetime) -> bool:
    """Keep a word, and have the newcomer heard whom it is of; the caller's transaction holds the member's row.

    A newcomer who counts as silent although a word is known is heard by that one.
    """
    async with transaction():
        newcomer = await Newcomer.present(place.member_id, place.group_id)
        is_news = await FirstWord.keep(place.member_id, place.group_id, word, at=at)
        if newcomer and (is_news or newcomer.spoke_at is None):
            first = await FirstWord.get(member_id=place.member_id, group_id=place.group_id)
            await newcomer.hear(first.said_at, actor=word.by, at=at)
        return is_news
