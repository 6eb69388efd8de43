"""Settings: read once from the environment, and a wrong one is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.settings import SettingsError, settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_defaults_need_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    found = settings()

    assert (found.host, found.port, found.workers) == ("127.0.0.1", 8000, 1)
    assert found.database == f"sqlite://{tmp_path / 'shequn.db'}"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "PORT: Input should be a valid integer"),
        ("PORT", "70000", "PORT: Input should be less than or equal to 65535"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL: must begin with postgresql:// or sqlite://"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL: must begin with redis://, rediss:// or unix://"),
        ("SCENE_PAGES", "pages/a,/pages/b", "SCENE_PAGES: must name pages such as pages/index/index"),
        ("TRUSTED_PROXIES", "10.0.0.5,proxy", "TRUSTED_PROXIES: must be addresses or networks"),
        ("WORKERS", "2", "WORKERS above 1 needs DATABASE_URL of a PostgreSQL"),
        ("OPERATIONS_MODE", "closed", "OPERATIONS_MODE: Input should be 'open' or 'registered'"),
        ("WECHAT_APP_ID", "wx1", "WECHAT_SECRET is needed with WECHAT_APP_ID"),
        ("ENVIRONMENT", "production", "SECRET_KEY and WECHAT_APP_ID are needed when ENVIRONMENT is production"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        settings()

    assert sentence in str(refused.value)


def test_the_allow_list_needs_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATIONS", "")
    assert settings().operations is None

    settings.cache_clear()
    monkeypatch.setenv("OPERATIONS_MODE", "registered")

    with pytest.raises(SettingsError, match="OPERATIONS is needed when OPERATIONS_MODE is registered"):
        settings()


def test_origins_are_listed_by_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://admin.example.com, https://m.example.com")

    assert settings().allowed_origins == ["https://admin.example.com", "https://m.example.com"]


def test_a_missing_secret_is_made_once_and_kept_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY")

    first, again = settings().secret(), settings().secret()

    assert first == again
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
