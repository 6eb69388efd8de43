"""What a scene code's QR code says: the brand's landing address with the code behind it, or the plain scene."""

from models.spread.scene_code import SceneCode
from store.settings import settings


def link_of(code: SceneCode) -> str:
    """An address that a browser opens, where the deployment has one (`SCENE_LINK`); else the scene as text."""
    base = settings().scene_link
    return f"{base}{code.code}" if base else code.scene
