"""Certificates: numbers that give slips away, terms that end, and a withdrawal that everybody sees."""

from datetime import timedelta
from random import Random

from models.certificate_number import LENGTH, new_number, read_number, shown_number
from models.groups.invitation import ALPHABET
from models.learning.camp_certificate import CampCertificate, CertificateState
from models.learning.camp_settlement import settle_due
from models.staff.audit import AuditRow
from tests.conftest import NOON
from tests.learning.camps import DAY, STAFF_ID, STARTS, a_camp, handed_in, joined
from tests.mall.build import outcomes, refused


async def a_certificate(**rules: object) -> CampCertificate:
    place = await joined(await a_camp(1, **rules))
    await handed_in(place, 1)
    await settle_due(at=STARTS + DAY)
    return await CampCertificate.get(place_id=place.id)


def test_every_wrong_letter_and_every_swap_is_found() -> None:
    for _ in range(20):
        number = new_number()
        assert read_number(number) == number
        for place in range(LENGTH):
            for letter in ALPHABET:
                wrong = number[:place] + letter + number[place + 1 :]
                assert (read_number(wrong) is not None) == (letter == number[place])
        for one in range(LENGTH):
            for other in range(one):
                letters = list(number)
                letters[one], letters[other] = letters[other], letters[one]
                swapped = "".join(letters)
                assert (read_number(swapped) is not None) == (swapped == number)


def test_a_number_is_read_as_people_type_it() -> None:
    number = new_number()

    assert len(shown_number(number)) == LENGTH + 3
    assert read_number(shown_number(number)) == number
    assert read_number(f" {shown_number(number).lower()} ") == number
    assert read_number(number[:-1]) is None
    assert read_number(number + "A") is None
    assert read_number("一" * LENGTH) is None
    assert read_number("") is None


def test_numbers_do_not_follow_each_other() -> None:
    numbers = [new_number() for _ in range(2_000)]

    assert len({number[:5] for number in numbers}) > 1_990
    assert Random(1).sample(numbers, 3)


async def test_a_certificate_holds_for_good_or_for_its_time(database: str) -> None:
    for_good, for_a_year = await a_certificate(), await a_certificate(certificate_days=365)

    assert (for_good.expires_at, for_a_year.expires_at) == (None, STARTS + 366 * DAY)
    assert for_good.state_at(STARTS + 9_999 * DAY) is CertificateState.VALID
    assert for_a_year.state_at(STARTS + 366 * DAY - timedelta(seconds=1)) is CertificateState.VALID
    assert for_a_year.state_at(STARTS + 366 * DAY) is CertificateState.EXPIRED


async def test_a_camp_may_give_none(database: str) -> None:
    place = await joined(await a_camp(1, gives_certificate=False))
    await handed_in(place, 1)
    await settle_due(at=STARTS + DAY)

    assert await CampCertificate.all().count() == 0


async def test_it_is_withdrawn_once_with_a_reason(database: str) -> None:
    certificate = await a_certificate()

    async def withdraw(reason: str) -> CampCertificate:
        return await CampCertificate.withdraw(certificate.id, reason=reason, staff_id=STAFF_ID, at=NOON + 9 * DAY)

    assert (await refused(withdraw(" "))).code == "INVALID_INPUT"
    ended = await outcomes([withdraw("作业系抄袭") for _ in range(5)])

    assert ended == {"done": 1, "CERTIFICATE_WITHDRAWN": 4}
    found = await CampCertificate.get()
    assert (found.reason, found.withdrawn_by, found.state_at(NOON)) == (
        "作业系抄袭",
        STAFF_ID,
        CertificateState.WITHDRAWN,
    )
    assert await AuditRow.filter(action="withdraw_certificate").count() == 1
    known = await CampCertificate.numbered(shown_number(found.number))
    assert known is not None
    assert known.id == found.id
