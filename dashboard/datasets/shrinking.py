"""Any image that people have, made small enough for RAGFlow (contract §7.1). Runs in the sandbox: no Django here."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image, ImageOps

from dashboard.sandbox.refusal import Refused

PIXELS: Final = 40_000_000  # a small file may unfold to any size
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
SIDES: Final = (256, 192, 128, 96, 64)
# What can be made smaller as it is; of the others, such as palettes, each point is turned into a colour first.
_CONTINUOUS: Final = ("L", "LA", "RGB", "RGBA")


def small(content: bytes, *, limit: int) -> str:
    """The image as a square ``data:image/png|jpeg;base64,…`` of at most ``limit`` characters.

    Raises Refused("unreadable") for what is not an image, Refused("pixels") for one of more than 40 million, and
    Refused("detailed") for one that cannot be made small enough.
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
    """The middle of the image, upright, as large as is needed: the points of a large one are in memory only once."""
    side = SIDES[0] * 2
    with Image.open(io.BytesIO(content), formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            raise Refused("pixels")
        found.draft(None, (side, side))
        image: Image.Image = found
        if found.mode not in _CONTINUOUS or "transparency" in found.info:
            image = found.convert("RGBA" if found.has_transparency_data else "RGB")
        return ImageOps.exif_transpose(ImageOps.fit(image, (min(side, image.width), min(side, image.height))))
