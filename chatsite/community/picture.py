"""Turns an uploaded picture into a square PNG. Only its pixels are kept: nothing else that the
file contains reaches a browser."""

from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX = 16_000_000  # about 64 MB while it is decoded
SIDE = 256
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

UNREADABLE = _("This file is not a picture that the site can read. Use PNG, JPEG, WebP or GIF.")
TOO_LARGE = _("This picture is too large. Use one of at most 4000 by 4000 pixels.")


def square_png(file: IO[bytes]) -> bytes:
    """Returns the middle of the picture, SIDE pixels wide and high. Raises ValidationError."""
    try:
        return encoded(opened(file))
    except ValidationError:
        raise
    except Exception as error:  # Pillow raises many kinds for a damaged file
        raise ValidationError(UNREADABLE) from error


def opened(file: IO[bytes]) -> Image.Image:
    picture = Image.open(file, formats=FORMATS)
    if picture.width * picture.height > PIXELS_MAX:
        raise ValidationError(TOO_LARGE)
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))
    return ImageOps.exif_transpose(picture)


def encoded(picture: Image.Image) -> bytes:
    fitted = ImageOps.fit(picture.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    result = BytesIO()
    fitted.save(result, "PNG", optimize=True)
    return result.getvalue()
