"""The screens that are read, written by hand: a statement for each level, and dictionaries of what is shown."""

import base64
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson
from redis.asyncio import Redis

from models.insight.board import Board, Metric
from models.insight.board_period import Period, Window
from models.insight.board_score import id_from_text
from store.brand_day import brand_day
from store.clock import business_day

PLACES_SHOWN, MEMBERS_SHOWN, LEVELS_SHOWN = 50, 50, 3

VIEWER = (
    "SELECT m.nickname, a.balance, s.current_days, s.last_day, p.grace_days, p.zone, p.day_start_hour FROM member m "
    "LEFT JOIN account a ON a.holder_id = m.id AND a.holder = 'member' AND a.currency = 'points' "
    "AND a.bucket = 'available' "
    "LEFT JOIN LATERAL (SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1) p ON TRUE "
    "LEFT JOIN streak s ON s.member_id = m.id AND s.plan_id = p.id WHERE m.id = $1"
)
GROUPS = (
    "SELECT g.id, g.name, g.member_count FROM membership s JOIN chat_group g ON g.id = s.group_id "
    "WHERE s.member_id = $1 ORDER BY s.joined_at, s.id LIMIT 5"
)
CHECK_INS = (
    "SELECT g.id AS group_id, c.created_at, c.member_id FROM unnest($1::uuid[]) AS g(id) CROSS JOIN LATERAL "
    "(SELECT created_at, member_id, id FROM check_in WHERE group_id = g.id AND voided_at IS NULL "
    "ORDER BY created_at DESC, id DESC LIMIT 3) c ORDER BY c.created_at DESC, c.id DESC"
)
NAMES = "SELECT id, nickname FROM member WHERE id = ANY($1::uuid[])"
GROUP = "SELECT g.id FROM chat_group g JOIN membership s ON s.group_id = g.id WHERE g.id = $1 AND s.member_id = $2"
MEMBERSHIPS = (
    "SELECT id, member_id, role, joined_at FROM membership WHERE group_id = $1 ORDER BY joined_at, id LIMIT 51"
)
MEMBERS = (
    "SELECT m.id, m.nickname, m.is_hidden_from_boards, a.earned_total FROM member m LEFT JOIN account a "
    "ON a.holder_id = m.id AND a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'available' "
    "WHERE m.id = ANY($1::uuid[])"
)
INTRODUCTIONS = "SELECT member_id, likes, good_at FROM introduction WHERE member_id = ANY($1::uuid[]) AND is_latest"
BROUGHT = (
    "SELECT r.inviter_id, r.invitee_id, r.created_at, m.nickname FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL "
    "(SELECT inviter_id, invitee_id, created_at, id FROM referral WHERE inviter_id = p.id "
    "ORDER BY created_at DESC, id DESC LIMIT 5) r JOIN member m ON m.id = r.invitee_id "
    "ORDER BY r.created_at DESC, r.id DESC"
)

Answer = dict[str, Any]


def public(kind: str, id: UUID) -> str:
    """The id as the API shows it."""
    return _packed(f"{kind}:{id.hex}".encode())


async def home(connection: asyncpg.Connection, member_id: UUID, at: datetime) -> Answer:
    viewer = await connection.fetchrow(VIEWER, member_id)
    groups = await connection.fetch(GROUPS, member_id)
    check_ins = await connection.fetch(CHECK_INS, [group["id"] for group in groups])
    names = dict(await connection.fetch(NAMES, list({check_in["member_id"] for check_in in check_ins})))
    feeds: dict[UUID, list[Answer]] = defaultdict(list)
    for check_in in check_ins:
        member = {"id": public("Member", check_in["member_id"]), "nickname": names[check_in["member_id"]]}
        feeds[check_in["group_id"]].append({"node": {"createdAt": check_in["created_at"], "member": member}})
    edges = [
        {
            "node": {
                "id": public("Group", group["id"]),
                "name": group["name"],
                "memberCount": group["member_count"],
                "checkIns": {"edges": feeds[group["id"]]},
            }
        }
        for group in groups
    ]
    return {
        "viewer": {
            "member": {"nickname": viewer["nickname"]},
            "account": {"available": str(viewer["balance"] or 0)},
            "streakDays": _streak(viewer, at),
            "groups": {"edges": edges},
        }
    }


async def board(connection: asyncpg.Connection, redis: Redis, at: datetime) -> Answer:
    key = Board(Metric.POINTS).keys.order(Period.of(Window.ALL, brand_day(at)))
    places: list[tuple[str, float]] = await redis.zrange(key, 0, PLACES_SHOWN - 1, desc=True, withscores=True)  # type: ignore[assignment]  # redis-py takes the reply for anything
    ids = [id_from_text(name[13:]) for name, _ in places]
    names = dict(await connection.fetch(NAMES, ids))
    edges = [
        {
            "rank": rank,
            "score": str(int(float(score))),
            "node": {"id": public("Member", found), "nickname": names[found]},
        }
        for rank, (found, (_, score)) in enumerate(zip(ids, places, strict=True), start=1)
    ]
    return {"board": {"entries": {"edges": edges}}}


async def page(connection: asyncpg.Connection, member_id: UUID, group: str) -> Answer:
    group_id = await connection.fetchval(GROUP, UUID(hex=_unpacked(group).rpartition(b":")[2].decode()), member_id)
    rows = await connection.fetch(MEMBERSHIPS, group_id)
    shown = rows[:MEMBERS_SHOWN]
    ids = [row["member_id"] for row in shown]
    members = {row["id"]: row for row in await connection.fetch(MEMBERS, ids)}
    introductions = {row["member_id"]: row for row in await connection.fetch(INTRODUCTIONS, ids)}
    edges = [
        {
            "cursor": _cursor(row),
            "role": row["role"].upper(),
            "joinedAt": row["joined_at"],
            "node": _member(members[row["member_id"]], introductions.get(row["member_id"])),
        }
        for row in shown
    ]
    end = edges[-1]["cursor"] if edges else None
    info = {"hasNextPage": len(rows) > MEMBERS_SHOWN, "endCursor": end}
    return {"node": {"members": {"edges": edges, "pageInfo": info}}}


async def tree(connection: asyncpg.Connection, member_id: UUID) -> Answer:
    viewer: Answer = {}
    above = {member_id: viewer}
    for _ in range(LEVELS_SHOWN):
        below: dict[UUID, Answer] = {}
        for node in above.values():
            node["referrals"] = {"edges": []}
        for row in await connection.fetch(BROUGHT, list(above)):
            node = {"createdAt": row["created_at"], "member": {"nickname": row["nickname"]}}
            above[row["inviter_id"]]["referrals"]["edges"].append({"node": node})
            below[row["invitee_id"]] = node
        above = below
    return {"viewer": viewer}


def _member(member: asyncpg.Record, introduction: asyncpg.Record | None) -> Answer:
    points = None if member["is_hidden_from_boards"] else str(member["earned_total"] or 0)
    said = introduction and {"likes": introduction["likes"], "goodAt": introduction["good_at"]}
    return {"nickname": member["nickname"], "pointsEarned": points, "introduction": said}


def _streak(viewer: asyncpg.Record, at: datetime) -> int:
    if viewer["last_day"] is None:
        return 0
    missed = business_day(at, viewer["zone"], viewer["day_start_hour"]) - viewer["last_day"] - timedelta(days=1)
    return int(viewer["current_days"]) if missed.days <= viewer["grace_days"] else 0


def _cursor(row: asyncpg.Record) -> str:
    return _packed(orjson.dumps([row["joined_at"], str(row["id"])]))


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
