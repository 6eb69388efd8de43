"""Words that were said in a group outside this system: reported by a partner's bot, or by staff."""

from collections.abc import Sequence
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import Can
from auth.platforms import platform
from auth.scope import demand_group
from engine.cursor import decode_id, encode_id
from models.actor import Actor
from models.members.identity import Identity, PlatformName
from models.members.identity_kind import IdentityKind
from models.members.registration import issuer_of
from models.spread.speaking import ReportedWord, WordOutcome, report_words
from models.staff.right import StaffRight
from schema.errors import UserError
from schema.ids import id_of
from schema.payload import mutation
from schema.spread.newcomer_acts import ReportedWordInput, ReportedWordResult, ReportWordsInput, ReportWordsPayload


@strawberry.type
class WordMutations:
    @mutation(
        allow=Can(StaffRight.WORDS_REPORT),
        description="Report what members said in a group, each word by itself; again changes nothing.",
    )
    async def report_words(self, info: Info, input: ReportWordsInput) -> ReportWordsPayload:
        context: Context = info.context
        group_id = id_of("Group", input.group_id, field="groupId")
        await demand_group(context, group_id)
        words = await _words(input.words)
        outcomes = await report_words(group_id, words, actor=_actor(context), at=context.at)
        return ReportWordsPayload(results=[_result(one, context.locale) for one in outcomes])


def _actor(context: Context) -> Actor:
    if context.caller.kind is CallerKind.PARTNER and context.caller.id:
        return Actor.partner(context.caller.id)
    return Actor.staff(context.staff_id)


async def _words(given: Sequence[ReportedWordInput]) -> list[ReportedWord]:
    """The words with their members; those whom an openid names are looked up together."""
    openids = [one.openid for one in given if one.openid and not one.member_id]
    owners: dict[str, UUID] = {}
    if openids:
        issuer = issuer_of(PlatformName.WECHAT, platform(PlatformName.WECHAT).app_id)
        owners = await Identity.owners(IdentityKind.OPENID, issuer, openids)
    return [ReportedWord(_member(one, owners), one.said_at) for one in given]


def _member(given: ReportedWordInput, owners: dict[str, UUID]) -> UUID | None:
    if given.member_id is None:
        return owners.get(given.openid or "")
    decoded = decode_id(given.member_id)
    return decoded[1] if decoded and decoded[0] == "Member" else None


def _result(outcome: WordOutcome, locale: str) -> ReportedWordResult:
    # Who is not in the group is not named, or a key could be used to ask whose an openid is.
    is_known = outcome.member_id is not None and (outcome.refusal is None or outcome.refusal.code != "NOT_FOUND")
    return ReportedWordResult(
        member_id=strawberry.ID(encode_id("Member", outcome.member_id)) if is_known and outcome.member_id else None,
        is_news=outcome.is_news,
        error=UserError.of(outcome.refusal, locale) if outcome.refusal else None,
    )
