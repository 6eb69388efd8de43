"""Where to send something: a recipient, a phone, a region and a street, sealed as one text.

Nothing of it stands readable in the database. Its owner reads it whole; everybody else sees it masked, and staff with
the right to reveal leave an audit row.
"""

import re
from dataclasses import asdict, dataclass
from typing import Self

import orjson

from models.errors import Invalid, bounded_text
from models.members.identity import masked
from store.vault import vault

PURPOSE = "address"
SEALED_MOST = 1_500
_PHONE = re.compile(r"\+?[0-9]{5,15}")


@dataclass(frozen=True)
class Destination:
    recipient: str
    phone: str
    region: str
    street: str

    def checked(self) -> Self:
        """This destination without surrounding space, or `Invalid`."""
        phone = re.sub(r"[\s-]", "", self.phone)
        if not _PHONE.fullmatch(phone):
            raise Invalid("phone", zh="应为 5–15 位数字", en="use 5 to 15 digits")
        return type(self)(
            recipient=bounded_text(self.recipient, "recipient", least=1, most=30) or "",
            phone=phone,
            region=bounded_text(self.region, "region", least=1, most=60) or "",
            street=bounded_text(self.street, "street", least=1, most=120) or "",
        )

    @property
    def masked(self) -> Self:
        """What may be shown to others: enough to tell two of them apart."""
        return type(self)(f"{self.recipient[:1]}**", masked(self.phone), self.region, "****")

    def sealed(self) -> str:
        return vault().encrypt(orjson.dumps(asdict(self)).decode(), purpose=PURPOSE)

    @classmethod
    def unsealed(cls, sealed: str) -> Self:
        return cls(**orjson.loads(vault().decrypt(sealed, purpose=PURPOSE)))
