"""From a `Network` to what the kernels work on: order of neurons, storage of weights, pieces."""
