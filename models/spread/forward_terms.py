"""The terms of a forwarding task as staff say them, checked as a whole before anything of them is written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from models.errors import Invalid, bounded_text, picture_address, within
from models.members.audience import EVERYBODY, Audience
from models.spread.invite_stage_name import InviteStage

OF_THE_MINI_PROGRAM = "小程序外的任务不能使用"
MATERIALS_MOST = 20
MILESTONES_MOST = 10
POINTS_MOST = 100_000
PEOPLE_MOST = 100_000
LONGEST = timedelta(days=400)
COPY_MOST = 1_000
HOURS_MOST = 24 * 60


class ForwardProofMode(StrEnum):
    """What shows that a member has done its part."""

    HONOUR = "honour"
    VISITS = "visits"
    CONVERSIONS = "conversions"
    SCREENSHOT = "screenshot"


COUNTED = (ForwardProofMode.VISITS, ForwardProofMode.CONVERSIONS)
"""Modes that nobody claims in: what comes by a member's code is counted."""


class MaterialKind(StrEnum):
    """What a member is given to send."""

    COPY = "copy"
    PICTURE = "picture"
    LINK = "link"
    CARD = "card"
    POSTER = "poster"


class ForwardTarget(StrEnum):
    """Where it is to be sent."""

    MOMENTS = "moments"
    GROUPS = "groups"
    FRIEND = "friend"


class Measure(StrEnum):
    """What a milestone counts: visits by the code, or who of those that came by it has reached a stage."""

    VISITS = "visits"
    REGISTERED = InviteStage.REGISTERED.value
    INTRODUCED = InviteStage.INTRODUCED.value
    FIRST_CHECK_IN = InviteStage.FIRST_CHECK_IN.value
    FIRST_PURCHASE = InviteStage.FIRST_PURCHASE.value


class Exclusion(StrEnum):
    """Visits that do not count for a task."""

    SELF = "self"
    KNOWN = "known"
    DEVICE = "device"
    BURST = "burst"
    CIRCLE_MATE = "circle_mate"


class SharingProfile(StrEnum):
    """By which rules the texts and rewards of a task are looked at."""

    STRICT = "strict"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Material:
    """One thing ready to send; `page` is of the mini-program, `address` outside it."""

    kind: MaterialKind
    text: str | None = None
    picture_url: str | None = None
    address: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "kind": MaterialKind(stored["kind"])})

    def to_json(self) -> dict[str, Any]:
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    def checked(self) -> Self:
        """This material as it is kept, or `Invalid`."""
        text = bounded_text(self.text, "materials.text", most=COPY_MOST) or None
        picture_url = picture_address(self.picture_url, "materials.pictureUrl")
        address = picture_address(self.address, "materials.address")
        wanted = {MaterialKind.COPY: text, MaterialKind.PICTURE: picture_url, MaterialKind.LINK: address}
        if wanted.get(self.kind, "") is None:
            raise Invalid("materials", zh="素材内容不完整", en="something of this material is missing")
        return replace(self, text=text, picture_url=picture_url, address=address)


@dataclass(frozen=True)
class Target:
    """A place to send it to, and how many of it."""

    kind: ForwardTarget
    count: int = 1

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(ForwardTarget(stored["kind"]), stored["count"])


@dataclass(frozen=True)
class Milestone:
    """So many of a measure pay so many points, once."""

    measure: Measure
    count: int
    points: int

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(Measure(stored["measure"]), stored["count"], stored["points"])

    @property
    def cause(self) -> str:
        """By which a claim is paid for it once."""
        return f"{self.measure}:{self.count}"

    def checked(self, mode: ForwardProofMode) -> Self:
        """This milestone, or `Invalid`."""
        within("milestones.count", self.count, 1, PEOPLE_MOST)
        within("milestones.points", self.points, 1, POINTS_MOST)
        if (self.measure is Measure.VISITS) != (mode is ForwardProofMode.VISITS):
            raise Invalid("milestones.measure", zh="与证明方式不符", en="it does not fit the way of proof")
        return self


@dataclass(frozen=True)
class ForwardTerms:
    """`points` are for a claim of honour or with a screenshot; the counted modes are paid by `milestones`.

    `sample_percent` of the claims of honour are looked at; who fails is barred from such tasks for `bar_days`. Points
    are pending for `hold_hours`. `promotes_virtual` says that what is spread is a virtual good or service,
    `is_required` that members must forward before they may go on, `gives_chance` that doing it, once it is paid,
    counts where draws give chances for tasks. `page` is where the code leads.

    A task outside the mini-program (`in_mini_program` false) has nothing that leads into it: no cards, no posters, no
    page and no codes, and so nothing that comes by codes is counted for it.
    """

    title: str
    mode: ForwardProofMode
    starts_at: datetime
    ends_at: datetime
    materials: tuple[Material, ...]
    description: str | None = None
    targets: tuple[Target, ...] = (Target(ForwardTarget.FRIEND),)
    audience: Audience = EVERYBODY
    total_most: int | None = None
    day_most: int | None = None
    budget_id: UUID | None = None
    points: int = 0
    milestones: tuple[Milestone, ...] = ()
    hold_hours: int = 24
    sample_percent: int = 10
    proof_hours: int = 48
    bar_days: int = 30
    exclusions: tuple[Exclusion, ...] = tuple(Exclusion)
    profile: SharingProfile = SharingProfile.STRICT
    in_mini_program: bool = True
    promotes_virtual: bool = False
    is_required: bool = False
    gives_chance: bool = False
    page: str | None = None

    def checked(self) -> Self:
        """These terms as they are kept, or `Invalid`."""
        if not timedelta(minutes=1) <= self.ends_at - self.starts_at <= LONGEST:
            raise Invalid("endsAt", zh="活动时长应为 1 分钟至 400 天", en="a task lasts a minute to 400 days")
        self._check_numbers()
        self._check_rewards()
        self._check_place()
        if not 1 <= len(self.materials) <= MATERIALS_MOST:
            raise Invalid("materials", zh=f"应为 1–{MATERIALS_MOST} 份", en=f"there must be 1 to {MATERIALS_MOST}")
        kinds = [one.kind for one in self.targets]
        if not kinds or len(set(kinds)) < len(kinds):
            raise Invalid("targets", zh="至少一个且不重复", en="name one at least, and each once")
        return replace(
            self,
            title=bounded_text(self.title, "title", least=1, most=60) or "",
            description=bounded_text(self.description, "description", most=4_000) or None,
            materials=tuple(one.checked() for one in self.materials),
            audience=self.audience.checked(),
            exclusions=tuple(sorted(set(self.exclusions))),
        )

    def _check_numbers(self) -> None:
        for name, value, least, most in (
            ("totalMost", self.total_most, 1, 10_000_000),
            ("dayMost", self.day_most, 1, 10_000_000),
            ("points", self.points, 0, POINTS_MOST),
            ("holdHours", self.hold_hours, 0, HOURS_MOST),
            ("samplePercent", self.sample_percent, 0, 100),
            ("proofHours", self.proof_hours, 1, HOURS_MOST),
            ("barDays", self.bar_days, 0, 366),
        ):
            within(name, value, least, most)
        for target in self.targets:
            within("targets.count", target.count, 1, 50)

    def _check_rewards(self) -> None:
        if self.is_counted and (self.points or not self.milestones):
            raise Invalid("milestones", zh="该方式按里程碑发放积分", en="this way of proof is paid by milestones")
        if self.gives_chance and not self.points_most:
            raise Invalid("givesChance", zh="须同时发放积分", en="a task that gives a chance pays points as well")
        if not self.is_counted and self.milestones:
            raise Invalid("milestones", zh="该方式不支持里程碑", en="this way of proof has no milestones")
        found = [one.checked(self.mode).cause for one in self.milestones]
        if len(found) > MILESTONES_MOST or len(set(found)) < len(found):
            zh, en = f"最多 {MILESTONES_MOST} 个且不重复", f"at most {MILESTONES_MOST}, each once"
            raise Invalid("milestones", zh=zh, en=en)

    def _check_place(self) -> None:
        if self.in_mini_program:
            return
        en = "a task outside the mini-program leads nobody into it"
        if self.is_counted:
            raise Invalid("mode", zh="小程序外的任务不能按码计数", en=en)
        if self.page is not None:
            raise Invalid("page", zh=f"{OF_THE_MINI_PROGRAM}小程序页面", en=en)
        if any(one.kind in (MaterialKind.CARD, MaterialKind.POSTER) for one in self.materials):
            raise Invalid("materials", zh=f"{OF_THE_MINI_PROGRAM}小程序卡片或海报", en=en)

    @property
    def is_counted(self) -> bool:
        return self.mode in COUNTED

    @property
    def points_most(self) -> int:
        """The most that one member can be paid."""
        return self.points + sum(one.points for one in self.milestones)

    def columns(self) -> dict[str, Any]:
        """The columns of a task that bear these terms."""
        lists = {
            "materials": [one.to_json() for one in self.materials],
            "targets": [{"kind": str(one.kind), "count": one.count} for one in self.targets],
            "milestones": [asdict(one) | {"measure": str(one.measure)} for one in self.milestones],
            "exclusions": [str(one) for one in self.exclusions],
            "audience": self.audience.to_json(),
        }
        return {name: getattr(self, name) for name in ForwardTerms.__dataclass_fields__} | lists

    @classmethod
    def of(cls, kept: object) -> Self:
        """The terms that the columns of a task bear."""
        given: dict[str, Any] = {name: getattr(kept, name) for name in cls.__dataclass_fields__}
        return cls(**given | _lists(given))


def _lists(given: Mapping[str, Any]) -> dict[str, Any]:
    def all_of(name: str, read: Any) -> tuple[Any, ...]:
        stored: Sequence[Any] = given[name]
        return tuple(read(one) for one in stored)

    return {
        "materials": all_of("materials", Material.from_json),
        "targets": all_of("targets", Target.from_json),
        "milestones": all_of("milestones", Milestone.from_json),
        "exclusions": all_of("exclusions", Exclusion),
        "audience": Audience.from_json(given["audience"]),
    }
