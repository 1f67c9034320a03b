"""Scales images down for RAGFlow (contract §7.1). Runs in the sandbox, so without Django."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image, ImageOps

from dashboard.sandbox.refusal import Refused

PIXELS: Final = 40_000_000  # a small file may decompress to any size
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
SIDES: Final = (256, 192, 128, 96, 64)
# Modes that can be resized directly; others, such as palettes, are converted to RGB first.
_CONTINUOUS: Final = ("L", "LA", "RGB", "RGBA")


def small(content: bytes, *, limit: int) -> str:
    """The image as a square ``data:image/png|jpeg;base64,…`` of at most ``limit`` characters.

    Raises Refused("unreadable") if it is not an image, Refused("pixels") above 40 million pixels, and
    Refused("detailed") if it cannot be made small enough.
    """
    try:
        image = _square(content)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused("unreadable") from error
    clear = image.has_transparency_data
    image = image.convert("RGBA" if clear else "RGB")
    for side in SIDES:
        buffer = io.BytesIO()
        ImageOps.fit(image, (side, side)).save(buffer, "PNG" if clear else "JPEG", optimize=True)
        encoded = base64.b64encode(buffer.getvalue()).decode()
        address = f"data:image/{'png' if clear else 'jpeg'};base64,{encoded}"
        if len(address) <= limit:
            return address
    raise Refused("detailed")


def _square(content: bytes) -> Image.Image:
    """The upright centre square at the needed size. Keeps only one copy of a large image's pixels in memory."""
    side = SIDES[0] * 2
    with Image.open(io.BytesIO(content), formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            raise Refused("pixels")
        found.draft(None, (side, side))
        image: Image.Image = found
        if found.mode not in _CONTINUOUS or "transparency" in found.info:
            image = found.convert("RGBA" if found.has_transparency_data else "RGB")
        return ImageOps.exif_transpose(ImageOps.fit(image, (min(side, image.width), min(side, image.height))))
