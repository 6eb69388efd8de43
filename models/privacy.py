"""What we keep about members, table by table and column by column: the list that export and erasure go by.

Every column of a table with rows about members has one of four classes:

    identity    says who the member is (names, openids, phones, addresses of pictures)
    sensitive   what the member wrote, or what is nobody's business (texts, birthday, reasons)
    business    what the member did and was paid, kept as ciphers of a person nobody can name any more
    technical   ids, hashes, counters and sealed secrets; it is left out of an export

Erasure empties identity and sensitive columns, or deletes the row. A test fails while a table or column is in no class.
"""

from dataclasses import dataclass
from enum import StrEnum


class DataClass(StrEnum):
    IDENTITY = "identity"
    SENSITIVE = "sensitive"
    BUSINESS = "business"
    TECHNICAL = "technical"


class Erasure(StrEnum):
    """What becomes of the rows of an erased member."""

    CLEAR = "clear"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True)
class PersonalTable:
    """A table with rows about members. `owners` are the columns that name the member a row is about.

    `erased` says what becomes of the rows; a table that is kept has nothing to clear.
    """

    owners: tuple[str, ...]
    columns: dict[str, DataClass]
    erased: Erasure

    def of_class(self, *classes: DataClass) -> list[str]:
        return [column for column, found in self.columns.items() if found in classes]


def personal(
    *owners: str,
    erased: Erasure,
    identity: str = "",
    sensitive: str = "",
    business: str = "",
    technical: str = "id",
) -> PersonalTable:
    """A table's columns by class, each a list of names with spaces between."""
    named = {
        DataClass.IDENTITY: identity,
        DataClass.SENSITIVE: sensitive,
        DataClass.BUSINESS: business,
        DataClass.TECHNICAL: technical,
    }
    columns = {column: found for found, names in named.items() for column in names.split()}
    return PersonalTable(owners, columns, erased)


PERSONAL: dict[str, PersonalTable] = {
    # members
    "member": personal(
        "id",
        erased=Erasure.CLEAR,
        identity="nickname avatar_url real_name",
        sensitive="gender birthday region occupation interests",
        business="status muted_until is_hidden_from_boards is_staff is_returning joined_at last_active_at invite_code",
        technical="id version",
    ),
    "identity": personal(
        "member_id",
        erased=Erasure.DELETE,
        identity="value masked_phone",
        business="kind issuer verified_at first_seen_at last_seen_at",
        technical="id member_id value_hash sealed_phone sealed_session_key",
    ),
    "introduction": personal(
        "member_id",
        erased=Erasure.DELETE,
        identity="name",
        sensitive="age likes good_at hopes",
        business="version is_latest published_at",
        technical="id member_id",
    ),
    "introduction_draft": personal(
        "inviter_id",
        "invitee_id",
        erased=Erasure.DELETE,
        identity="name",
        sensitive="age likes good_at hopes",
        business="inviter_id invitee_id invite_code drafted_at claimed_at",
        technical="id",
    ),
    "wish": personal(
        "member_id", erased=Erasure.DELETE, sensitive="text", business="kind shared_at", technical="id member_id"
    ),
    "consent": personal("member_id", erased=Erasure.KEEP, business="kind version act at", technical="id member_id"),
    "member_status_change": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="status_before status until reason by_kind by_id changed_at",
        technical="id member_id",
    ),
    "member_tag": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="tag_id source created_at expires_at",
        technical="id member_id single_group_id by_staff_id",
    ),
    "member_ladder": personal(
        "member_id", erased=Erasure.KEEP, business="step since hold_until", technical="id member_id"
    ),
    "ladder_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="evidence reason",
        business="step_before step cause hold_until by_kind by_id changed_at",
        technical="id member_id",
    ),
    "segment_snapshot_member": personal(
        "member_id", erased=Erasure.DELETE, business="snapshot_id", technical="id member_id"
    ),
    "session": personal(
        "subject_id",
        erased=Erasure.DELETE,
        business="kind created_at ended_at access_expires_at",
        technical="id subject_id access_hash",
    ),
    # groups
    "membership": personal(
        "member_id",
        erased=Erasure.DELETE,
        identity="nickname nickname_key",
        business="group_id role muted_until joined_at",
        technical="id member_id",
    ),
    "membership_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="group_id kind scene role role_before muted_until by_kind by_id happened_at",
        technical="id member_id",
    ),
    "group_block": personal(
        "member_id",
        erased=Erasure.DELETE,
        sensitive="reason",
        business="group_id by_kind by_id created_at",
        technical="id member_id",
    ),
    "join_request": personal(
        "member_id",
        erased=Erasure.DELETE,
        sensitive="message reason",
        business="group_id status created_at expires_at decided_at by_kind by_id",
        technical="id member_id",
    ),
    "group_rules_acceptance": personal(
        "member_id", erased=Erasure.KEEP, business="accepted_at rules_id", technical="id member_id"
    ),
    "waitlist_entry": personal(
        "member_id", erased=Erasure.DELETE, business="created_at group_id", technical="id member_id"
    ),
    # checkins
    "check_in": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="content photo_url",
        business="plan_id plan_version group_id business_day kind day_index streak_days points_paid voided_at "
        "created_at",
        technical="id member_id",
    ),
    "check_in_card": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="plan_id kind source acquired_at expires_at used_at used_for",
        technical="id member_id",
    ),
    "streak": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="plan_id current_days longest_days total_days cycle_done run_started_on last_day cycle_started_on "
        "updated_at",
        technical="id member_id",
    ),
    # checkins: squads
    "squad": personal(
        "captain_id",
        erased=Erasure.KEEP,
        business="challenge_id name captain_id state is_open is_matched size_most taken seats vacant settled_through "
        "done_days missed_days is_whole created_at started_at ended_at due_at",
        technical="id code",
    ),
    "squad_place": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="challenge_id squad_id state is_substitute seat first_day last_day done_days missed_days stake tier "
        "points_paid created_at joined_at ended_at",
        technical="id member_id",
    ),
    "squad_mark": personal(
        "member_id", erased=Erasure.KEEP, business="day is_done settled_at", technical="id member_id place_id"
    ),
    "squad_diploma": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="challenge_id squad_id number issued_at withdrawn_at withdrawn_by",
        technical="id member_id place_id",
    ),
    "squad_notice": personal(
        "member_id",
        "sender_id",
        erased=Erasure.DELETE,
        business="challenge_id squad_id sender_id kind day created_at",
        technical="id member_id key",
    ),
    # points
    "account": personal(
        "holder_id",
        erased=Erasure.KEEP,
        business="holder currency bucket balance earned_total",
        technical="id holder_id",
    ),
    "point_entry": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="currency bucket amount balance_after reason source rule_id rule_version note reversal_of "
        "available_at earned_at expires_at posted_at staff_id",
        technical="id member_id account_id transfer_id",
    ),
    "point_lot": personal(
        "member_id", erased=Erasure.KEEP, business="expires_at remaining", technical="id member_id account_id"
    ),
    "point_hold": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="source amount until captured outcome ended_at created_at",
        technical="id member_id entry_id",
    ),
    "point_gift": personal(
        "sender_id",
        "receiver_id",
        erased=Erasure.CLEAR,
        sensitive="note",
        business="sender_id receiver_id amount created_at",
        technical="id",
    ),
    "expiry_notice": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="last_day days_before amount created_at",
        technical="id member_id",
    ),
    "earning": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="rule_id rule_code behaviour source number facts target pair_id budget_id amount growth needs_review "
        "created_at release_at released_at reversed_at",
        technical="id member_id",
    ),
    "earn_cause": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="behaviour source facts target pair_id circle_id refusal created_at",
        technical="id member_id",
    ),
    "grant_row": personal(
        "member_id",
        erased=Erasure.CLEAR,
        identity="name",
        sensitive="note",
        business="batch_id position named_by amount problem paid_at",
        technical="id member_id",
    ),
    "member_level": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="position since growth_before growth_offset valid_until due_at keep_growth grace_days",
        technical="id member_id",
    ),
    "level_change": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="position_before position cause growth by_staff_id changed_at",
        technical="id member_id",
    ),
    "level_gift": personal(
        "member_id", erased=Erasure.KEEP, business="position points given_at", technical="id member_id"
    ),
    "point_adjustment": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="kind currency amount entry_id reason staff_id created_at",
        technical="id member_id",
    ),
    # mall
    "address": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="is_default created_at updated_at",
        technical="id member_id sealed",
    ),
    "mall_order": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="note",
        business="number good_id sku_id circle_id status kind good_name sku_name picture_url quantity unit_points "
        "points cash_minor refunded_points refunded_cash_minor returned_quantity is_cancellable receive_days "
        "after_sale_days pick_up_days pick_up_lapse target_id carrier tracking_number placed_at confirmed_at "
        "shipped_at received_at ended_at due_at",
        technical="id member_id debit_entry_id",
    ),
    "order_address": personal("member_id", erased=Erasure.DELETE, business="order_id", technical="id member_id sealed"),
    "order_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="order_id status by_kind by_id changed_at",
        technical="id member_id",
    ),
    "order_refund": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="order_id number points cash_minor pieces by_kind by_id created_at",
        technical="id member_id",
    ),
    "pick_up": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="order_id expires_at used_at staff_id store_id created_at",
        technical="id member_id sealed_code code_hash",
    ),
    "restock_notice": personal(
        "member_id", erased=Erasure.DELETE, business="sku_id asked_at due_at", technical="id member_id"
    ),
    "wish_list_entry": personal(
        "member_id", erased=Erasure.DELETE, business="good_id created_at", technical="id member_id"
    ),
    # play
    "red_packet": personal(
        "sender_id",
        "recipient_id",
        erased=Erasure.CLEAR,
        sensitive="greeting cover_url password",
        business="sender_kind by_kind by_id rain_id group_id cause mode occasion total share_count share_least "
        "share_most best_position audience gate gate_source state taken refunded opens_at closes_at closed_at "
        "created_at",
        technical="id sender_id recipient_id debit_entry_id",
    ),
    "red_packet_rain": personal(
        "sender_id",
        erased=Erasure.KEEP,
        business="sender_kind by_kind by_id group_id drops seconds_between starts_at created_at",
        technical="id sender_id",
    ),
    "red_packet_share": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="thanks",
        business="position amount grabbed_at thanked_at",
        technical="id packet_id member_id",
    ),
    # play: draws
    "draw_chance": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="draw_id source cause count used given_back expires_at created_at refunded_at",
        technical="id member_id",
    ),
    "draw_entry": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="draw_id number created_at",
        technical="id member_id entrant chance_id",
    ),
    "draw_result": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="draw_id sequence business_day day_index version segment is_forced wanting unmet prize_id "
        "prize_number points pick_number created_at",
        technical="id member_id entrant chance_id seed_number client_text roll_bound roll_number pity_before "
        "pity_after rolled_prize_id",
    ),
    "draw_result_void": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="result_id void_id points_back shortfall kept created_at",
        technical="id member_id",
    ),
    "prize_claim": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="note code",
        business="draw_id prize_id result_id prize_number state expires_at address_id staff_id created_at claimed_at "
        "fulfilled_at closed_at",
        technical="id member_id",
    ),
    # learning: camps
    "camp_place": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="camp_id state first_day settled_through done_days missed_days made_up_days is_lost points "
        "signed_up_at joined_at ended_at due_at",
        technical="id member_id debit_entry_id",
    ),
    "camp_day": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="camp_id day outcome settled_at made_up_at",
        technical="id member_id place_id",
    ),
    "camp_post": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="words pictures void_reason",
        business="camp_id task_id day is_late is_showcase created_at voided_at",
        technical="id member_id place_id",
    ),
    "camp_finish": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="camp_id points finished_at created_at",
        technical="id member_id place_id",
    ),
    "camp_certificate": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="camp_id number issued_at expires_at withdrawn_at withdrawn_by",
        technical="id member_id place_id",
    ),
    "camp_notice": personal(
        "member_id", erased=Erasure.DELETE, business="camp_id kind day created_at", technical="id member_id"
    ),
    # learning: courses
    "teacher": personal(
        "member_id",
        erased=Erasure.CLEAR,
        identity="name picture",
        sensitive="bio",
        business="title is_active version created_at",
        technical="id member_id staff_id",
    ),
    # learning: classrooms
    "enrollment": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="course_id state way points order_id created_at seated_at ended_at",
        technical="id member_id debit_entry_id",
    ),
    "enrollment_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="enrollment_id state refunded by_kind by_id changed_at",
        technical="id member_id",
    ),
    "attendance": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="session_id course_id number way minutes is_late arrived_at by_kind by_id created_at voided_at",
        technical="id member_id",
    ),
    "watching": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="session_id pieces watched_seconds position client_at began_at updated_at",
        technical="id member_id used_until",
    ),
    "course_completion": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="course_id percent minutes completed_at revoked_at",
        technical="id member_id",
    ),
    "session_feedback": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="words",
        business="session_id score recommends created_at",
        technical="id member_id",
    ),
    "course_notice": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="course_id session_id kind mark session_count reason created_at",
        technical="id member_id subject_id",
    ),
    "calendar_feed": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="kind group_id created_at revoked_at",
        technical="id member_id staff_id holder hash",
    ),
    # learning: quizzes
    "quiz_attempt": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="quiz_id quiz_version number state overdue started_at deadline_at submitted_at later_at graded_at "
        "is_late was_overdue points points_most score is_passed",
        technical="id member_id seed",
    ),
    "quiz_answer": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="response words",
        business="attempt_id position question_id question_version_id graded_version_id rule points_most answered_at "
        "points is_right needs_marker marked_by marked_at rubric handed_in_at",
        technical="id member_id presentation sequence",
    ),
    "quiz_standing": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="quiz_id graded score best submitted_at passed_at paid",
        technical="id member_id",
    ),
    "question_standing": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="question_id attempt_id is_right answered wrong last_at",
        technical="id member_id answer_id",
    ),
    "repractice": personal(
        "member_id",
        erased=Erasure.DELETE,
        sensitive="response",
        business="question_id question_version_id is_right created_at",
        technical="id member_id",
    ),
    "quiz_notice": personal(
        "member_id", erased=Erasure.DELETE, business="quiz_id minutes_before created_at", technical="id member_id"
    ),
    "attempt_change": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="attempt_id answer_id regrade_id answer_points_before answer_points points_before points score_before "
        "score was_passed is_passed taken_back kept reason staff_id created_at",
        technical="id member_id",
    ),
    # insight
    "board_result": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="metric scope scope_id window period rank score reached_at frozen_at",
        technical="id member_id",
    ),
    # spread
    "referral": personal(
        "inviter_id",
        "invitee_id",
        erased=Erasure.KEEP,
        business="inviter_id invitee_id created_at activated_at",
        technical="id ordinal root_id depth trunk path is_counted is_activation_counted needs_counting",
    ),
    "referral_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason proof",
        business="kind inviter_before_id inviter_after_id takes_back by_kind by_id changed_at",
        technical="id member_id",
    ),
    "referral_stage": personal(
        "invitee_id", erased=Erasure.KEEP, business="stage reached_at voided_at", technical="id invitee_id"
    ),
    "referral_reward": personal(
        "member_id",
        "invitee_id",
        erased=Erasure.KEEP,
        business="invitee_id stage level levels_paid behaviour amount state note created_at changed_at",
        technical="id member_id",
    ),
    "referral_tier_award": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="stage people amount state created_at changed_at",
        technical="id member_id",
    ),
    "referral_finding": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="kind state found_at decided_at",
        technical="id cause member_id named staff_id",
    ),
    # spread: newcomers
    "newcomer": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="group_id zone day_start_hour days steps state joined_at joined_on ends_at due_at spoke_at spoke_day "
        "marked_at lifted_at left_at",
        technical="id member_id membership_id",
    ),
    "first_word": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="group_id said_at way by_kind by_id reported_at",
        technical="id member_id",
    ),
    "newcomer_change": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="reason",
        business="group_id kind until by_kind by_id happened_at",
        technical="id newcomer_id member_id",
    ),
    "newcomer_note": personal(
        "member_id",
        "by_id",
        erased=Erasure.CLEAR,
        sensitive="text",
        business="group_id by_kind created_at",
        technical="id newcomer_id member_id by_id",
    ),
    "newcomer_notice": personal(
        "member_id",
        "sender_id",
        erased=Erasure.DELETE,
        business="group_id sender_id kind created_at",
        technical="id newcomer_id member_id key",
    ),
    "introduction_reply": personal(
        "author_id",
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="text",
        business="group_id kind is_of_leader created_at deleted_at deleted_by_kind deleted_by_id",
        technical="id newcomer_id author_id member_id",
    ),
    "introduction_mention": personal(
        "member_id", erased=Erasure.DELETE, business="group_id", technical="id reply_id member_id position"
    ),
    "mention_opt_out": personal("member_id", erased=Erasure.DELETE, business="created_at", technical="id member_id"),
    "member_device": personal("member_id", erased=Erasure.DELETE, business="seen_at", technical="id member_id hash"),
    "forward_claim": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="task_id version state round is_counted counts_until proof_due_at taken_at claimed_at",
        technical="id member_id code_id exclusions is_sampled reward_id proof_id queued_at weighed_at",
    ),
    "forward_hand_in": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="words",
        business="claim_id round is_disputed created_at",
        technical="id member_id proof_id seed",
    ),
    "forward_proof": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="claim_id content_type created_at",
        technical="id member_id storage_key sha256",
    ),
    "forward_reward": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="task_id version cause amount budget_id release_at note created_at",
        # What waits for a reviewer would tell who is looked at.
        technical="id member_id claim_id state due_at changed_at",
    ),
    "forward_bar": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="until created_at lifted_at",
        technical="id member_id claim_id decision_id lifted_by",
    ),
    "referral_team": personal(
        "member_id", erased=Erasure.KEEP, business="generation members activated", technical="id member_id"
    ),
    "scene_code": personal(
        "inviter_id",
        erased=Erasure.KEEP,
        business="code channel_id campaign page created_at expires_at withdrawn_at",
        technical="id way inviter_id version",
    ),
    "visit": personal(
        "member_id",
        erased=Erasure.CLEAR,
        sensitive="device_hash address_hash visitor",
        business="code_id day counts reason visited_at last_at is_forgotten",
        technical="id member_id visitor_no",
    ),
    "poster": personal(
        "member_id",
        erased=Erasure.DELETE,
        business="template_id code_id drawn_at created_at",
        technical="id member_id address fingerprint",
    ),
    "arrival": personal(
        "member_id",
        erased=Erasure.KEEP,
        business="first_code_id first_at last_code_id last_at registered_at day",
        technical="id member_id",
    ),
}

IMPERSONAL: dict[str, str] = {
    "announcement": "what a group was told",
    "api_key": "keys of partners",
    "attendance_void": "acts of staff on an attendance",
    "attempts": "hashes of what was tried to log in with, gone within the hour",
    "audit_row": "acts of staff and partners, with phones masked",
    "board_freeze": "which results of boards were frozen",
    "budget": "points set aside",
    "budget_alert": "that a budget was nearly paid out",
    "budget_change": "what was done to budgets",
    "budget_reading": "what budgets had paid by a day",
    "birthday_round": "days whose birthdays were greeted",
    "camp": "rules of camps",
    "camp_task": "what the days of camps ask for",
    "channel": "where people come from",
    "channel_cost": "what was spent on channels",
    "channel_post": "what colleagues published outside",
    "chat_group": "groups",
    "check_in_plan": "rules",
    "check_in_plan_version": "rules as they were",
    "check_in_void": "acts of staff on a check-in",
    "circle": "circles",
    "circle_share": "how many pieces each circle has had",
    "classroom": "rules of courses",
    "code_batch": "codes that staff took in, by number",
    "consent_document": "the documents themselves",
    "course": "what is taught",
    "course_decision": "whether courses take place",
    "course_session": "the timetable of courses",
    "course_slot": "weekly times of courses",
    "daily_brief": "what a circle is told each morning",
    "draw": "rules of draws",
    "draw_prize": "what can be won",
    "draw_seed": "secrets that draws were made from, and their hashes",
    "draw_version": "rules of draws as they were",
    "draw_void": "acts of staff on a draw",
    "drawing": "hashes of lists of entrants",
    "earn_rule": "rules",
    "enrollment_batch": "whom staff enrolled at once, by number",
    "expiry_policy": "rules",
    "earning_review": "what staff decided about payments",
    "former_identity": "hashes of the identities of closed accounts, without an owner",
    "grant_batch": "grants of staff to many",
    "grant_decision": "what staff did with grants to many",
    "grant_rows": "counts of rows that were handed over",
    "good": "goods",
    "good_code": "codes of goods, sealed; the order or the result that was given one names its member",
    "group_funding": "points that staff gave groups",
    "group_invitation": "codes of groups",
    "group_rules": "rules of groups",
    "forward_decision": "acts of reviewers on a claim; the claim names its member",
    "forward_ending": "acts of staff on a task",
    "forward_take_back": "acts of staff on a claim; the claim names its member",
    "forward_task": "rules of tasks and what is to be spread",
    "forward_task_version": "rules of tasks as they were",
    "gift_policy": "rules",
    "holiday": "days without classes",
    "idempotency_key": "hashes of requests by an id, gone within the week",
    "job_lease": "which process works off the schedule",
    "level": "rules",
    "level_ladder": "which version of the levels holds",
    "material": "files and links beside courses",
    "newcomer_policy": "rules",
    "order_export": "which orders colleagues took out, by what was asked for",
    "order_payment": "payments by their references; the order names its member",
    "outbox": "effects on their way, with ids only",
    "point_lot_use": "which lots lines of the ledger took from, by ids only",
    "poster_template": "how posters look",
    "question": "questions of the bank",
    "question_export": "which questions colleagues took out, by what was asked for",
    "question_import": "files of questions that staff brought in",
    "question_import_row": "questions of such files, and what is wrong with them",
    "question_statistics": "how often questions were answered rightly, in sums",
    "question_tag": "words for questions",
    "question_version": "questions and their keys as they were",
    "quiz": "papers",
    "quiz_analysis": "how quizzes went, in sums",
    "quiz_export": "which results colleagues took out",
    "quiz_item": "how questions were answered, in sums",
    "quiz_regrade": "acts of staff on the keys of a paper",
    "quiz_series": "standing orders of quizzes",
    "quiz_series_week": "which quiz a week was made",
    "quiz_version": "papers as they were",
    "red_packet_policy": "rules",
    "red_packet_slice": "how lucky packets were cut",
    "refresh_token": "hashes that go with their session",
    "segment": "conditions on members",
    "segment_snapshot": "when a segment was frozen",
    "session_change": "what was done to the timetable",
    "referral_policy": "rules",
    "sharing_acceptance": "words of staff on a task",
    "sku": "variants of goods",
    "staff": "colleagues",
    "squad_challenge": "rules of challenges for squads",
    "squad_day": "what the days of squads came to, by number",
    "stock_change": "acts of staff on a stock",
    "store": "stores",
    "staff_role": "rights",
    "tag": "words for members",
    "tag_group": "groups of words for members",
    "timetable_policy": "rules",
    "visit_policy": "rules",
    "warm_up_task": "what colleagues do ahead of a course",
}
"""Tables without rows about members, and what is in them."""
