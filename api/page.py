"""The query page of a development server: one file of ours, which loads nothing and keeps nothing.

Its own script is allowed by hash; the browser is told to refuse every other, and every address but this server.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_HTML = (Path(__file__).parent / "page.html").read_bytes()


def _hash(tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>".encode(), _HTML, re.DOTALL)
    assert found
    return f"'sha256-{b64encode(sha256(found[1]).digest()).decode()}'"


_HEADERS = {
    "content-security-policy": f"default-src 'none'; connect-src 'self'; script-src {_hash('script')}; "
    f"style-src {_hash('style')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


async def page(request: Request) -> Response:
    return Response(_HTML, media_type="text/html; charset=utf-8", headers=_HEADERS)
