"""Arrays with forbidden memory beside them: who reads or writes past an end ends the process.

NumPy is given an allocator that maps pages of its own for each array. `after` puts an array's last
byte in front of a page that nobody may touch, `before` its first byte behind one. Compiled kernels
do not check their indices; here the machine does, for machine vectors too.
"""

import ctypes
import mmap
import os
import sys

import numpy as np

PAGE = mmap.PAGESIZE
# Where in NumPy's table of C functions, since 1.22.
SET_HANDLER = 304

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

_MALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_CALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
_REALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class _Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("ctx", ctypes.c_void_p),
        ("malloc", _MALLOC),
        ("calloc", _CALLOC),
        ("realloc", _REALLOC),
        ("free", _FREE),
    )


def guard(side):
    """Guard all arrays that NumPy makes from now on; what is returned must be kept."""
    sizes = {}  # of what is mapped, by the address that NumPy knows

    def malloc(_, size):
        room = -(-max(size, 1) // PAGE) * PAGE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        start = _libc.mmap(None, room + 2 * PAGE, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
        if start in (None, ctypes.c_void_p(-1).value):
            return None
        _libc.mprotect(start, PAGE, 0)
        _libc.mprotect(start + PAGE + room, PAGE, 0)
        # Numbers of 8 bytes stay aligned; so the end may be up to 7 bytes off for smaller ones.
        at = start + PAGE + (room - -(-size // 8) * 8 if side == "after" else 0)
        sizes[at] = start, room + 2 * PAGE, size
        return at

    def calloc(_, count, size):
        return malloc(None, count * size)  # new pages are zero

    def free(_, at, size):
        if at is not None:
            start, room, _size = sizes.pop(at)
            _libc.munmap(start, room)

    def realloc(_, at, size):
        new = malloc(None, size)
        if at is not None and new is not None:
            ctypes.memmove(new, at, min(size, sizes[at][2]))
            free(None, at, 0)
        return new

    handler = _Handler(
        b"guarded", 1, None, _MALLOC(malloc), _CALLOC(calloc), _REALLOC(realloc), _FREE(free)
    )
    table = np.core if np.lib.NumpyVersion(np.__version__) < "2.0.0" else np._core
    capsule = table._multiarray_umath._ARRAY_API
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    functions = ctypes.cast(pointer(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(functions[SET_HANDLER])
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    name = ctypes.c_char_p(b"mem_handler")
    set_handler(new(ctypes.addressof(handler), name, None))
    # Arrays that live until the end of the process are freed by these functions.
    _KEPT.append((handler, sizes, name))


_KEPT = []


def overrun(side):
    """Read past an end with compiled code, as a kernel with a wrong index would."""
    from numba import njit

    @njit
    def read(x, at):
        return x[at]

    x = np.zeros(PAGE // 8)
    # Signed indices below zero would count from the end; this one is beyond any end.
    return read(x, np.uint64(x.size) if side == "after" else np.uint64(2**61 - 1))


if __name__ == "__main__":
    guard(sys.argv[1])
    if sys.argv[2] == "overrun":
        overrun(sys.argv[1])
    elif sys.argv[2] == "driven":
        from guarded_runs import driven

        driven()
    elif sys.argv[2] == "learned":
        from guarded_runs import learned

        learned()
    else:
        from guarded_runs import run_all

        run_all(int(sys.argv[2]))
    # Arrays that are freed while the interpreter goes away would need it.
    sys.stdout.flush()
    os._exit(0)
