"""A template of posters: a design under a name, that members put their own code, name and avatar into.

It begins as a draft that staff alone look at, in the guise of any member. Enabled, members make posters of it; disabled
again, none of its posters is drawn or handed out any more. Its version rises with every change of what is drawn, so
that posters which were drawn before are drawn anew.
"""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.record import Record
from models.spread.poster_design import PosterDesign
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates

NAME_MOST = 40
REASON_MOST = 200
TOLD = ("name", "design", "is_enabled", "version")


class PosterTemplateNameTaken(DomainError):
    code = "POSTER_TEMPLATE_NAME_TAKEN"
    zh = "已有同名海报模板"
    en = "There is a template of this name."
    field = "name"


class PosterTemplateChanged(DomainError):
    code = "POSTER_TEMPLATE_CHANGED"
    zh = "该模板刚被他人修改，请刷新后重试"
    en = "Somebody changed this template meanwhile; read it again."
    field = "expectedVersion"


class PosterTemplate(Record):
    name = fields.CharField(max_length=NAME_MOST)
    design: dict[str, Any] = fields.JSONField(description="A `PosterDesign`.")
    is_enabled = fields.BooleanField(default=False)
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "poster_template"
        constraints = (UniqueConstraint(fields=("name",), name="poster_template_name_once"),)
        indexes = (Index(fields=("created_at", "id"), name="poster_template_by_created"),)

    @classmethod
    async def draft(cls, name: str, design: PosterDesign, *, staff_id: UUID, at: datetime) -> Self:
        """A template that no member sees yet. Raises `PosterTemplateNameTaken`, `Invalid`."""
        template = cls(name=bounded_text(name, "name", least=1, most=NAME_MOST), created_at=at)
        template.design = design.checked().to_json()
        await template._keep("draft_poster_template", None, None, staff_id=staff_id, at=at)
        return template

    @classmethod
    async def change(
        cls,
        id: UUID,
        name: str,
        design: PosterDesign,
        *,
        expected_version: int,
        reason: str,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Say all of a template anew.

        Raises `PosterTemplateChanged` where it is not the version that was read, `PosterTemplateNameTaken`, `Invalid`,
        `NotFound`.
        """
        said = bounded_text(name, "name", least=1, most=NAME_MOST) or ""
        kept, why = design.checked().to_json(), bounded_text(reason, "reason", least=1, most=REASON_MOST)
        template = await cls.existing(id, field="templateId")
        if template.version != expected_version:
            raise PosterTemplateChanged()
        before = columns_of(template, *TOLD)
        template.name, template.design, template.version = said, kept, expected_version + 1
        await template._keep("change_poster_template", before, why, staff_id=staff_id, at=at)
        return template

    @classmethod
    async def enable(cls, id: UUID, *, is_enabled: bool, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Let members have posters of it, or take them away. Raises `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        template = await cls.existing(id, field="templateId")
        before = columns_of(template, *TOLD)
        template.is_enabled = is_enabled
        async with transaction():
            await cls.filter(id=id).update(is_enabled=is_enabled)
            await template._audit("enable_poster_template", before, why, staff_id=staff_id, at=at)
        return template

    @classmethod
    async def enabled(cls, id: UUID) -> Self:
        """A template that members have posters of, or `NotFound`."""
        template = await cls.existing(id, field="templateId")
        if not template.is_enabled:
            raise NotFound(field="templateId")
        return template

    @property
    def drawing(self) -> PosterDesign:
        return PosterDesign.from_json(self.design)

    async def _keep(
        self, action: str, before: dict[str, object] | None, reason: str | None, *, staff_id: UUID, at: datetime
    ) -> None:
        """Write this template, new where nothing was before; one statement decides which of two editors was first."""
        try:
            async with transaction():
                if before is None:
                    await self.save(force_create=True)
                elif (
                    not await type(self)
                    .filter(id=self.id, version=self.version - 1)
                    .update(name=self.name, design=self.design, version=self.version)
                ):
                    raise PosterTemplateChanged()
                await self._audit(action, before, reason, staff_id=staff_id, at=at)
        except IntegrityError as error:
            if violates(error, type(self), "poster_template_name_once"):
                raise PosterTemplateNameTaken() from None
            raise

    async def _audit(
        self, action: str, before: dict[str, object] | None, reason: str | None, *, staff_id: UUID, at: datetime
    ) -> None:
        after = columns_of(self, *TOLD)
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )
