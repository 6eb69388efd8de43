"""Every setting of a deployment, read from the environment once; a wrong one is named at start."""

import os
import re
import secrets
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SHIPPED_OPERATIONS = Path(__file__).resolve().parent.parent / "operations"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class OperationsMode(StrEnum):
    """Which operations callers may send."""

    OPEN = "open"
    REGISTERED = "registered"


class SettingsError(Exception):
    """One line for each setting that is missing or wrong."""


class Settings(BaseSettings):
    """The settings by name; the environment variable is the name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    environment: Environment = Field(Environment.DEVELOPMENT, description="`development` or `production`.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="TCP port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Server processes; more than one needs PostgreSQL.")
    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, Redis data and uploads.")
    database_url: str | None = Field(
        None, description="`postgresql://user:password@host:port/name`; embedded SQLite when absent."
    )
    database_pool_size: int = Field(10, ge=1, le=200, description="PostgreSQL connections per process.")
    redis_url: str | None = Field(None, description="`redis://` or `unix://`; an embedded server when absent.")
    secret_key: str | None = Field(
        None, min_length=32, description="Encrypts phones and session keys; made in DATA_DIR when absent."
    )
    secret_key_previous: str | None = Field(
        None, min_length=32, description="The key before the last rotation; only decrypts."
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Web origins, by comma, that may call with CORS or open a socket."
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="Addresses or networks, by comma, of proxies whose word on where a request came from is taken.",
    )
    wechat_app_id: str | None = Field(None, description="AppID of the mini-program; a fake WeChat when absent.")
    wechat_secret: str | None = Field(None, description="AppSecret of the mini-program.")
    wechat_release: str = Field(
        "release",
        pattern="^(release|trial|develop)$",
        description="Which build of the mini-program codes and notices open; before the first release `trial`.",
    )
    wechat_api_base: str = Field("https://api.weixin.qq.com", description="Base address of WeChat's server API.")
    documents_url: str | None = Field(
        None, description="Bucket of documents, such as `s3://bucket/prefix`; a folder of DATA_DIR when absent."
    )
    pictures_url: str | None = Field(
        None, description="Bucket for pictures (`s3://bucket/prefix`); a folder in DATA_DIR when absent."
    )
    pictures_public_url: str = Field("/files", description="Where clients load the pictures from.")
    avatar_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["thirdwx.qlogo.cn", "wx.qlogo.cn"],
        description="Hosts, by comma, whose avatars are loaded to be drawn on posters.",
    )
    scene_link: str | None = Field(
        None,
        pattern=r"^https://[^\s/?#]+/\S*$",
        description="Address that the code of a QR code is put behind, such as `https://go.example.com/i/`.",
    )
    brand_zone: str = Field("Asia/Shanghai", description="IANA zone of boards, caps and reports.")
    day_start_hour: int = Field(0, ge=0, le=23, description="Hour at which the brand's business day begins.")
    scene_pages: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["pages/index/index", "pages/join/join", "pages/task/task", "pages/good/good"],
        description="Pages of the mini-program, by comma, that codes may lead to; the first is that of plain codes.",
    )
    grant_approval_above: int = Field(
        10_000, ge=0, description="Points of a grant to many above which a second person has to approve it."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level that is logged.")
    graphql_page: bool | None = Field(None, description="Serve the query page; by default in development only.")
    operations: Path | None = Field(
        SHIPPED_OPERATIONS, description="Folder or JSON file of operations registered at start; none when empty."
    )
    operations_mode: OperationsMode = Field(
        OperationsMode.OPEN, description="`registered` has all callers but staff run registered operations only."
    )
    engine: bool = Field(True, description="Execute operations from compiled plans; without, by graphql-core.")

    @field_validator("allowed_origins", "avatar_hosts", "scene_pages", "trusted_proxies", mode="before")
    @classmethod
    def _split_by_comma(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, value: list[str]) -> list[str]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError("must be addresses or networks such as 10.0.0.5 or 10.0.0.0/24") from None
        return value

    @field_validator("scene_pages")
    @classmethod
    def _pages_are_paths(cls, value: list[str]) -> list[str]:
        if not value or any(
            re.fullmatch(r"(?!.{101})[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", page) is None for page in value
        ):
            raise ValueError("must name pages such as pages/index/index, without a leading slash or a query")
        return value

    @field_validator("operations", mode="before")
    @classmethod
    def _none_when_empty(cls, value: object) -> object:
        return value or None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://", "sqlite://")):
            raise ValueError("must begin with postgresql:// or sqlite://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.workers > 1 and not self.is_postgres:
            raise ValueError("WORKERS above 1 needs DATABASE_URL of a PostgreSQL")
        if self.operations_mode is OperationsMode.REGISTERED and self.operations is None:
            raise ValueError("OPERATIONS is needed when OPERATIONS_MODE is registered")
        if self.wechat_app_id and not self.wechat_secret:
            raise ValueError("WECHAT_SECRET is needed with WECHAT_APP_ID")
        if self.environment is Environment.PRODUCTION and not (self.secret_key and self.wechat_app_id):
            raise ValueError("SECRET_KEY and WECHAT_APP_ID are needed when ENVIRONMENT is production")
        return self

    @property
    def is_postgres(self) -> bool:
        return self.database_url is not None and self.database_url.startswith("postgres")

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def database(self) -> str:
        """The database's address, also where the embedded one is used."""
        return self.database_url or f"sqlite://{(self.data_dir / 'shequn.db').resolve()}"

    def secret(self) -> str:
        """The secret key, made and kept in `data_dir` (mode 0600) on the first call where none is set."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; raises `SettingsError` with a line for each wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(detail) for detail in error.errors())) from None


def _sentence(detail: object) -> str:
    assert isinstance(detail, dict)
    name = ".".join(str(part) for part in detail["loc"]).upper()
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return f"{name}: {reason}" if name else reason


def _write_once(path: Path, text: str) -> None:
    """Two processes that start at once agree on one key: the first to create the file wins."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except FileExistsError:
        return
