"""What all pictures share: their class, styles, sizes, colours, and text of users in them."""

from hamsim.plotting.style.colours import STATUS, dashes, lines, signed, unsigned
from hamsim.plotting.style.picture import Picture, save_figure
from hamsim.plotting.style.styles import SIZES, STYLES, Style, plain_style, styled
from hamsim.plotting.style.texts import LITERAL, drawn, legend, title_of

__all__ = [
    "LITERAL",
    "SIZES",
    "STATUS",
    "STYLES",
    "Picture",
    "Style",
    "dashes",
    "drawn",
    "legend",
    "lines",
    "plain_style",
    "save_figure",
    "signed",
    "styled",
    "title_of",
    "unsigned",
]
