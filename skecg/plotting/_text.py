"""Widths of texts in mm, and lines of texts that fit on a sheet."""

from __future__ import annotations

from dataclasses import dataclass

POINT = 25.4 / 72  # mm
HINTED = 1.03  # at low resolutions, hinting makes text wider
LEADING = 1.25 * POINT  # mm from line to line for each point of size


@dataclass(frozen=True)
class Line:
    """A line of text, with its size in points."""

    text: str
    size: float
    weight: str = "normal"
    colour: str = "#111111"

    @property
    def height(self):
        return LEADING * self.size


def extent_of(text, size, weight="normal"):
    """Return width and height in mm of a line of text, as matplotlib lays it out."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    width, height, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    line = text_to_path.get_text_width_height_descent("lp", font, ismath=False)[1]
    return HINTED * width * POINT, max(height, line) * POINT


def wrap(text, width, size, weight="normal", colour="#111111"):
    """Divide a text into lines of at most `width` mm, between words if possible."""
    lines = []
    for paragraph in str(text).splitlines():
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if extent_of(longer, size, weight)[0] <= width:
                line = longer
                continue
            lines += [line] if line else []
            *full, line = _pieces(word, width, size, weight)
            lines += full
        lines.append(line)
    return [Line(line.rstrip(), size, weight, colour) for line in lines if line.strip()]


def shorten(text, width, size, weight="normal", least=6):
    """Return a text and the size at which it is at most `width` mm wide, without its middle if necessary."""
    while size > least and extent_of(text, size, weight)[0] > width:
        size -= 0.5
    short, kept = text, len(text)
    while kept > 2 and extent_of(short, size, weight)[0] > width:
        kept -= 1
        short = f"{text[: kept - kept // 2]}...{text[len(text) - kept // 2 :]}"
    return short, size


def join(parts, width, size, gap="      ", **style):
    """Write texts on one line if they fit, or else on lines of their own; wrap the texts that are too long."""
    lines, line = [], ""
    for part in filter(None, parts):
        longer = f"{line}{gap}{part}" if line else part
        if line and extent_of(longer, size)[0] > width:
            lines.append(line)
            line = part
        else:
            line = longer
    return [piece for line in [*lines, line] for piece in wrap(line, width, size, **style)]


def _pieces(word, width, size, weight):
    """Divide a word that is longer than a line; a word that fits stays whole."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and extent_of(pieces[-1] + letter, size, weight)[0] > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
