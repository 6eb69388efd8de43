"""The board of a quiz: its order, who is left out, pages, and when members see it."""

from datetime import timedelta
from typing import Any

from models.groups.role import Role
from models.learning.quiz import Quiz
from models.learning.quiz_ranking import QuizPlace, QuizRanking, is_ranking_shown
from models.learning.review import Aspect, Phase, ReviewMatrix
from models.members.member import Member, MemberStatus
from models.staff.colleague import DataScope
from store.database import dialect, fetch
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.quizzes import DAY, MINUTE, a_quiz, handed_in, questions

RANKING = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { quizRanking(quizId: $id) {
    quiz { title } viewerEntry { rank percent }
    entries(first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
        edges { rank percent cursor node { nickname } } } } }"""


async def a_ranked_quiz() -> tuple[Quiz, dict[str, Member]]:
    """Four questions; who is better stands first, and of two with 75 % the one who handed in earlier."""
    quiz = await a_quiz(*await questions(4))
    found = {}
    for minutes, (name, right_ones) in enumerate(
        {"李思远": (1, 2, 3), "王小明": (1, 2, 3, 4), "陈雨桐": (2, 3, 4), "赵子涵": ()}.items()
    ):
        found[name] = await a_member(nickname=name)
        await handed_in(found[name], quiz, *right_ones, at=NOON + minutes * MINUTE)
    return quiz, found


def told(places: Any) -> list[tuple[int, int]]:
    return [(one.rank, one.percent) for one in places]


async def test_a_board_goes_by_score_and_then_by_who_was_earlier(database: str) -> None:
    quiz, members = await a_ranked_quiz()

    page = await QuizRanking(quiz.id).page(first=10)

    wanted = [members[one].id for one in ("王小明", "李思远", "陈雨桐", "赵子涵")]
    assert [one.member_id for one in page.places] == wanted
    assert told(page.places) == [(1, 100), (2, 75), (3, 75), (4, 0)]
    assert (page.has_next, page.has_previous, await page.count()) == (False, False, 4)


async def test_pages_meet_on_both_ways(database: str) -> None:
    quiz, _ = await a_ranked_quiz()
    ranking = QuizRanking(quiz.id)

    first = await ranking.page(first=2)
    second = await ranking.page(first=2, after=position_of(first.places[-1]))
    back = await ranking.last_page(last=2, before=position_of(second.places[0]))
    end = await ranking.last_page(last=3)

    assert (told(first.places), first.has_next, first.has_previous) == ([(1, 100), (2, 75)], True, False)
    assert (told(second.places), second.has_next, second.has_previous) == ([(3, 75), (4, 0)], False, True)
    assert (back.places, back.has_next, back.has_previous) == (first.places, True, False)
    assert (told(end.places), end.has_previous) == ([(2, 75), (3, 75), (4, 0)], True)


def position_of(place: QuizPlace) -> Any:
    return (place.score, place.submitted_at, place.id)


async def test_staff_and_hidden_members_and_those_who_left_are_on_no_board(database: str) -> None:
    quiz, members = await a_ranked_quiz()
    await Member.filter(id=members["王小明"].id).update(is_staff=True)
    await Member.filter(id=members["陈雨桐"].id).update(is_hidden_from_boards=True)
    await Member.filter(id=members["赵子涵"].id).update(status=MemberStatus.FROZEN)
    ranking = QuizRanking(quiz.id)

    assert told((await ranking.page(first=10)).places) == [(1, 75)]
    assert await ranking.place(members["王小明"].id) is None
    assert await ranking.place(members["陈雨桐"].id) is None
    own = await ranking.place(members["李思远"].id)
    assert own is not None
    assert own.rank == 1


async def test_a_page_is_read_along_the_index(database: str) -> None:
    if dialect() != "postgres":
        return
    quiz, _ = await a_ranked_quiz()
    await fetch("SET enable_seqscan = off")
    plan = await fetch(
        "EXPLAIN SELECT s.id FROM quiz_standing s WHERE s.quiz_id = $1 AND s.score <= $2 "
        "ORDER BY s.score DESC, s.submitted_at, s.id LIMIT 21",
        quiz.id,
        7_500,
    )
    assert any("Index Scan Backward using quiz_standing_by_score" in row["QUERY PLAN"] for row in plan)


async def test_a_board_is_shown_once_every_place_on_it_would_be(database: str) -> None:
    marks, answers = (Aspect.MARKS,), (Aspect.ANSWERS,)
    ends = {"opens_at": NOON - DAY, "closes_at": NOON + DAY}
    at_once = await a_quiz(*await questions(1))
    later = await a_quiz(*await questions(1), review=ReviewMatrix({Phase.RIGHT_AFTER: answers, Phase.LATER: marks}))
    at_end = await a_quiz(*await questions(1), review=ReviewMatrix({Phase.AFTER_CLOSE: marks}), **ends)
    never = await a_quiz(
        *await questions(1), review=ReviewMatrix({Phase.RIGHT_AFTER: marks, Phase.LATER: marks}), **ends
    )

    assert [is_ranking_shown(one, at=NOON) for one in (at_once, later, at_end, never)] == [True, False, False, True]
    after = NOON + DAY + timedelta(seconds=1)
    assert [is_ranking_shown(one, at=after) for one in (at_end, never)] == [True, False]


async def test_a_member_sees_the_board_and_its_own_place_over_http(callers: Callers) -> None:
    quiz, members = await a_ranked_quiz()
    caller = await callers.member(members["陈雨桐"])

    page = (await caller.data(RANKING, id=public_id(quiz), first=2))["quizRanking"]
    rest = await caller.data(RANKING, id=public_id(quiz), first=2, after=page["entries"]["pageInfo"]["endCursor"])
    edges = page["entries"]["edges"]

    assert page["quiz"] == {"title": "周一行业观察·课后作业"}
    assert page["viewerEntry"] == {"rank": 3, "percent": 75}
    assert [(one["rank"], one["node"]["nickname"]) for one in edges] == [(1, "王小明"), (2, "李思远")]
    assert page["entries"]["totalCount"] == 4
    assert page["entries"]["pageInfo"]["hasNextPage"] is True
    assert [one["rank"] for one in rest["quizRanking"]["entries"]["edges"]] == [3, 4]
    assert await caller.error(RANKING, id=public_id(quiz), first=2, after="x") == "BAD_USER_INPUT"


async def test_a_board_is_for_those_who_see_the_quiz(callers: Callers) -> None:
    group = await a_group(region="华东")
    quiz = await a_quiz(group_id=group.id, review=ReviewMatrix({Phase.AFTER_CLOSE: (Aspect.MARKS,)}))
    inside, outside = await a_place(group, role=Role.MEMBER), await a_member()
    await handed_in(inside, quiz, 1)
    near = await a_staff("quizzes.read", scope=DataScope.REGION, region="华东")
    far = await a_staff("quizzes.read", scope=DataScope.REGION, region="华南")
    asked: Any = {"id": public_id(quiz), "first": 5}

    assert (await (await callers.member(inside)).data(RANKING, **asked))["quizRanking"] is None
    assert await (await callers.member(outside)).error(RANKING, **asked) == "NOT_FOUND"
    assert await (await callers.staff(far)).error(RANKING, **asked) == "NOT_FOUND"
    assert await callers.nobody().error(RANKING, **asked) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff("groups.read"))).error(RANKING, **asked) == "FORBIDDEN"
    board = (await (await callers.staff(near)).data(RANKING, **asked))["quizRanking"]
    assert [one["percent"] for one in board["entries"]["edges"]] == [50]
    assert board["viewerEntry"] is None
