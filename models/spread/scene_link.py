"""What a scene code's QR code says: the brand's landing address with the code behind it, or the plain scene."""

from models.spread.scene_code import PREFIX
from store.settings import settings


def link_of(code: str) -> str:
    """An address that a browser opens, where the deployment has one (`SCENE_LINK`); else the scene as text."""
    base = settings().scene_link
    return f"{base}{code}" if base else f"{PREFIX}{code}"
