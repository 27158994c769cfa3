"""Make the image files of the image resizer's tests.

Each holds four quarters, upright: red and green above, blue and white below. What is stored is turned, and the EXIF
orientation says how; so a reader that ignores it gets the corners wrong.
"""

from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parents[1] / "fixtures/apps/image_resizer/images"
ORIENTATION = 0x0112

# EXIF orientation -> what was done to the upright image before it was stored
STORED = {
    1: None,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def quarters(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image


def save(name: str, size: tuple[int, int], orientation: int) -> None:
    image = quarters(*size)
    turn = STORED[orientation]
    stored = image if turn is None else image.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(FOLDER / name, exif=exif, optimize=True, **({"quality": 40} if name.endswith("jpg") else {}))


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    save("portrait.jpg", (1300, 1500), 6)  # held upright, as phones store it
    save("upside-down.jpg", (1600, 900), 3)
    save("turned.png", (1400, 700), 8)
    save("small.png", (200, 100), 1)
    whole = (FOLDER / "portrait.jpg").read_bytes()
    (FOLDER / "corrupt.jpg").write_bytes(whole[: len(whole) // 3])  # an upload that broke off


if __name__ == "__main__":
    main()
