"""Where the access token is kept: in this process, or in Redis for all workers.

In Redis it is encrypted, for whoever holds it may act as the app. While Redis does not answer each worker keeps a token
of its own, which is the same one: WeChat answers the living token to everybody who asks.
"""

from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidTag

from platforms.wechat.token import Token
from store.redis import RedisStore, RedisUnavailable
from store.vault import Vault

_CLAIM_SECONDS = 5
_LIFE_SECONDS = 7200
_PURPOSE = "wechat.access_token"


class MemoryTokenStore:
    def __init__(self) -> None:
        self._token: Token | None = None

    async def get(self) -> Token | None:
        return self._token

    async def set(self, token: Token) -> None:
        self._token = token

    async def drop(self, value: str) -> None:
        if self._token and self._token.value == value:
            self._token = None

    async def claim_renewal(self) -> bool:
        return True


class RedisTokenStore:
    def __init__(self, redis: RedisStore, vault: Vault, *, app_id: str) -> None:
        self._redis, self._vault = redis, vault
        self._key = f"wechat:{{{app_id}}}:token"
        self._claim = f"wechat:{{{app_id}}}:token-claim"
        self._own = MemoryTokenStore()

    async def get(self) -> Token | None:
        try:
            sealed = await self._redis.call(lambda r: r.get(self._key))
        except RedisUnavailable:
            return await self._own.get()
        return self._opened(sealed) if isinstance(sealed, str) else None

    async def set(self, token: Token) -> None:
        await self._own.set(token)
        plain = msgspec.json.encode([token.value, token.expires_at.timestamp()]).decode()
        sealed = self._vault.encrypt(plain, purpose=_PURPOSE)
        try:
            await self._redis.call(lambda r: r.set(self._key, sealed, ex=_LIFE_SECONDS))
        except RedisUnavailable:
            return

    async def drop(self, value: str) -> None:
        await self._own.drop(value)
        held = await self.get()
        if held is None or held.value != value:
            return
        try:
            await self._redis.call(lambda r: r.delete(self._key))
        except RedisUnavailable:
            return

    async def claim_renewal(self) -> bool:
        try:
            return bool(await self._redis.call(lambda r: r.set(self._claim, "1", nx=True, ex=_CLAIM_SECONDS)))
        except RedisUnavailable:
            return True

    def _opened(self, sealed: str) -> Token | None:
        """A token that was sealed with a key we no longer have is no token: another one is fetched."""
        try:
            plain = self._vault.decrypt(sealed, purpose=_PURPOSE)
            value, expires_at = msgspec.json.decode(plain, type=tuple[str, float])
        except (KeyError, ValueError, InvalidTag):
            return None
        return Token(value, datetime.fromtimestamp(expires_at, UTC))
