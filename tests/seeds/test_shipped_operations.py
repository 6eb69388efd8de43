"""The operations that are shipped run on the demo, from the first login on, where nothing else may."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import ExecutionResult

from api.app import app, documents, execution
from api.request import GraphQLRequest
from auth import context
from auth.context import open_context, renewed
from auth.demo import DEMO_PASSWORD, DEMO_STAFF
from auth.platforms import close_platforms, open_platforms
from engine.cursor import encode_id
from engine.registered import register
from models.checkins.squad import Squad
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_place import SquadPlace
from models.groups.group import Group
from models.groups.membership import Membership
from models.learning.camp_certificate import CampCertificate
from models.mall.order import Order
from models.mall.shipment import Parcel, ship
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.members.session import Session, SubjectKind
from models.play.red_packet import PacketState, RedPacket
from models.points.expiry import expire_due
from models.spread.referral import Referral
from models.staff.api_key import ApiKey
from models.staff.staff import Staff
from store.clock import FixedClock
from store.settings import SHIPPED_OPERATIONS, settings
from tests.build import a_member, public_id
from tests.groups.build import STAFF
from tests.seeds.conftest import plant_small

Answer = dict[str, Any]


class Client:
    """A client that has only the hashes of its operations, and notes which it used."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self.token: str | None = None
        self.hashes = {Path(one.source).stem: one.document.hash for one in register(documents, SHIPPED_OPERATIONS)}
        self.used: set[str] = set()

    def hash(self, name: str) -> str:
        self.used.add(name)
        return f"sha256:{self.hashes[name].hex()}"

    async def post(self, **body: object) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = await self._http.post("/graphql", json=body, headers=headers)
        told: Answer = answer.json()
        return told

    async def load(self, address: str) -> bytes:
        """What lies under an address of ours."""
        answer = await self._http.get(address)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def run(self, name: str, /, **variables: object) -> Answer:
        """The data of an operation, which must bear no error."""
        answer = await self.post(documentId=self.hash(name), variables=variables)
        assert "errors" not in answer, answer
        data: Answer = answer["data"]
        return data

    async def do(self, name: str, /, **input: object) -> Answer:
        """The payload of an operation that is one mutation, which must not be refused."""
        [payload] = (await self.run(name, input=input)).values()
        assert payload["userErrors"] == [], payload
        found: Answer = payload
        return found


def code(answer: Answer) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.fixture
async def client(
    database: str, empty_redis: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    """A client of a server with the allow-list."""
    monkeypatch.setattr(documents, "registered", {})
    monkeypatch.setattr(documents, "only_registered", True)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as http:
        yield Client(http)


@pytest.fixture
async def demo(client: Client, clock: FixedClock) -> AsyncIterator[Client]:
    """The client on the day after the demo's last, with the fake WeChat."""
    await plant_small()
    clock.advance(days=1)
    await open_platforms(settings())
    yield client
    await close_platforms()


async def log_in(demo: Client) -> Answer:
    login = await demo.do("log-in", code="demo:member-001")
    demo.token = login["accessToken"]
    return login


async def test_every_shipped_operation_runs_on_the_demo(demo: Client) -> None:
    await the_day(demo)
    await the_cards(demo)
    await the_points(demo)
    await the_groups(demo)
    await the_boards(demo)
    await the_mall(demo)
    await the_packets(demo)
    await the_draws(demo)
    await the_camps(demo)
    await the_quizzes(demo)
    await the_squads(demo)
    await the_spread(demo)
    await the_console(demo)

    assert demo.used == demo.hashes.keys()


async def the_day(demo: Client) -> None:
    login = await log_in(demo)
    demo.token = (await demo.do("refresh-session", refreshToken=login["refreshToken"]))["accessToken"]
    home = (await demo.run("home"))["viewer"]
    assert home["member"]["nickname"] == login["member"]["nickname"]
    assert not home["hasCheckedIn"]
    assert (await demo.run("check-in-eligibility"))["checkInEligibility"]["isAllowed"]

    checked_in = await demo.do("check-in", idempotencyKey="first-of-the-day")

    assert checked_in["viewer"]["hasCheckedIn"]
    points = (await demo.run("points"))["viewer"]
    assert {entry["id"] for entry in checked_in["entries"]} <= {
        edge["node"]["id"] for edge in points["pointEntries"]["edges"]
    }
    assert points["account"]["available"] == checked_in["viewer"]["account"]["available"]
    level = (await demo.run("level"))["viewer"]
    assert level["level"]["level"]["name"] == level["levelChanges"]["edges"][0]["node"]["level"]["name"]
    profile = await demo.do("update-profile", occupation="茶艺师", interests=["茶"])
    assert (profile["viewer"]["occupation"], profile["viewer"]["interests"]) == ("茶艺师", ["茶"])
    assert (await demo.run("referrals"))["viewer"]["inviteCode"]
    made = (await demo.do("make-scene-code", page="pages/join/join"))["code"]
    assert (await demo.do("record-visit", scene=made["scene"], device="demo-phone"))["page"] == "pages/join/join"
    codes = (await demo.run("scene-codes"))["viewer"]["sceneCodes"]["edges"]
    assert made["id"] in [edge["node"]["id"] for edge in codes]
    templates = (await demo.run("poster-templates"))["posterTemplates"]["edges"]
    assert [edge["node"]["name"] for edge in templates] == ["周末茶会", "邀请海报"]
    poster = (await demo.do("make-poster", templateId=templates[0]["node"]["id"], codeId=made["id"]))["poster"]
    assert (await demo.load(poster["address"])).startswith(b"\xff\xd8\xff")
    ways = {way["behaviour"]: way["rules"] for way in (await demo.run("ways-to-earn"))["waysToEarn"]}
    assert ways["POSTED"][0]["points"] == "5"
    assert (await demo.run("earnings"))["viewer"]["earnings"]["edges"]


async def the_cards(demo: Client) -> None:
    """Yesterday was missed; a card mends it."""
    card = (await demo.run("make-up-card"))["cardEligibility"]
    assert (card["held"], card["purchase"]["isAllowed"]) == (0, True)
    [mending] = card["mendings"]
    await demo.do("buy-check-in-card", idempotencyKey="first-card", kind="MAKE_UP")

    made_up = await demo.do("make-up-check-in", idempotencyKey="first-mending", day=mending["day"])

    assert made_up["checkIn"]["businessDay"] == mending["day"]
    assert made_up["viewer"]["checkInMap"].endswith("11")


async def the_points(demo: Client) -> None:
    """What there is, by when it lapses; and a gift to somebody of the same group."""
    await expire_due(at=context.CLOCK.now())
    mine = (await demo.run("point-expiries"))["viewer"]
    assert sum(int(lot["amount"]) for lot in mine["pointLots"]) == int(mine["account"]["available"])
    giver = await Member.filter(status="normal").order_by("joined_at", "id").first()
    assert giver is not None
    groups = [place.group_id for place in await Membership.active_groups(giver.id)]
    others = Membership.filter(group_id__in=groups, member__status="normal").exclude(member_id=giver.id)
    place = await others.prefetch_related("member").order_by("id").first()
    assert place is not None
    receiver = public_id(place.member)
    assert (await demo.run("gift-eligibility", receiverId=receiver, amount="1"))["giftEligibility"]["isAllowed"]

    given = await demo.do("give-points", idempotencyKey="first-gift", receiverId=receiver, amount="1", note="谢谢")

    assert given["gift"]["receiver"]["id"] == receiver
    assert int(given["viewer"]["account"]["available"]) == int(mine["account"]["available"]) - 1


async def the_groups(demo: Client) -> None:
    own = (await demo.run("my-groups"))["viewer"]["groups"]["edges"]
    for group in await Group.all():
        shown = (await demo.run("group", id=public_id(group)))["group"]
        if shown["viewerCanJoin"] and shown["viewerCanJoin"]["isAllowed"]:
            version = shown["rules"] and shown["rules"]["version"]
            joined = await demo.do("join-group", groupId=shown["id"], acceptedRulesVersion=version)
            assert joined["membership"]["group"]["memberCount"] == shown["memberCount"] + 1
            break
    assert len((await demo.run("my-groups"))["viewer"]["groups"]["edges"]) == len(own) + 1


async def the_boards(demo: Client) -> None:
    board = (await demo.run("board", metric="POINTS", window="MONTH"))["board"]
    assert [edge["rank"] for edge in board["entries"]["edges"][:3]] == [1, 2, 3]

    asking = await open_context({"authorization": f"Bearer {demo.token}"}, None, "test")
    asked = GraphQLRequest(None, None, {"metric": "POINTS", "window": "MONTH"}, demo.hash("board-changed"))
    events = await execution.stream(execution.prepare(asked, asking), asking, renewed)
    assert not isinstance(events, ExecutionResult)
    async with aclosing(events):
        first = await asyncio.wait_for(anext(events), 5)
    assert first.data
    assert first.data["boardChanged"]["entries"]["edges"] == board["entries"]["edges"]


async def the_mall(demo: Client) -> None:
    """Something is sent to a new address, called off, ordered again and received."""
    shelf = (await demo.run("goods", kind="PHYSICAL"))["goods"]["edges"]
    assert len(shelf) == 10
    place = {"recipient": "王小明", "phone": "13800138000", "region": "上海市", "street": "漕溪北路 1 号"}
    address = (await demo.do("put-address", **place))["address"]
    good = (await demo.run("good", id=shelf[5]["node"]["id"]))["good"]
    [sku] = good["skus"]
    assert sku["viewerOffer"]["eligibility"]["isAllowed"]
    wanted = {"skuId": sku["id"], "addressId": address["id"], "expectedPoints": sku["viewerOffer"]["points"]}
    placed = await demo.do("place-order", idempotencyKey="first-order", **wanted)
    cancelled = await demo.do("cancel-order", idempotencyKey="first-cancelling", orderId=placed["order"]["id"])
    assert int(cancelled["viewer"]["account"]["available"]) == int(placed["viewer"]["account"]["available"]) + 30

    order_id = (await demo.do("place-order", idempotencyKey="second-order", **wanted))["order"]["id"]
    listed = (await demo.run("my-orders", filter={"statuses": ["CONFIRMED", "CANCELLED"]}))["orders"]["edges"]
    order = await Order.get(number=listed[0]["node"]["number"])
    await ship(Parcel(order.id, "顺丰", "SF1"), staff_id=order.id, at=context.CLOCK.now())
    assert (await demo.do("confirm-receipt", orderId=order_id))["order"]["status"] == "RECEIVED"
    shown = (await demo.run("order", id=order_id))["order"]
    assert [change["status"] for change in shown["changes"]] == ["PLACED", "CONFIRMED", "SHIPPED", "RECEIVED"]
    assert shown["destination"]["phone"] == "13800138000"


async def the_packets(demo: Client) -> None:
    """One is sent to a group, a drop of the rain is caught with thanks, and a newcomer is welcomed."""
    group = (await demo.run("my-groups"))["viewer"]["groups"]["edges"][0]["node"]["id"]
    sending = (await demo.run("red-packet-sending", groupId=group))["redPacketSending"]
    assert sending["eligibility"]["isAllowed"]
    wanted = {"mode": "LUCKY", "shareCount": 2, "total": "4", "groupId": group, "greeting": "周末愉快"}
    sent = (await demo.do("send-red-packet", idempotencyKey="first-packet", packet=wanted))["redPacket"]
    of_group = (await demo.run("group-red-packets", groupId=group))["redPackets"]["edges"]
    assert sent["id"] in {edge["node"]["id"] for edge in of_group}

    rain = await RedPacket.filter(greeting="红包雨来啦", state=PacketState.OPEN).order_by("opens_at").first()
    assert rain is not None
    drop = public_id(rain)
    assert (await demo.run("red-packet-eligibility", id=drop))["redPacketEligibility"]["isAllowed"]
    share = (await demo.do("grab-red-packet", idempotencyKey="first-drop", redPacketId=drop))["share"]
    assert (await demo.do("thank-for-red-packet", redPacketId=drop, text="谢谢"))["share"]["thanks"] == "谢谢"
    shown = (await demo.run("red-packet", id=drop))["redPacket"]["viewerShare"]
    assert (shown["amount"], shown["thanks"]) == (share["amount"], "谢谢")
    mine = (await demo.run("my-red-packets"))["viewer"]
    assert mine["redPacketsSent"]["edges"][0]["node"]["id"] == sent["id"]
    assert mine["redPacketShares"]["edges"][0]["node"]["id"] == share["id"]
    await the_welcome(demo)


async def the_welcome(demo: Client) -> None:
    now, viewer = context.CLOCK.now(), await Member.filter(status="normal").order_by("joined_at", "id").first()
    assert viewer is not None
    newcomer = await a_member(at=now)
    await Referral.record(viewer.id, newcomer.id, at=now)
    await Introduction.publish(newcomer.id, Lines(name="小赵", likes="跑步"), at=now)
    given = {"newcomerId": public_id(newcomer), "points": "2", "greeting": "欢迎"}
    assert (await demo.do("welcome-newcomer", **given, idempotencyKey="first-welcome"))["redPacket"]["total"] == "2"

    place = await Membership.filter(member_id=viewer.id).first()
    assert place is not None
    await Membership.add(newcomer.id, place.group_id, actor=STAFF, at=now)
    greeted = {"groupId": encode_id("Group", place.group_id), "memberId": public_id(newcomer), "text": "欢迎一起跑步"}
    found = (await demo.run("newcomers-to-welcome"))["newcomersToWelcome"]["edges"]
    assert public_id(newcomer) in [edge["node"]["member"]["id"] for edge in found]
    reply = (await demo.do("reply-to-introduction", **greeted, idempotencyKey="first-reply"))["reply"]
    assert (reply["kind"], reply["text"]) == ("INVITER", "欢迎一起跑步")


async def the_spread(demo: Client) -> None:
    """A task of honour is done with two taps."""
    tasks = [edge["node"] for edge in (await demo.run("forward-tasks"))["openForwardTasks"]["edges"]]
    task = next(one for one in tasks if one["mode"] == "HONOUR" and one["viewerClaim"] is None)
    taken = await demo.do("take-forward-task", idempotencyKey="first-task", forwardTaskId=task["id"])
    assert taken["claim"]["task"]["materials"]
    done = await demo.do("claim-forward-task", idempotencyKey="first-task-done", forwardTaskId=task["id"])
    assert done["claim"]["state"] == "CLAIMED"


async def the_draws(demo: Client) -> None:
    """The wheel is turned until its guarantee has given a coupon; a ticket of a draw that is over is refused."""
    [wheel] = [edge["node"] for edge in (await demo.run("draws"))["openDraws"]["edges"]]
    given = {"drawId": wheel["id"], "buys": True}
    screen = (await demo.run("draw-screen", id=wheel["id"]))["drawEligibility"]
    assert screen["eligibility"]["isAllowed"]
    prize = None
    for n in range(10):
        drawn = await demo.do("draw", **given, idempotencyKey=f"turn-number-{n}")
        prize = prize or drawn["result"]["claim"]
    [claim] = [one["node"] for one in (await demo.run("my-prizes"))["viewer"]["prizeClaims"]["edges"]][-1:]
    assert prize
    assert (await demo.do("claim-prize", claimId=claim["id"]))["claim"]["state"] == "CLAIMED"
    log = (await demo.run("draw-log", id=wheel["id"]))["node"]
    assert len(log["results"]["edges"]) >= 10
    entered = await demo.run("enter-draw", input={"drawId": wheel["id"], "idempotencyKey": "no-ticket-here"})
    assert [error["code"] for error in entered["enterDraw"]["userErrors"]] == ["WRONG_DRAW_KIND"]


async def the_camps(demo: Client) -> None:
    """Yesterday was missed and is made up by handing it in late; today is done, and another camp is left again."""
    [mine] = [edge["node"] for edge in (await demo.run("my-camps"))["viewer"]["campPlaces"]["edges"]]
    camp_id = mine["camp"]["id"]
    days = (await demo.run("camp-progress", id=camp_id))["campProgress"]["days"]
    assert [day["state"] for day in days[:8]] == ["DONE"] * 5 + ["MISSED", "OPEN", "AHEAD"]
    for day in days[5:7]:
        task_id = next(one["task"]["id"] for one in day["tasks"] if one["task"]["kind"] == "POST")
        await demo.do("hand-in-camp-task", taskId=task_id, words="窗外的雨下了一整天", pictures=[])
    again = await demo.run("make-up-camp-day", input={"campId": camp_id, "day": 6})
    assert [error["code"] for error in again["makeUpCampDay"]["userErrors"]] == ["CAMP_DAY_NOT_MISSED"]
    assert len((await demo.run("camp-posts", id=camp_id))["camp"]["posts"]["edges"]) == 20
    [other] = [edge["node"] for edge in (await demo.run("camps"))["openCamps"]["edges"]]
    screen = (await demo.run("camp-screen", id=other["id"]))["campEligibility"]
    assert [one["code"] for one in screen["eligibility"]["reasons"]] == ["CAMP_FULL"]
    assert screen["mayWait"]
    joined = await demo.do("join-camp", campId=other["id"], waits=True, idempotencyKey="join-camp-1")
    assert joined["place"]["state"] == "WAITING"
    assert (await demo.do("leave-camp", placeId=joined["place"]["id"]))["place"]["state"] == "LEFT"
    number = (await CampCertificate.filter(withdrawn_at__isnull=True).order_by("id"))[0].number
    assert (await demo.run("certificate", number=number))["certificate"]["state"] == "VALID"


async def the_quizzes(demo: Client) -> None:
    """Five questions are practised, and the one that went wrong is answered again out of the book."""
    [practice] = [
        edge["node"] for edge in (await demo.run("quizzes"))["quizzes"]["edges"] if edge["node"]["kind"] == "PRACTICE"
    ]
    screen = (await demo.run("quiz-screen", id=practice["id"]))["quizEligibility"]
    assert (screen["eligibility"]["isAllowed"], screen["openAttempt"]) == (True, None)
    attempt = (await demo.do("begin-quiz", idempotencyKey="first-practice", quizId=practice["id"]))["attempt"]
    for edge in attempt["answers"]["edges"]:
        asked = edge["node"]["review"]["question"]
        chosen = {"truth": True} if asked["kind"] == "JUDGE" else {"options": [asked["options"][0]["id"]]}
        given = {"position": edge["node"]["position"], "sequence": "1", "response": chosen}
        await demo.do("save-quiz-answers", attemptId=attempt["id"], answers=[given])
    shown = (await demo.run("quiz-attempt", id=attempt["id"]))["node"]
    reviews = [edge["node"]["review"] for edge in shown["answers"]["edges"]]
    assert {review["isRight"] for review in reviews} == {True, False}

    done = await demo.do("hand-in-quiz", attemptId=attempt["id"])

    assert done["attempt"]["result"]["points"] < done["attempt"]["pointsMost"]
    wrong = (await demo.run("wrong-answers"))["viewer"]["wrongAnswers"]["edges"]
    right = {name: value for name, value in wrong[0]["node"]["review"]["rightResponse"].items() if value is not None}
    again = await demo.do("practise-wrong-answer", wrongAnswerId=wrong[0]["node"]["id"], response=right)
    assert again["isRight"]
    assert len((await demo.run("wrong-answers"))["viewer"]["wrongAnswers"]["edges"]) == len(wrong) - 1


async def the_squads(demo: Client) -> None:
    """A squad is formed and left again, as are another's and matching; a mate is nudged, and the own one is quit."""
    listed = await demo.run("squad-challenges")
    [challenge] = [edge["node"] for edge in listed["openSquadChallenges"]["edges"]]
    [mine] = [edge["node"] for edge in listed["viewer"]["squadPlaces"]["edges"]]
    assert (await demo.run("squad-screen", id=challenge["id"]))["squadEligibility"]["isAllowed"]
    code = (await Squad.filter(state="forming").order_by("id"))[0].code
    acts: dict[str, dict[str, object]] = {
        "form-squad": {"challengeId": challenge["id"], "name": "新年新气象"},
        "join-squad": {"code": code},
        "enlist-for-squad": {"challengeId": challenge["id"]},
    }
    for name, given in acts.items():
        place = (await demo.do(name, **given, idempotencyKey=f"once-{name}"))["place"]
        left = await demo.do("leave-squad-challenge", squadPlaceId=place["id"])
        assert left["place"]["state"] == "LEFT"
    today = (await demo.run("my-squad", challengeId=mine["challenge"]["id"]))["mySquad"]
    mate = next(one["place"] for one in today["mates"] if one["viewerMayNudge"])
    squad_id = today["squad"]["id"]
    nudged = await demo.do("nudge-squad-mate", squadId=squad_id, memberId=mate["member"]["id"])
    assert nudged["mate"]["id"] == mate["id"]
    assert (await demo.do("quit-squad", squadId=squad_id))["place"]["state"] == "QUIT"
    place = await SquadPlace.filter(squad_id__not_isnull=True).order_by("id").first()
    assert place is not None
    assert place.squad_id
    diploma = await SquadDiploma.issue(place, place.squad_id, at=context.CLOCK.now())
    assert (await demo.run("squad-diploma", number=diploma.number))["squadDiploma"]["isValid"]


async def the_console(demo: Client) -> None:
    demo.token = None
    login = await demo.do("staff-login", name=DEMO_STAFF, password=DEMO_PASSWORD)
    assert login["staff"]["displayName"] == "林总"


async def test_the_allow_list_binds_all_but_staff(demo: Client) -> None:
    hidden, staff = "{ __typename }", await Staff.get(name=DEMO_STAFF)
    partner = (await ApiKey.issue(name="p", scopes=["members.read"], days=1, staff_id=None, at=context.CLOCK.now()))[1]
    console = (await Session.start(SubjectKind.STAFF, staff.id, at=context.CLOCK.now())).access
    await log_in(demo)
    for token in (None, demo.token, partner):
        demo.token = token
        assert code(await demo.post(query=hidden)) == "OPERATION_NOT_REGISTERED"
        assert code(await demo.post(documentId=sha256(hidden.encode()).hexdigest())) == "PERSISTED_OPERATION_NOT_FOUND"
    # What is registered is not thereby permitted.
    assert code(await demo.post(documentId=demo.hash("home"))) == "FORBIDDEN"

    demo.token = console
    assert (await demo.post(query=hidden))["data"] == {"__typename": "Query"}


def test_the_first_mini_program_shows_operations_as_they_are_shipped() -> None:
    page = (SHIPPED_OPERATIONS.parent / "docs" / "mini-program.md").read_text(encoding="utf-8")
    shipped = {file.read_text(encoding="utf-8") for file in (SHIPPED_OPERATIONS / "mini-program").iterdir()}

    shown = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)

    assert len(shown) == 4
    assert set(shown) <= shipped
