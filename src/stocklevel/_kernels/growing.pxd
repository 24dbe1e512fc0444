# Memory for one (s,S) after the other: costs of positions and renewals, as many as the search turns out to need.
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy


cdef enum:
    PAD = 16  # values of 0 behind what is filled in
    LANES = 16


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


cdef inline double* blank(Py_ssize_t count) noexcept nogil:
    return <double*>calloc(count + PAD, sizeof(double))


cdef inline void widen(Store* x) noexcept nogil:
    # twice the room for positions, the filled part in the middle
    cdef Py_ssize_t room = 2 * x.room, zero = x.zero + x.room // 2
    cdef double* g = blank(room)
    if g == NULL:
        x.failed = True
        return
    memcpy(g + zero + x.lowest, x.g + x.zero + x.lowest, (x.highest - x.lowest + 1) * sizeof(double))
    free(x.g)
    x.g, x.room, x.zero = g, room, zero


cdef inline void lengthen(Store* x) noexcept nogil:
    # twice the room for jumps and renewals
    cdef Py_ssize_t size = 2 * x.size
    cdef double* p = blank(size)
    cdef double* m = blank(size)
    cdef double* total = blank(size)
    if p == NULL or m == NULL or total == NULL:
        free(p)
        free(m)
        free(total)
        x.failed = True
        return
    memcpy(p, x.p, x.size * sizeof(double))
    memcpy(total, x.total, (x.size + 1) * sizeof(double))
    memcpy(m + size - x.known, x.m + x.size - x.known, x.known * sizeof(double))
    free(x.p)
    free(x.m)
    free(x.total)
    x.p, x.m, x.total, x.size = p, m, total, size


cdef inline void sixteen_levels(const double* m, const double* g, Py_ssize_t n, double* sums) noexcept nogil:
    # sum over j < n of m(j) G(S - j) for a level S and the fifteen above it; m(j) lies j places before m(0)
    cdef double even[16]
    cdef double odd[16]
    cdef Py_ssize_t j
    cdef int k
    for k in range(16):
        even[k] = odd[k] = 0.0
    for j in range(0, n - 1, 2):
        for k in range(16):
            even[k] += m[-j] * g[k - j]
            odd[k] += m[-j - 1] * g[k - j - 1]
    if n % 2 == 1:
        for k in range(16):
            even[k] += m[1 - n] * g[k + 1 - n]
    for k in range(16):
        sums[k] = even[k] + odd[k]


cdef inline void sixteen_renewals(const double* m, const double* p, Py_ssize_t first, Py_ssize_t last,
                                  double* sums) noexcept nogil:
    # sum over the known t = first..last-1 of m(t) p(n + k - t), for k = 0..15 and n the number known; p points to p(n)
    cdef double even[16]
    cdef double odd[16]
    cdef Py_ssize_t t
    cdef int k
    for k in range(16):
        even[k] = odd[k] = 0.0
    for t in range(first, last - 1, 2):
        for k in range(16):
            even[k] += m[-t] * p[k - t]
            odd[k] += m[-t - 1] * p[k - t - 1]
    if last > first and (last - first) % 2 == 1:
        for k in range(16):
            even[k] += m[1 - last] * p[k + 1 - last]
    for k in range(16):
        sums[k] = even[k] + odd[k]


cdef inline void add_later(const double* p, double found, Py_ssize_t k, double* sums) noexcept nogil:
    # what the renewal k of sixteen gives to those after it
    cdef Py_ssize_t i
    for i in range(k + 1, 16):
        sums[i] += found * p[i - k - 1]
