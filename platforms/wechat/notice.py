"""The values of a subscribe message, cut to what WeChat accepts.

The name of a value tells its type (`thing1`, `date3`) and the type bounds its length; one value too long refuses the
whole notice with 47003. A text is cut, with an ellipsis; a number or date that is too long is a mistake of ours.
"""

import re
from collections.abc import Mapping

_LONGEST_TEXT = {"thing": 20, "name": 10, "phrase": 5}
_LONGEST_EXACT = {"number": 32, "letter": 32, "symbol": 5, "character_string": 32, "phone_number": 17, "car_number": 8}
_NAME = re.compile(r"([a-z_]+)\d+")


def fitted(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The `data` of the call; raises `ValueError` for an unknown name, an empty value or an exact value too long."""
    return {name: {"value": _fitted(name, value)} for name, value in values.items()}


def _fitted(name: str, value: str) -> str:
    found = _NAME.fullmatch(name)
    if found is None or not value:
        raise ValueError(f"a notice has no value {name!r}, or it is empty")
    kind = found.group(1)
    longest = _LONGEST_TEXT.get(kind)
    if longest is not None and len(value) > longest:
        return value[: longest - 1] + "…"
    if len(value) > _LONGEST_EXACT.get(kind, len(value)):
        raise ValueError(f"the value {name!r} of a notice is too long")
    return value
