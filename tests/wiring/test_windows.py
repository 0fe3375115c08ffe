"""Convolution and pooling as matrices: against JAX, and against loops over the definition."""

import tracemalloc

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jax import lax

from hamsim.errors import CompileError
from hamsim.spec.windows import output_shape
from hamsim.wiring import windows as module
from hamsim.wiring.windows import average_pool, convolution

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)

ROUNDING = 1e-12  # sums of up to some hundred products of numbers near 1

# image, window, stride: strides below, equal to and above the window, none of it square
SHAPES = [
    ((5, 5), (3, 3), (1, 1)),
    ((7, 4), (2, 3), (1, 1)),
    ((7, 4), (3, 2), (2, 1)),
    ((6, 9), (2, 3), (2, 3)),
    ((7, 8), (2, 2), (3, 5)),
    ((4, 6), (4, 6), (1, 1)),
    ((1, 8), (1, 4), (1, 2)),
    ((6, 5), (1, 1), (2, 2)),
    ((9, 3), (4, 2), (1, 4)),
]
CHANNELS = [(1, 1), (1, 4), (3, 1), (3, 2)]


def convolve_by_jax(image, kernel, stride, padding):
    return lax.conv_general_dilated(
        image[None], kernel, stride, padding.upper(), dimension_numbers=("NHWC", "OIHW", "NHWC")
    )[0]


def pool_by_jax(image, window, stride, padding):
    def add(values):
        sizes = (*window, 1), (*stride, 1)
        return lax.reduce_window(values, 0.0, lax.add, *sizes, padding.upper())

    return add(image) / add(np.ones(image.shape))


def assert_same_map(block, function, shape, rng):
    """A matrix is a linear function of images, and its transpose the function's derivative."""
    image = rng.normal(size=shape)
    features, pull_back = jax.vjp(function, image)
    assert block.shape == (features.size, image.size)
    expected = np.asarray(features).reshape(-1)
    np.testing.assert_allclose(block @ image.reshape(-1), expected, rtol=0, atol=ROUNDING)
    back = rng.normal(size=features.shape)
    expected = np.asarray(pull_back(back)[0]).reshape(-1)
    np.testing.assert_allclose(block.T @ back.reshape(-1), expected, rtol=0, atol=ROUNDING)


def assert_tidy(block):
    assert block.format == "csr"
    assert block.data.dtype == np.float64
    assert block.indices.dtype == block.indptr.dtype == np.int32
    assert block.has_canonical_format
    assert np.all(block.data != 0)
    block.check_format(full_check=True)


def convolve_by_loops(image, kernel, stride, padding):
    """The definition, pixel by pixel, with the padding laid around the image."""
    height, width, channels = image
    n_out, _, down, across = kernel.shape
    before = [0, 0]
    shape = [(n - k) // s + 1 for n, k, s in zip(image, (down, across), stride, strict=False)]
    if padding == "same":
        shape = [int(np.ceil(n / s)) for n, s in zip(image, stride, strict=False)]
        total = [
            max((m - 1) * s + k - n, 0)
            for m, s, k, n in zip(shape, stride, (down, across), image, strict=False)
        ]
        before = [t // 2 for t in total]
    dense = np.zeros((*shape, n_out, height, width, channels))
    for row, column, o in np.ndindex(*shape, n_out):
        for c, ky, kx in np.ndindex(channels, down, across):
            y = row * stride[0] + ky - before[0]
            x = column * stride[1] + kx - before[1]
            if 0 <= y < height and 0 <= x < width:
                dense[row, column, o, y, x, c] = kernel[o, c, ky, kx]
    return dense.reshape(-1, height * width * channels)


def pool_by_loops(image, window, stride, padding):
    ones = np.zeros((image[2], image[2], *window))
    for c in range(image[2]):
        ones[c, c] = 1
    dense = convolve_by_loops(image, ones, stride, padding)
    return dense / dense.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("channels_in", "channels_out"), CHANNELS)
@pytest.mark.parametrize(("image", "window", "stride"), SHAPES)
def test_convolution_is_that_of_jax(image, window, stride, padding, channels_in, channels_out):
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(channels_out, channels_in, *window))
    shape = (*image, channels_in)
    block = convolution(shape, kernel, stride, padding)
    assert_tidy(block)
    assert_same_map(block, lambda x: convolve_by_jax(x, kernel, stride, padding), shape, rng)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("image", "window", "stride"), SHAPES)
def test_average_pool_is_that_of_jax(image, window, stride, padding):
    rng = np.random.default_rng(2)
    for channels in (1, 3):
        shape = (*image, channels)
        block = average_pool(shape, window, stride, padding)
        assert_tidy(block)
        assert_same_map(block, lambda x: pool_by_jax(x, window, stride, padding), shape, rng)


@st.composite
def windows(draw):
    sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
    image, window, stride = draw(sizes), draw(sizes), draw(sizes)
    padding = draw(st.sampled_from(["valid", "same"]))
    assume(padding == "same" or (window[0] <= image[0] and window[1] <= image[1]))
    return image, window, stride, padding


@settings(max_examples=25, deadline=None)
@given(
    windows=windows(),
    channels_in=st.integers(1, 3),
    channels_out=st.integers(1, 3),
    zeros=st.sampled_from([0.0, 0.5, 1.0]),
    seed=st.integers(0, 99),
)
def test_any_window_is_that_of_jax(windows, channels_in, channels_out, zeros, seed):
    image, window, stride, padding = windows
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(channels_out, channels_in, *window))
    kernel[rng.random(kernel.shape) < zeros] = 0
    shape = (*image, channels_in)
    block = convolution(shape, kernel, stride, padding)
    assert_tidy(block)
    assert_same_map(block, lambda x: convolve_by_jax(x, kernel, stride, padding), shape, rng)
    pool = average_pool(shape, window, stride, padding)
    assert_tidy(pool)
    assert_same_map(pool, lambda x: pool_by_jax(x, window, stride, padding), shape, rng)


@settings(max_examples=200, deadline=None)
@given(windows=windows(), channels_in=st.integers(1, 3), channels_out=st.integers(1, 3))
def test_any_window_is_that_of_the_definition(windows, channels_in, channels_out):
    image, window, stride, padding = windows
    assume(np.prod(image) * np.prod(window) < 300)
    kernel = np.random.default_rng(3).normal(size=(channels_out, channels_in, *window))
    kernel[np.abs(kernel) < 0.3] = 0
    shape = (*image, channels_in)
    block = convolution(shape, kernel, stride, padding)
    assert_tidy(block)
    # equal bits: every entry is a number of the kernel
    np.testing.assert_array_equal(
        block.toarray(), convolve_by_loops(shape, kernel, stride, padding)
    )
    np.testing.assert_array_equal(
        average_pool(shape, window, stride, padding).toarray(),
        pool_by_loops(shape, window, stride, padding),
    )


def test_a_small_convolution_written_out():
    kernel = np.array([[[[1.0, 2.0]]]])
    valid = [[1, 2, 0], [0, 1, 2]]
    np.testing.assert_array_equal(convolution((1, 3, 1), kernel, (1, 1), "valid").toarray(), valid)
    same = [[1, 2, 0], [0, 1, 2], [0, 0, 1]]  # the one pixel of padding is behind the image
    np.testing.assert_array_equal(convolution((1, 3, 1), kernel, (1, 1), "same").toarray(), same)
    pool = [[0.5, 0.5, 0], [0, 0, 1]]
    np.testing.assert_array_equal(average_pool((1, 3, 1), (1, 2), (1, 2), "same").toarray(), pool)


@pytest.mark.parametrize(
    ("image", "window", "stride", "padding", "expected"),
    [
        ((28, 28), (5, 5), (1, 1), "valid", (24, 24)),
        ((28, 28), (5, 5), (1, 1), "same", (28, 28)),
        ((28, 27), (3, 5), (2, 3), "valid", (13, 8)),
        ((28, 27), (3, 5), (2, 3), "same", (14, 9)),
        ((5, 4), (5, 4), (7, 1), "valid", (1, 1)),
        ((2, 3), (9, 9), (1, 2), "same", (2, 2)),
    ],
)
def test_output_shape(image, window, stride, padding, expected):
    assert output_shape(image, window, stride, padding) == expected


def test_zeros_of_the_kernel_take_no_memory():
    kernel = np.zeros((2, 1, 3, 3))
    kernel[1, 0, 1, 1] = -2.0
    block = convolution((4, 5, 1), kernel, (1, 1), "same")
    assert block.nnz == 20
    assert_tidy(block)
    kernel[1, 0, 1, 1] = -0.0
    assert convolution((4, 5, 1), kernel, (1, 1), "same").nnz == 0


def test_pooled_weights_of_a_window_add_up_to_one():
    block = average_pool((7, 5, 2), (3, 4), (2, 2), "same")
    np.testing.assert_allclose(block.sum(axis=1), 1, rtol=0, atol=ROUNDING)


def test_the_kernel_is_left_alone_and_may_be_of_integers():
    kernel = np.arange(18).reshape(2, 1, 3, 3)
    kept = kernel.copy()
    block = convolution((4, 4, 1), kernel, (1, 1), "same")
    assert_tidy(block)
    np.testing.assert_array_equal(kernel, kept)
    again = convolution((4, 4, 1), kernel.astype(np.float64), (1, 1), "same")
    np.testing.assert_array_equal(block.toarray(), again.toarray())


def test_wide_indices_give_the_same_block(monkeypatch):
    kernel = np.random.default_rng(4).normal(size=(2, 3, 3, 2))
    narrow = convolution((6, 5, 3), kernel, (2, 1), "same")
    monkeypatch.setattr(module, "MAX_INT32", 10)
    wide = convolution((6, 5, 3), kernel, (2, 1), "same")
    np.testing.assert_array_equal(wide.toarray(), narrow.toarray())


@pytest.mark.parametrize(
    ("image", "kernel", "padding"),
    [
        ((40, 40, 8), (16, 8, 3, 3), "same"),
        ((28, 28, 1), (8, 1, 28, 28), "same"),  # no two places see the same part of the window
        ((300, 300, 1), (1, 1, 1, 1), "valid"),  # one entry a row
        ((300, 300, 1), (1, 1, 300, 300), "valid"),  # one row
    ],
)
def test_building_takes_at_most_three_times_the_memory_of_the_result(image, kernel, padding):
    values = np.random.default_rng(5).normal(size=kernel)
    tracemalloc.start()
    block = convolution(image, values, (1, 1), padding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * (block.data.nbytes + block.indices.nbytes + block.indptr.nbytes)


def test_a_window_that_does_not_fit_is_refused():
    message = r"^a window of 4 x 2 does not fit into an image of 3 x 9 \(height x width\); padding:"
    with pytest.raises(CompileError, match=message):
        output_shape((3, 9), (4, 2), (1, 1), "valid")
    with pytest.raises(CompileError, match=message):
        convolution((3, 9, 1), np.ones((1, 1, 4, 2)), (1, 1), "valid")
    with pytest.raises(CompileError, match=message):
        average_pool((3, 9, 2), (4, 2), (1, 1), "valid")


def test_a_kernel_for_other_channels_is_refused():
    with pytest.raises(CompileError, match=r"^a kernel for 2 channels does not fit an image of 3$"):
        convolution((4, 4, 3), np.ones((1, 2, 2, 2)), (1, 1), "valid")
