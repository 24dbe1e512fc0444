# Blocks of LANES rows, which loops over lanes work on.
cdef inline Py_ssize_t _blocks(Py_ssize_t n) noexcept nogil:
    return (n + LANES - 1) // LANES


cdef inline const double* _lanes(const double* values, Py_ssize_t at, Py_ssize_t n, double* last) noexcept nogil:
    # LANES rows from `at`; the last block is filled up with its last row
    cdef Py_ssize_t j
    if at + LANES <= n:
        return values + at
    for j in range(LANES):
        last[j] = values[at + j if at + j < n else n - 1]
    return last


cdef inline void _store(const double* values, double* out, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t j, count = LANES if at + LANES <= n else n - at
    if count == LANES:
        for j in range(LANES):
            out[at + j] = values[j]
    else:
        for j in range(count):
            out[at + j] = values[j]
