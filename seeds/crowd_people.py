"""The people of a large set: members, their groups, how they came in, and who brought them."""

from collections.abc import Iterator

from models.actor import ActorKind
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.membership_change import ChangeKind, MembershipChange, Scene
from models.groups.role import Role
from models.members.member import Member
from models.spread.referral import Referral
from models.spread.referral_place import Place
from models.spread.referral_team import ReferralTeam
from seeds.crowd import SEATS, Crowd, Table, ordered_id
from seeds.groups import CIRCLES, GROUPS
from seeds.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE
from seeds.personas import OCCUPATIONS, PLACES
from seeds.texts import GENERAL_INTERESTS
from store.bulk import Row
from store.ids import new_id

_OFFICES = (Role.OWNER, Role.ADMIN, Role.ADMIN, Role.GUIDE, Role.COMMITTEE)
_GIVEN = GIVEN_FEMALE + GIVEN_MALE
BROUGHT = 5
"""So many came by each member that brought any."""


def tables(crowd: Crowd, acts: list[int]) -> Iterator[Table]:
    """`acts` counts the check-ins of each member, which its version has counted too."""
    yield Table(
        Group,
        ("id", "circle_id", "name", "number", "region", "opens_next", "member_count", "created_at"),
        _groups(crowd),
    )
    yield Table(
        Member,
        (
            *("id", "nickname", "region", "occupation", "interests", "invite_code"),
            *("version", "joined_at", "last_active_at"),
        ),
        _members(crowd, acts),
    )
    yield Table(Membership, ("id", "member_id", "group_id", "role", "joined_at"), _memberships(crowd))
    yield Table(
        MembershipChange,
        ("id", "member_id", "group_id", "kind", "scene", "role", "by_kind", "by_id", "happened_at"),
        _joins(crowd),
    )
    yield Table(
        Referral,
        (
            *("id", "inviter_id", "invitee_id", "created_at", "ordinal", "root_id", "depth", "trunk", "path"),
            *("activated_at", "is_counted", "is_activation_counted", "needs_counting"),
        ),
        _referrals(crowd, acts),
    )
    yield Table(ReferralTeam, ("id", "member_id", "generation", "members", "activated"), _teams(crowd, acts))


def _groups(crowd: Crowd) -> Iterator[Row]:
    names = {slug: name for slug, name, _, _ in GROUPS}
    official, *themes = (slug for slug, _, _ in CIRCLES)
    at = crowd.calendar.at(crowd.calendar.founded_on, 10)
    for group in range(2 * crowd.group_count):
        kind, index = divmod(group, crowd.group_count)
        slug = themes[index % len(themes)] if kind else official
        number = index // len(themes) + 1 if kind else index + 1
        count = min(SEATS, crowd.size - index * SEATS)
        region = "西南" if group % 2 else "华东"
        yield crowd.group_id(group), crowd.circle_ids[slug], names[slug], number, region, True, count, at


def _members(crowd: Crowd, acts: list[int]) -> Iterator[Row]:
    yesterday = crowd.calendar.at(crowd.calendar.today, -12)
    for n, member_id in enumerate(crowd.member_ids):
        province, city = PLACES[n % len(PLACES)]
        given = _GIVEN[n // len(FAMILY) % len(_GIVEN)]
        likes = {GENERAL_INTERESTS[(n * step) % len(GENERAL_INTERESTS)] for step in (1, 4, 7)}
        interests = "[" + ", ".join(f'"{like}"' for like in sorted(likes)) + "]"
        nickname = f"{city}-小{given[-1]}" if n % 3 else FAMILY[n % len(FAMILY)] + given
        joined_at = crowd.joined_at(n)
        yield (
            *(member_id, nickname, province + city, OCCUPATIONS[n % len(OCCUPATIONS)], interests, f"{n:08d}"),
            *(acts[n] + 2, joined_at, yesterday if acts[n] else joined_at),
        )


def _memberships(crowd: Crowd) -> Iterator[Row]:
    for n, member_id in enumerate(crowd.member_ids):
        at = crowd.joined_at(n)
        for part, seat in enumerate(crowd.seats(n)):
            group, within = crowd.group_of(seat)
            role = _OFFICES[within] if within < len(_OFFICES) else Role.MEMBER
            yield ordered_id(at, n, part), member_id, crowd.group_id(group), role, at


def _joins(crowd: Crowd) -> Iterator[Row]:
    for n, member_id in enumerate(crowd.member_ids):
        at = crowd.joined_at(n)
        for part, seat in enumerate(crowd.seats(n)):
            group_id = crowd.group_id(crowd.group_of(seat)[0])
            yield (
                *(ordered_id(at, n, part), member_id, group_id, ChangeKind.JOINED, Scene.FREE, Role.MEMBER),
                *(ActorKind.MEMBER, member_id, at),
            )


def _referrals(crowd: Crowd, acts: list[int]) -> Iterator[Row]:
    """One in a thousand came alone; whoever brought others brought five, so that upper trees are full."""
    alone = max(1, crowd.size // 1000)
    for n in range(alone, crowd.size):
        at, place = crowd.joined_at(n), _place(crowd, n, alone)
        above, ordinal = divmod(n - alone, BROUGHT)
        yield (
            *(ordered_id(at, n), crowd.member_ids[above], crowd.member_ids[n], at, ordinal),
            *(place.root_id, place.depth, place.trunk, place.path),
            *(at if acts[n] else None, True, acts[n] > 0, False),
        )


def _teams(crowd: Crowd, acts: list[int]) -> Iterator[Row]:
    """What the job would have counted, the last to come first: whoever came later brought nobody before."""
    alone = max(1, crowd.size // 1000)
    teams: dict[int, list[list[int]]] = {}
    for n in range(crowd.size - 1, -1, -1):
        team = teams.pop(n, [])
        for generation, (members, activated) in enumerate(team, start=1):
            yield new_id(), crowd.member_ids[n], generation, members, activated
        if n >= alone:
            above = teams.setdefault((n - alone) // BROUGHT, [])
            for generation, (members, activated) in enumerate([[1, int(acts[n] > 0)], *team]):
                if generation == len(above):
                    above.append([0, 0])
                above[generation][0] += members
                above[generation][1] += activated


def _place(crowd: Crowd, n: int, alone: int) -> Place:
    """Where the member of a number stands; nobody is more than some ten steps below a root."""
    if n < alone:
        return Place(crowd.member_ids[n])
    above, ordinal = divmod(n - alone, BROUGHT)
    return _place(crowd, above, alone).below(ordinal)
