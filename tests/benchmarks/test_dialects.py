"""How servers are asked, and how their answers are told in the words of the contract."""

from typing import Any
from uuid import UUID

from benchmarks import growth, postgraphile
from benchmarks.answers import without_cursors
from benchmarks.dialects import BARE, GRAPHQL
from benchmarks.workloads import WORKLOADS
from engine.cursor import encode_id

KEY = UUID("019fca7f-c900-7000-8000-000000000300")
GROUP = encode_id("Group", KEY)


def test_the_hand_written_server_takes_the_variables_alone() -> None:
    assert BARE.path("page") == "/page"
    assert BARE.body("page", "query { … }", {"group": GROUP}) == {"group": GROUP}
    assert GRAPHQL.body("page", "query { … }", {"group": GROUP}) == {
        "query": "query { … }",
        "variables": {"group": GROUP},
    }


def test_postgraphile_is_asked_by_keys_for_what_it_can() -> None:
    dialect = postgraphile.dialect()

    body = dialect.body("page", WORKLOADS["page"].document, {"group": GROUP})

    assert str(body["query"]).startswith("query page($group: UUID!)")
    assert body["variables"] == {"group": str(KEY)}
    assert [name for name in WORKLOADS if dialect.can(name)] == ["home", "page", "tree"]


def test_a_tree_of_postgraphile_is_told_in_our_words() -> None:
    def brought(nickname: str, *below: dict[str, Any]) -> dict[str, Any]:
        member = {"nickname": nickname, **({"referralsByInviterId": {"nodes": list(below)}} if below else {})}
        return {"createdAt": "2026-10-02T02:00:00.500000+00:00", "memberByInviteeId": member}

    told = postgraphile.dialect().told(
        "tree", {"viewer": {"referralsByInviterId": {"nodes": [brought("一层", brought("二层"))]}}}
    )

    at = "2026-10-02T02:00:00.500000Z"
    second = {"node": {"createdAt": at, "member": {"nickname": "二层"}}}
    first = {"createdAt": at, "member": {"nickname": "一层"}, "referrals": {"edges": [second]}}
    assert told == {"viewer": {"referrals": {"edges": [{"node": first}]}}}


def test_cursors_may_differ_but_not_be_missing() -> None:
    assert without_cursors({"edges": [{"cursor": "abc", "node": 1}]}) == {"edges": [{"cursor": "a cursor", "node": 1}]}
    assert without_cursors({"endCursor": None}) == {"endCursor": None}


def test_a_small_and_a_large_community_have_databases_of_their_own() -> None:
    small, large = growth.databases("postgresql://127.0.0.1/postgres", "redis://127.0.0.1:6379/7", (20, 200))
    assert (small.copy, small.redis_url) == ("shequn_bench_20_run", "redis://127.0.0.1:6379/6")
    assert (large.copy, large.redis_url) == ("shequn_bench_200_run", "redis://127.0.0.1:6379/7")
    assert growth.on_small("ours-200", 20) == "ours-20"
