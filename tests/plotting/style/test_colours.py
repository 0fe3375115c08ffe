"""Colours that can be told apart, and maps in which steps look as large as they are."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hamsim.plotting.style import STATUS, dashes, lines, signed, unsigned
from hamsim.plotting.style.colours import span

# From sRGB to CIE XYZ with the white D65 [IEC 61966-2-1].
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# What people without one kind of cones see, in linear sRGB [Machado et al. 2009, severity 1].
BLIND = {
    "nobody": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def linear(rgb):
    rgb = np.asarray(rgb)
    return np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def lab(light):
    xyz = light @ XYZ.T / (XYZ.sum(axis=1))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [
            116 * f[:, 1] - 16,
            500 * (f[:, 0] - f[:, 1]),
            200 * (f[:, 1] - f[:, 2]),
        ],
        axis=1,
    )


def colours_of(cmap):
    return np.array(cmap(np.arange(cmap.N)))[:, :3]


def test_the_signed_map_is_white_at_0_and_its_arms_fall_evenly_in_lightness():
    found = lab(linear(colours_of(signed())))
    n = len(found) // 2
    assert np.abs(found[[n - 1, n]] - [97, 0, 0]).max() < 0.5
    for arm in (found[:n][::-1, 0], found[n:, 0]):
        steps = np.diff(arm)
        assert np.abs(steps - steps.mean()).max() < 0.02
    assert np.abs(found[::-1, 0] - found[:, 0]).max() < 0.1


@pytest.mark.parametrize("who", BLIND)
def test_both_signs_can_be_told_apart(who):
    seen = lab(np.clip(linear(colours_of(signed())) @ np.array(BLIND[who]).T, 0, 1))
    n = len(seen) // 2
    away = np.linalg.norm(seen[: n - 16] - seen[::-1][: n - 16], axis=1)
    assert away.min() > 10


@pytest.mark.parametrize("who", BLIND)
@pytest.mark.parametrize("colours", [lines(7), list(STATUS.values())], ids=["lines", "status"])
def test_lines_can_be_told_apart(colours, who):
    seen = lab(np.clip(linear([to_rgb(c) for c in colours]) @ np.array(BLIND[who]).T, 0, 1))
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(apart) > 10


def test_unsigned_maps_rise_in_lightness():
    assert np.all(np.diff(lab(linear(colours_of(unsigned())))[:, 0]) > 0)


def test_lines_of_one_colour_are_dashed_in_other_ways():
    n = 28
    assert len(set(zip(lines(n), dashes(n), strict=True))) == n


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-1.0, 3.0], (-3, 3, True)),
        ([-4.0, -2.0], (-4, 4, True)),
        ([0.0, 2.0], (0, 2, False)),
        ([1.0, 2.0, np.nan, np.inf], (1, 2, False)),
        ([2.0, 2.0], (0, 2, False)),
        ([0.1 - 1e-17, 0.1 - 2e-17, 0.1], (0, 0.1, False)),  # rounding is no pattern
        ([0.1, 0.1 + 1e-9], (0.1, 0.1 + 1e-9, False)),
        ([0.0, 0.0], (0, 1, False)),
        ([np.nan], (0, 1, False)),
        ([], (0, 1, False)),
    ],
)
def test_the_range_of_signed_numbers_is_centred_at_0(values, expected):
    assert span(np.array(values)) == expected
