"""The schema, assembled: what can be asked, area by area."""

import strawberry
from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from engine.declare import Node
from resolvers.checkins.card import CardMutations, CardQueries
from resolvers.checkins.check_in import CheckInMutations, CheckInQueries
from resolvers.checkins.plan import PlanMutations, PlanQueries
from resolvers.checkins.squad import SquadMutations
from resolvers.checkins.squad_challenge import SquadChallengeMutations, SquadChallengeQueries
from resolvers.checkins.squad_diploma import SquadDiplomaMutations, SquadDiplomaQueries
from resolvers.checkins.void import VoidMutations
from resolvers.groups.announcement import AnnouncementMutations
from resolvers.groups.circle import CircleMutations, CircleQueries
from resolvers.groups.group import GroupMutations, GroupQueries
from resolvers.groups.invitation import InvitationMutations
from resolvers.groups.join_request import JoinRequestMutations
from resolvers.groups.membership import MembershipMutations
from resolvers.groups.moderation import ModerationMutations
from resolvers.groups.office import OfficeMutations
from resolvers.groups.rules import RulesMutations
from resolvers.groups.waitlist import WaitlistMutations
from resolvers.insight.board import BoardQueries, BoardSubscriptions
from resolvers.learning.attendance import AttendanceMutations, AttendanceQueries
from resolvers.learning.calendar_feed import CalendarFeedMutations, CalendarFeedQueries
from resolvers.learning.camp import CampMutations, CampQueries
from resolvers.learning.camp_certificate import CertificateMutations, CertificateQueries
from resolvers.learning.camp_place import CampPlaceMutations
from resolvers.learning.course import CourseMutations, CourseQueries
from resolvers.learning.course_session import CourseSessionMutations, CourseSessionQueries
from resolvers.learning.enrollment import EnrollmentMutations
from resolvers.learning.material import MaterialMutations
from resolvers.learning.question import QuestionMutations, QuestionQueries
from resolvers.learning.question_import import QuestionImportMutations, QuestionImportQueries
from resolvers.learning.quiz import QuizMutations, QuizQueries
from resolvers.learning.quiz_attempt import QuizAttemptMutations, QuizAttemptQueries
from resolvers.learning.quiz_results import QuizResultsQueries
from resolvers.learning.quiz_series import QuizSeriesMutations, QuizSeriesQueries
from resolvers.learning.teacher import TeacherMutations, TeacherQueries
from resolvers.learning.teacher_statistics import TeacherStatisticsQueries
from resolvers.learning.timetable import TimetableMutations, TimetableQueries
from resolvers.learning.warm_up import WarmUpMutations, WarmUpQueries
from resolvers.mall.address import AddressMutations
from resolvers.mall.fulfilment import FulfilmentMutations
from resolvers.mall.good import GoodMutations, GoodQueries
from resolvers.mall.order import OrderMutations, OrderQueries
from resolvers.mall.sku import SkuMutations
from resolvers.mall.store import StoreMutations, StoreQueries
from resolvers.mall.wish_list import WishListMutations
from resolvers.members.archive import ArchiveMutations
from resolvers.members.consent import ConsentMutations
from resolvers.members.file import MemberFileMutations, MemberFileQueries
from resolvers.members.introduction import IntroductionMutations
from resolvers.members.ladder import LadderMutations
from resolvers.members.personal_data import PersonalDataMutations, PersonalDataQueries
from resolvers.members.segment import SegmentMutations, SegmentQueries
from resolvers.members.session import SessionMutations
from resolvers.members.tag import TagMutations, TagQueries
from resolvers.members.wish import WishMutations, WishQueries
from resolvers.play.draw import DrawMutations, DrawQueries
from resolvers.play.draw_chance import DrawChanceMutations
from resolvers.play.prize_claim import PrizeClaimMutations, PrizeClaimQueries
from resolvers.play.red_packet import RedPacketMutations, RedPacketQueries
from resolvers.play.red_packet_policy import RedPacketPolicyMutations, RedPacketPolicyQueries
from resolvers.play.red_packet_rain import RedPacketRainMutations
from resolvers.play.red_packet_share import RedPacketShareMutations, RedPacketShareQueries
from resolvers.points.adjustment import AdjustmentMutations
from resolvers.points.budget import BudgetMutations, BudgetQueries
from resolvers.points.earn_rule import EarnRuleMutations, EarnRuleQueries
from resolvers.points.earning import EarningMutations, EarningQueries
from resolvers.points.expiry_policy import ExpiryPolicyMutations, ExpiryPolicyQueries
from resolvers.points.gift import GiftMutations, GiftQueries
from resolvers.points.grant_batch import GrantBatchMutations, GrantBatchQueries
from resolvers.points.group_fund import GroupFundMutations, GroupFundQueries
from resolvers.points.issuance import IssuanceQueries
from resolvers.points.level import LevelMutations, LevelQueries
from resolvers.spread.channel import ChannelMutations, ChannelQueries
from resolvers.spread.daily_brief import DailyBriefMutations, DailyBriefQueries
from resolvers.spread.forward_claim import ForwardClaimMutations, ForwardClaimQueries
from resolvers.spread.forward_task import ForwardTaskMutations, ForwardTaskQueries
from resolvers.spread.poster import PosterMutations, PosterQueries
from resolvers.spread.referral import ReferralMutations, ReferralQueries
from resolvers.spread.referral_policy import ReferralPolicyMutations, ReferralPolicyQueries
from resolvers.spread.scene_code import SceneCodeMutations, SceneCodeQueries
from resolvers.spread.visit import VisitMutations, VisitQueries
from resolvers.staff.api_key import ApiKeyMutations, ApiKeyQueries
from resolvers.staff.audit import AuditQueries
from resolvers.staff.staff import StaffMutations, StaffQueries
from resolvers.viewer import ViewerQueries
from schema.groups.group import Group
from schema.members.member import Member
from schema.scalars import SCALARS

Query = merge_types(
    "Query",
    (
        ViewerQueries,
        MemberFileQueries,
        PersonalDataQueries,
        WishQueries,
        TagQueries,
        SegmentQueries,
        CircleQueries,
        GroupQueries,
        DailyBriefQueries,
        ReferralQueries,
        ForwardTaskQueries,
        ForwardClaimQueries,
        ReferralPolicyQueries,
        PosterQueries,
        ChannelQueries,
        SceneCodeQueries,
        VisitQueries,
        CheckInQueries,
        BoardQueries,
        CardQueries,
        PlanQueries,
        SquadChallengeQueries,
        SquadDiplomaQueries,
        EarnRuleQueries,
        ExpiryPolicyQueries,
        GiftQueries,
        LevelQueries,
        EarningQueries,
        BudgetQueries,
        GrantBatchQueries,
        IssuanceQueries,
        GoodQueries,
        OrderQueries,
        StoreQueries,
        GroupFundQueries,
        RedPacketQueries,
        RedPacketShareQueries,
        RedPacketPolicyQueries,
        DrawQueries,
        PrizeClaimQueries,
        CampQueries,
        CertificateQueries,
        CourseQueries,
        CourseSessionQueries,
        AttendanceQueries,
        TeacherStatisticsQueries,
        TimetableQueries,
        TeacherQueries,
        WarmUpQueries,
        CalendarFeedQueries,
        QuestionQueries,
        QuestionImportQueries,
        QuizQueries,
        QuizAttemptQueries,
        QuizResultsQueries,
        QuizSeriesQueries,
        StaffQueries,
        AuditQueries,
        ApiKeyQueries,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        SessionMutations,
        ArchiveMutations,
        IntroductionMutations,
        ConsentMutations,
        WishMutations,
        PersonalDataMutations,
        MemberFileMutations,
        TagMutations,
        LadderMutations,
        SegmentMutations,
        CircleMutations,
        GroupMutations,
        MembershipMutations,
        JoinRequestMutations,
        InvitationMutations,
        WaitlistMutations,
        OfficeMutations,
        ModerationMutations,
        RulesMutations,
        AnnouncementMutations,
        DailyBriefMutations,
        ReferralMutations,
        ForwardTaskMutations,
        ForwardClaimMutations,
        ReferralPolicyMutations,
        PosterMutations,
        ChannelMutations,
        SceneCodeMutations,
        VisitMutations,
        CheckInMutations,
        CardMutations,
        PlanMutations,
        VoidMutations,
        SquadChallengeMutations,
        SquadMutations,
        SquadDiplomaMutations,
        AdjustmentMutations,
        EarnRuleMutations,
        ExpiryPolicyMutations,
        GiftMutations,
        LevelMutations,
        EarningMutations,
        BudgetMutations,
        GrantBatchMutations,
        GoodMutations,
        SkuMutations,
        OrderMutations,
        FulfilmentMutations,
        AddressMutations,
        WishListMutations,
        StoreMutations,
        GroupFundMutations,
        RedPacketMutations,
        RedPacketShareMutations,
        RedPacketRainMutations,
        RedPacketPolicyMutations,
        DrawMutations,
        DrawChanceMutations,
        PrizeClaimMutations,
        CampMutations,
        CampPlaceMutations,
        CertificateMutations,
        CourseMutations,
        CourseSessionMutations,
        EnrollmentMutations,
        AttendanceMutations,
        MaterialMutations,
        TimetableMutations,
        TeacherMutations,
        WarmUpMutations,
        CalendarFeedMutations,
        QuestionMutations,
        QuestionImportMutations,
        QuizMutations,
        QuizAttemptMutations,
        QuizSeriesMutations,
        StaffMutations,
        ApiKeyMutations,
    ),
)
Subscription = merge_types("Subscription", (BoardSubscriptions,))


def _describe(built: GraphQLSchema) -> None:
    """Say what merged and generic classes cannot: what the roots are, and of what each connection is a page."""
    for root, description in (
        (built.query_type, "What can be read."),
        (built.mutation_type, "What can be done: one act a field, answered by a payload of its own."),
        (built.subscription_type, "What can be watched."),
    ):
        if root:
            root.description = description
    for name, found in built.type_map.items():
        if isinstance(found, GraphQLObjectType):
            if name.endswith("Connection"):
                _describe_page(found, built.type_map.get(name.removesuffix("Connection")))
            elif name.endswith("Edge"):
                item = name.removesuffix("Edge")
                found.fields["cursor"].description = f"Where this `{item}` stands in its list."
                if item in built.type_map:
                    found.fields["node"].description = built.type_map[item].description
            elif name.endswith("Payload"):
                act = name[0].lower() + name[1:].removesuffix("Payload")
                found.fields["userErrors"].description = f"Why `{act}` was refused; empty where it was done."


def _describe_page(page: GraphQLObjectType, item: GraphQLNamedType | None) -> None:
    name = page.name.removesuffix("Connection")
    page.description = f"A page of a list of `{name}`. {item.description or '' if item else ''}".strip()
    page.fields["edges"].description = f"Each `{name}` of this page, and where it stands in the list."
    page.fields["pageInfo"].description = f"Where this page of `{name}` begins and ends."
    page.fields["totalCount"].description = f"How many `{name}` there are in all; counted where asked for."


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Node, Member, Group],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)

_describe(schema._schema)
