"""Bytes and texts, spoilt: flips, cuts, doubled pieces, other encodings, odd characters."""

import codecs

ODD_CHARACTERS = (
    "\x00",
    "\x07",
    "\x1b[31m",
    "\x7f",
    "\x85",
    "\xa0",
    "\xad",
    "\u200b",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\ue000",
    "\U0001f9e0",
    "\u00b5",
    "\u03c4",
    "\u0660",
    "\r",
    "\n",
    "\t",
    "\v",
    "\f",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ": ",
    "#",
    " #",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "|",
    ">",
    "'",
    '"',
    "%",
    "@",
    "`",
    "\\",
    "$",
    "$x$",
    "- ",
    "? ",
    "---\n",
    "...\n",
    "<<: ",
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7")


def flipped(rng, content, most=4):
    """Some bits or whole bytes changed."""
    if not content:
        return b"\x00"
    changed = bytearray(content)
    for _ in range(rng.randint(1, most)):
        at = rng.randrange(len(changed))
        changed[at] = (
            changed[at] ^ (1 << rng.randrange(8))
            if rng.random() < 0.6
            else rng.choice((0, 1, 10, 32, 127, 128, 254, 255))
        )
    return bytes(changed)


def cut(rng, content):
    """The beginning, or all but a piece."""
    if not content:
        return content
    at = rng.randrange(len(content))
    if rng.random() < 0.6:
        return content[:at]
    return content[:at] + content[min(len(content), at + rng.randint(1, 64)) :]


def smashed(rng, content):
    """A range filled with one byte, with other bytes, or with a piece from elsewhere."""
    if not content:
        return content
    at, length = rng.randrange(len(content)), rng.randint(1, 64)
    length = min(length, len(content) - at)
    how = rng.randrange(3)
    if how == 0:
        piece = bytes([rng.choice((0, 255, 32))]) * length
    elif how == 1:
        piece = rng.randbytes(length)
    else:
        other = rng.randrange(len(content))
        piece = content[other : other + length]
    return content[:at] + piece + content[at + length :]


def doubled(rng, content):
    """A piece there twice, or something at the end."""
    if not content:
        return b"\n"
    at = rng.randrange(len(content))
    piece = content[at : at + rng.randint(1, 80)]
    if rng.random() < 0.3:
        return content + rng.choice((piece, b"\x00", b"\n" * 5, rng.randbytes(9), content))
    return content[:at] + piece + content[at:]


def spoilt(rng, content):
    """Any of these."""
    return rng.choice((flipped, flipped, cut, smashed, doubled))(rng, content)


def with_odd_character(rng, text):
    """A character that means something, or nothing, where none was."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ODD_CHARACTERS) + text[at:]


def encoded(rng, text):
    """Bytes of a text; now and then in another encoding or with other line ends."""
    draw = rng.random()
    if draw < 0.90:
        return text.encode("utf-8", "surrogatepass")
    if draw < 0.93:
        return text.replace("\n", "\r\n").encode("utf-8", "surrogatepass")
    if draw < 0.95:
        return text.replace("\n", "\r").encode("utf-8", "surrogatepass")
    if draw < 0.96:
        return codecs.BOM_UTF8 * 2 + text.encode("utf-8", "surrogatepass")
    if draw < 0.97:
        return text.encode("latin-1", "replace") + b"\xe9"
    return text.encode(rng.choice(ENCODINGS), "replace")
