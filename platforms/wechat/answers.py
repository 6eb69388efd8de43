"""The answers of WeChat that are read, and what each must hold to be believed; other fields are ignored."""

from typing import Annotated

import msgspec

from platforms.platform import Advice

CLEAN_LABEL = 100

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Session(msgspec.Struct):
    openid: Id
    session_key: Id
    unionid: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class Watermark(msgspec.Struct):
    appid: str


class PhoneInfo(msgspec.Struct, rename="camel"):
    pure_phone_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4,15}$")]
    country_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,4}$")]
    watermark: Watermark


class Phone(msgspec.Struct):
    phone_info: PhoneInfo


class Result(msgspec.Struct):
    suggest: Advice
    label: int = CLEAN_LABEL


class TextCheck(msgspec.Struct):
    result: Result
    trace_id: str | None = None


class MediaCheck(msgspec.Struct):
    trace_id: Id


class Sent(msgspec.Struct):
    msgid: int | str | None = None
