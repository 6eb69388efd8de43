"""The platforms that members come from, in the contract."""

from models.members.identity import PlatformName
from schema.enums import publish

publish(PlatformName, "A platform whose mini-program members log in from.", wechat="WeChat.")

__all__ = ["PlatformName"]
