"""Pictures that an owner uploads. The site stores a small PNG, or refuses the file."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from chatsite.community.picture import SIDE, square_png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET = b"where the photo was taken"


def file_of(image: Image.Image, kind: str, **options) -> BytesIO:
    file = BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def png_that_claims(width: int, height: int) -> BytesIO:
    """Returns a small file with a head that promises a large picture."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return BytesIO(b"\x89PNG\r\n\x1a\n" + data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (100, 900)])
def test_a_picture_becomes_a_square_png(kind, size):
    stored = square_png(file_of(Image.new("RGB", size, "#3366cc"), kind))
    with Image.open(BytesIO(stored)) as picture:
        assert (picture.format, picture.size) == ("PNG", (SIDE, SIDE))
        assert picture.getpixel((9, 9))[:3] == pytest.approx((51, 102, 204), abs=12)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_in_any_mode_is_read(mode):
    assert square_png(file_of(Image.new(mode, (40, 40)), "PNG")).startswith(b"\x89PNG")


def test_transparent_places_stay_transparent():
    stored = square_png(file_of(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    with Image.open(BytesIO(stored)) as picture:
        assert picture.getpixel((0, 0))[3] == 0


def test_a_photo_is_turned_and_loses_its_notes():
    image = Image.new("RGB", (300, 300))
    image.paste("#ff0000", (0, 0, 300, 150))  # red on top
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 3, SECRET.decode()  # the camera was upside down
    stored = square_png(file_of(image, "JPEG", exif=exif))
    assert SECRET not in stored
    with Image.open(BytesIO(stored)) as picture:
        assert picture.getpixel((128, 200))[0] > 200
        assert picture.getpixel((128, 40))[0] < 50


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        SVG,
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"%PDF-1.7",
        b"\0" * 99,
    ],
)
def test_a_file_that_is_not_a_picture_is_refused(content):
    with pytest.raises(ValidationError, match="is not a picture"):
        square_png(BytesIO(content))


def test_half_a_picture_is_refused():
    content = file_of(Image.effect_noise((300, 300), 80), "PNG").getvalue()
    with pytest.raises(ValidationError, match="is not a picture"):
        square_png(BytesIO(content[: len(content) // 2]))


@pytest.mark.parametrize("size", [(4001, 4000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(size):
    with pytest.raises(ValidationError, match=r"too large|is not a picture"):
        square_png(png_that_claims(*size))
