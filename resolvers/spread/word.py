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
from engine.cursor import decode_id
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
        results = [_result(given, one, context.locale) for given, one in zip(input.words, outcomes, strict=True)]
        return ReportWordsPayload(results=results)


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


def _result(given: ReportedWordInput, outcome: WordOutcome, locale: str) -> ReportedWordResult:
    # Only who named a member is told its id again, or a key could be used to ask whose an openid is.
    return ReportedWordResult(
        member_id=given.member_id if outcome.member_id else None,
        is_news=outcome.is_news,
        error=UserError.of(outcome.refusal, locale) if outcome.refusal else None,
    )
