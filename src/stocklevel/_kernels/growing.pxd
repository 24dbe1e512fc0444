# Memory for one (s,S) after the other: costs of positions and renewals, as many as the search turns out to need.
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memmove


cdef struct Store:  # memory of one thread, for one row after the other
    double* g            # G at positions around its minimum
    Py_ssize_t room      # length of g
    Py_ssize_t zero      # where the minimum is
    Py_ssize_t lowest
    Py_ssize_t highest   # positions filled in, relative to the minimum
    double* p            # probability of the jumps 1, 2, ...
    double* m            # renewal probabilities, the first at the end
    double* total        # total[n]: sum of the first n
    Py_ssize_t size      # length of these three
    Py_ssize_t known     # renewal probabilities known
    Py_ssize_t jumps     # jump probabilities known
    Py_ssize_t least     # the first jump of any probability
    Py_ssize_t most      # the last, once known
    double quiet         # P(no jump)
    bint failed


cdef inline void widen(Store* x) noexcept nogil:
    # twice the room for positions, the filled part in the middle
    cdef Py_ssize_t room = 2 * x.room, zero = x.zero + x.room // 2
    cdef double* g = <double*>malloc(room * sizeof(double))
    if g == NULL:
        x.failed = True
        return
    memmove(g + zero + x.lowest, x.g + x.zero + x.lowest, (x.highest - x.lowest + 1) * sizeof(double))
    free(x.g)
    x.g, x.room, x.zero = g, room, zero


cdef inline void lengthen(Store* x) noexcept nogil:
    # twice the room for jumps and renewals
    cdef Py_ssize_t size = 2 * x.size
    cdef double* p = <double*>realloc(x.p, size * sizeof(double))
    cdef double* m = NULL
    cdef double* total = NULL
    if p != NULL:
        x.p = p
        m = <double*>realloc(x.m, size * sizeof(double))
    if m != NULL:
        x.m = m
        total = <double*>realloc(x.total, (size + 1) * sizeof(double))
    if total == NULL:
        x.failed = True
        return
    x.total = total
    memmove(m + size - x.known, m + x.size - x.known, x.known * sizeof(double))
    x.size = size


cdef inline double dot(const double* a, const double* b, Py_ssize_t n) noexcept nogil:
    # in sixteen sums, which become vectors
    cdef double sums[16]
    cdef double total = 0.0
    cdef Py_ssize_t i, block, blocks = n // 16
    cdef int j
    for j in range(16):
        sums[j] = 0.0
    for block in range(blocks):
        for j in range(16):
            sums[j] += a[16 * block + j] * b[16 * block + j]
    for i in range(16 * blocks, n):
        total += a[i] * b[i]
    for j in range(16):
        total += sums[j]
    return total
