"""PostGraphile's dialect: what is asked of the schema that it makes of the tables, and its answers in our words."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.dialects import Answer, Dialect, Variables
from engine.cursor import decode_id, encode_id
from store.clock import SystemClock, business_day

DOCUMENTS = Path(__file__).parent / "peers" / "postgraphile.graphql"


def dialect() -> Dialect:
    text = DOCUMENTS.read_text(encoding="utf-8")
    documents = {found[1]: found[0] for found in re.finditer(r"^query (\w+).*?^}", text, re.MULTILINE | re.DOTALL)}

    def body(workload: str, document: str, variables: Variables) -> Variables:
        return {"query": documents[workload], "variables": {name: _key(one) for name, one in variables.items()}}

    return Dialect(
        path=lambda workload: "/graphql",
        body=body,
        told=lambda workload, data: _TOLD[workload](data["viewer"]),
        does=frozenset(documents),
        has_own_cursors=True,
    )


def _key(public_id: object) -> str:
    decoded = decode_id(str(public_id))
    return str(decoded[1]) if decoded else ""


def _home(viewer: Answer) -> Answer:
    balances = [account["balance"] for account in viewer["accountsByHolderId"]["nodes"]]
    groups = [place["chatGroupByGroupId"] for place in viewer["membershipsByMemberId"]["nodes"]]
    return {
        "viewer": {
            "member": {"nickname": viewer["nickname"]},
            "account": {"available": balances[0] if balances else "0"},
            "streakDays": sum(map(_streak, viewer["streaksByMemberId"]["nodes"])),
            "groups": {"edges": [{"node": _group(group)} for group in groups]},
        }
    }


def _group(group: Answer) -> Answer:
    return {
        "id": _public("Group", group["rowId"]),
        "name": group["name"],
        "memberCount": group["memberCount"],
        "checkIns": {"edges": [{"node": _check_in(one)} for one in group["checkInsByGroupId"]["nodes"]]},
    }


def _check_in(check_in: Answer) -> Answer:
    member = check_in["memberByMemberId"]
    shown = {"id": _public("Member", member["rowId"]), "nickname": member["nickname"]}
    return {"createdAt": _instant(check_in["createdAt"]), "member": shown}


def _streak(streak: Answer) -> int:
    plan = streak["checkInPlanByPlanId"]
    if not plan["isDefault"] or streak["lastDay"] is None:
        return 0
    today = business_day(SystemClock().now(), plan["zone"], plan["dayStartHour"])
    missed = today - date.fromisoformat(streak["lastDay"]) - timedelta(days=1)
    return int(streak["currentDays"]) if missed.days <= plan["graceDays"] else 0


def _page(viewer: Answer) -> Answer:
    [place] = viewer["membershipsByMemberId"]["nodes"]
    members = place["chatGroupByGroupId"]["membershipsByGroupId"]
    edges = [_edge(edge["cursor"], edge["node"]) for edge in members["edges"]]
    return {"node": {"members": {"edges": edges, "pageInfo": members["pageInfo"]}}}


def _edge(cursor: str, place: Answer) -> Answer:
    return {
        "cursor": cursor,
        "role": place["role"].upper(),
        "joinedAt": _instant(place["joinedAt"]),
        "node": _member(place["memberByMemberId"]),
    }


def _member(member: Answer) -> Answer:
    accounts, said = member["accountsByHolderId"]["nodes"], member["introductionsByMemberId"]["nodes"]
    earned = accounts[0]["earnedTotal"] if accounts else "0"
    return {
        "nickname": member["nickname"],
        "pointsEarned": None if member["isHiddenFromBoards"] else earned,
        "introduction": said[0] if said else None,
    }


def _tree(viewer: Answer) -> Answer:
    return {"viewer": {"referrals": _referrals(viewer)}}


def _referrals(member: Answer) -> Answer:
    return {"edges": [{"node": _referral(one)} for one in member["referralsByInviterId"]["nodes"]]}


def _referral(referral: Answer) -> Answer:
    member = referral["memberByInviteeId"]
    below = {"referrals": _referrals(member)} if "referralsByInviterId" in member else {}
    return {"createdAt": _instant(referral["createdAt"]), "member": {"nickname": member["nickname"]}, **below}


def _public(kind: str, key: str) -> str:
    return encode_id(kind, UUID(key))


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


_TOLD: dict[str, Any] = {"home": _home, "page": _page, "tree": _tree}
