"""An acceptance: the word of an operator who publishes a task in the mini-program though it breaks sharing rules.

It keeps who said it, when, about which version, and every clause as it was worded then. It is never changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.play.draw import Draw, DrawState
from models.play.draw_terms import ChanceSource
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.record import Record
from models.spread.forward_task import ForwardTask
from models.spread.forward_terms import ForwardTerms
from models.spread.referral_policy import ReferralPolicy
from models.spread.sharing_rules import Clause, Surroundings, violated
from store.engines.guards import AppendOnly

WORDS_LEAST, WORDS_MOST = 10, 500


class SharingRulesViolated(DomainError):
    code = "SHARING_RULES_VIOLATED"
    zh = "违反平台分享规则，不能在小程序发布：{clauses_zh}"
    en = "This breaks the platform's sharing rules and cannot be published in the mini-program: {clauses_en}"
    field = "acceptance"

    def __init__(self, clauses: Sequence[Clause]) -> None:
        super().__init__(
            clauses_zh="；".join(f"[{one.code}] {one.zh}" for one in clauses),
            clauses_en=" ".join(f"[{one.code}] {one.en}" for one in clauses),
        )


@dataclass(frozen=True)
class Accepted:
    """What an operator takes upon itself: its words, and the codes of the clauses that it was shown."""

    words: str
    clauses: frozenset[str]

    @classmethod
    def of(cls, words: str | None, clauses: Sequence[str]) -> Self | None:
        return cls(words, frozenset(clauses)) if words else None


class SharingAcceptance(Record):
    task: fields.ForeignKeyRelation[ForwardTask] = fields.ForeignKeyField(
        "models.ForwardTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    version = fields.IntField(description="The version of the task that it is about.")
    words = fields.CharField(max_length=WORDS_MOST, description="What the operator wrote.")
    clauses: list[dict[str, Any]] = fields.JSONField(description="Code, words and source of each clause, as of then.")
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sharing_acceptance"
        constraints = (UniqueConstraint(fields=("task_id", "version"), name="sharing_acceptance_once"),)
        guards = (AppendOnly("sharing_acceptance"),)

    @classmethod
    async def demand(
        cls, task: ForwardTask, given: Accepted | None, *, staff_id: UUID, at: datetime
    ) -> tuple[list[Clause], Self | None]:
        """The clauses that a task breaks which is about to be open under its version, once they are accepted.

        In the mini-program they need the operator's words, and each of them to be named as accepted, so that nobody
        accepts what has come up since it looked; elsewhere they are warnings. Raises `SharingRulesViolated`, which
        names all of them, and `Invalid` for words too short or too long.
        """
        clauses = violated(task.terms, await surroundings(task.terms, at=at))
        if not clauses or not task.in_mini_program:
            return clauses, None
        if given is None or not {one.code for one in clauses} <= given.clauses:
            raise SharingRulesViolated(clauses)
        said = bounded_text(given.words, "acceptance", least=WORDS_LEAST, most=WORDS_MOST) or ""
        told = [{"code": one.code, "zh": one.zh, "en": one.en, "source": one.source} for one in clauses]
        accepted = await cls.create(
            task_id=task.id, version=task.version, words=said, clauses=told, staff_id=staff_id, created_at=at
        )
        return clauses, accepted


async def surroundings(terms: ForwardTerms, *, at: datetime) -> Surroundings:
    """What decides beside the task, as it stands at `at`."""
    rules = await EarnRule.in_force(Behaviour.INVITED_REGISTERED)
    policy = await ReferralPolicy.current()
    draws = await Draw.filter(state=DrawState.PUBLISHED, ends_at__gt=at)
    return Surroundings(
        pays_newcomers=any(not rule.is_over(at) and not rule.is_paused for rule in rules),
        levels_paid=policy.levels_paid,
        draws_for_invites=any(draw.rule_of(ChanceSource.INVITE) is not None for draw in draws),
    )
