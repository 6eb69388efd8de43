"""What a picture is: told by its own first bytes, never by what the sender calls it."""


def content_type(content: bytes) -> str | None:
    """`image/jpeg`, `image/png`, `image/gif` or `image/webp`; none for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None
