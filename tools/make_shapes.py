"""Write networks/data/shapes.npz: weights and cues of convolutional.yaml and pooling.yaml.

Needs nothing but NumPy:

    python tools/make_shapes.py

Four shapes of lines are drawn on 12 x 12 pixels. A line detector at each position takes part in a
softmax over four orientations and "nothing here"; what the detectors say of a shape is its memory.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "networks" / "data" / "shapes.npz"
SEED = 1
SIDE = 12
BETA = 20.0  # of the softmax over channels, as in the YAML files
NOTHING = 0.5  # input of the channel "nothing": half of what a line of three pixels sends
GAIN = 2.0  # length of a pooled memory
NOISE = 0.4  # on pixels of the noisy cues
NOISE_SHIFTED = 0.3


def shapes():
    """Square, plus, cross, diamond: shape (4, 12, 12)."""
    square, plus, cross, diamond = images = np.zeros((4, SIDE, SIDE))
    square[[2, 9], 2:10] = square[2:10, [2, 9]] = 1
    plus[5, 1:11] = plus[1:11, 5] = 1
    for i in range(1, 11):
        cross[i, i] = cross[i, 11 - i] = 1
    for i in range(5):
        diamond[[1 + i, 10 - i], 5 - i] = diamond[[1 + i, 10 - i], 6 + i] = 1
    return images


def kernels():
    """Lines across, down, falling and rising, and nothing: shape (5, 3, 3)."""
    kernel = np.zeros((5, 3, 3))
    kernel[0, 1] = kernel[1, :, 1] = 1
    kernel[2] = np.eye(3)
    kernel[3] = np.eye(3)[::-1]
    return kernel / 3


def features(images, inputs):
    """What the detectors say of images, without a memory: shape (n, 10, 10, 5)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    drive = BETA * (np.einsum("nyxij,cij->nyxc", windows, kernels()) + inputs)
    shares = np.exp(drive - drive.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def pooled_memories(found, window):
    """Means over windows, without "nothing", all of one length."""
    n, height, width, channels = found.shape
    blocks = found.reshape(n, height // window, window, width // window, window, channels)
    means = blocks.mean(axis=(2, 4))
    means[..., -1] = 0
    return GAIN * means / np.sqrt(np.sum(means**2, axis=(1, 2, 3), keepdims=True))


def make_arrays():
    rng = np.random.default_rng(SEED)
    images = shapes()
    inputs = np.zeros((SIDE - 2, SIDE - 2, 5))
    inputs[..., -1] = NOTHING
    found = features(images, inputs)

    covered = images.copy()
    covered[:, :, SIDE // 2 :] = 0
    noisy = images + rng.normal(0, NOISE, images.shape)
    shifts = [(0, 0), *[(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]]
    shifted = np.concatenate([np.roll(images, shift, axis=(1, 2)) for shift in shifts])
    shifted += rng.normal(0, NOISE_SHIFTED, shifted.shape)
    return {
        "shapes": images.astype(np.float32),
        "input": inputs.astype(np.float32),
        "memories": found.astype(np.float32),
        "cues": np.concatenate([covered, noisy]).astype(np.float32),
        "pooled": pooled_memories(found, 2).astype(np.float32),
        "unpooled": pooled_memories(found, 1).astype(np.float32),
        "shifted": shifted.astype(np.float32),
    }


def write(arrays, target):
    """Write an npz by hand, because numpy puts the time of day into the archive."""
    with zipfile.ZipFile(target, "w", compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def main():
    write(make_arrays(), TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
