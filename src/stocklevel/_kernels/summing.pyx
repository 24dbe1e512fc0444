"""Tables of demand: sums of independent demands, and the sums of probabilities that `table.pyx` reads.

A table's probabilities stand at offsets[i]..offsets[i + 1] of one flat array.  Every term added is positive, so that
tails keep their relative accuracy; no transform is used.
"""
from libc.math cimport INFINITY, NAN, ceil, exp, log, sqrt
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

include "variant.pxi"

cdef double TRIFLE = 1e-60  # total probability that a tail of a power may lose
cdef double HUGE = 1e250    # a recursion is scaled down when it gets here
cdef double TINY = 1e-290


def totals(const long long[::1] offsets, double[:, ::1] values):
    """Fill the rows of values after the first, the probabilities (see `table.pyx`)."""
    cdef Py_ssize_t i, k, first, last
    cdef double above, over, twice, below, left, left_twice
    with nogil:
        for i in range(offsets.shape[0] - 1):
            first, last = offsets[i], offsets[i + 1] - 1
            above = over = twice = 0.0
            for k in range(last, first - 1, -1):
                twice += over
                over += above
                values[2, k] = above
                values[3, k] = over
                values[5, k] = twice
                above += values[0, k]
            below = left = left_twice = 0.0
            for k in range(first, last + 1):
                left_twice += left
                left += below
                below += values[0, k]
                values[1, k] = below
                values[4, k] = left
                values[6, k] = left_twice
            if below != below:
                values[3, first] = NAN


def scattered_totals(const long long[::1] offsets, double unit, double[:, ::1] values):
    """Fill the rows of values between the first, the probabilities, and the last, the values that demand can have."""
    cdef Py_ssize_t i, k
    cdef double gap
    with nogil:
        for i in range(offsets.shape[0] - 1):
            k = offsets[i + 1] - 1
            values[2, k] = values[3, k] = values[5, k] = 0.0
            for k in range(k - 1, offsets[i] - 1, -1):
                gap = values[7, k + 1] - values[7, k]
                values[2, k] = values[2, k + 1] + values[0, k + 1]
                values[3, k] = values[3, k + 1] + gap * values[2, k]
                values[5, k] = values[5, k + 1] + gap * values[3, k + 1] + 0.5 * values[2, k] * gap * (gap - unit)
            k = offsets[i]
            values[1, k], values[4, k], values[6, k] = values[0, k], 0.0, 0.0
            for k in range(k + 1, offsets[i + 1]):
                gap = values[7, k] - values[7, k - 1]
                values[1, k] = values[1, k - 1] + values[0, k]
                values[4, k] = values[4, k - 1] + gap * values[1, k - 1]
                values[6, k] = values[6, k - 1] + gap * values[4, k - 1] + 0.5 * values[1, k - 1] * gap * (gap + unit)
            if values[1, offsets[i + 1] - 1] != values[1, offsets[i + 1] - 1]:
                values[3, offsets[i]] = NAN


cdef void _convolve(const double* a, Py_ssize_t n, const double* b, Py_ssize_t m, double* out) noexcept nogil:
    cdef Py_ssize_t i, j
    cdef double share
    cdef double* row
    memset(out, 0, (n + m - 1) * sizeof(double))
    for i in range(n):
        share = a[i]
        if share != 0.0:
            row = out + i
            for j in range(m):
                row[j] += share * b[j]


def convolutions(const double[::1] a, const long long[::1] a_offsets, const long long[::1] a_rows, const double[::1] b,
                 const long long[::1] b_offsets, const long long[::1] b_rows, double[::1] out,
                 const long long[::1] offsets):
    """Fill out with the sum of the demand of a table of a and of one of b, pair by pair."""
    cdef Py_ssize_t i
    cdef long long p, q
    with nogil:
        for i in range(a_rows.shape[0]):
            p, q = a_rows[i], b_rows[i]
            _convolve(&a[a_offsets[p]], a_offsets[p + 1] - a_offsets[p], &b[b_offsets[q]],
                      b_offsets[q + 1] - b_offsets[q], &out[offsets[i]])


cdef struct _Part:  # of a row of probabilities: from `low`, `size` of them
    Py_ssize_t low
    Py_ssize_t size


cdef _Part _trimmed(const double* p, _Part part) noexcept nogil:
    # without the ends that together hold no more than a trifle
    cdef double lost = 0.0
    while part.size > 1 and lost + p[part.size - 1] < TRIFLE:
        lost += p[part.size - 1]
        part.size -= 1
    lost = 0.0
    while part.size > 1 and lost + p[0] < TRIFLE:
        lost += p[0]
        p += 1
        part.low += 1
        part.size -= 1
    return part


cdef bint _power(const double* p, Py_ssize_t n, long long times, double* out) noexcept nogil:
    # the sum of so many, by squaring; out has (n - 1) times + 1 places
    cdef Py_ssize_t size = (n - 1) * times + 1, before
    cdef double* held = <double*> malloc(size * sizeof(double))
    cdef double* work = <double*> malloc(size * sizeof(double))
    cdef long long bit = 1
    cdef _Part part
    if held == NULL or work == NULL:
        free(held)
        free(work)
        return False
    memset(out, 0, size * sizeof(double))
    part.low, part.size = 0, 1
    held[0] = 1.0
    while bit * 2 <= times:
        bit *= 2
    while bit > 0 and times > 0:
        if part.size > 1 or part.low > 0:
            _convolve(held, part.size, held, part.size, work)
            part.low, part.size = 2 * part.low, 2 * part.size - 1
            before = part.low
            part = _trimmed(work, part)
            memcpy(held, work + (part.low - before), part.size * sizeof(double))
        if times & bit:
            _convolve(held, part.size, p, n, work)
            part.size += n - 1
            before = part.low
            part = _trimmed(work, part)
            memcpy(held, work + (part.low - before), part.size * sizeof(double))
        bit //= 2
    memcpy(out + part.low, held, part.size * sizeof(double))
    free(held)
    free(work)
    return True


def powers(const double[::1] p, const long long[::1] p_offsets, const long long[::1] rows,
           const long long[::1] times, double[::1] out, const long long[::1] offsets):
    """Fill out with the sum of so many independent demands of a table; False where memory ran out."""
    cdef Py_ssize_t i
    cdef bint good = True
    with nogil:
        for i in range(rows.shape[0]):
            good = good and _power(&p[p_offsets[rows[i]]], p_offsets[rows[i] + 1] - p_offsets[rows[i]], times[i],
                                   &out[offsets[i]])
    return good


cdef double _excess(const double* p, Py_ssize_t n, double rate, double theta, double* growth) noexcept nogil:
    # theta K' - K of the cumulant function K(theta) = rate sum p_j (e^(theta j) - 1), and K itself
    cdef double factor = exp(theta), power = 1.0, first = 0.0, total = 0.0
    cdef Py_ssize_t j
    for j in range(1, n):
        power *= factor
        total += p[j] * (power - 1.0)
        first += p[j] * power * j
    growth[0] = rate * total
    return rate * (theta * first - total) if first < INFINITY else INFINITY


def reaches(const double[::1] p, const long long[::1] p_offsets, const long long[::1] rows, const double[::1] rates,
            double digits, long long[::1] out):
    """Fill out with lattice points of compound Poisson demand, all but exp(-digits) of its probability.

    By Chernoff's bound P(X >= n) <= exp(K(theta) - theta n), at the best theta: theta K' - K = digits.
    """
    cdef double second, low, high, theta, growth = 0.0
    cdef const double* size
    cdef Py_ssize_t i, j, n
    cdef int _
    with nogil:
        for i in range(rows.shape[0]):
            size = &p[p_offsets[rows[i]]]
            n = p_offsets[rows[i] + 1] - p_offsets[rows[i]]
            second = 0.0
            for j in range(1, n):
                second += size[j] * j * <double> j
            out[i] = 1
            if not rates[i] * second > 0.0:
                continue
            high = log(sqrt(2.0 * digits / (rates[i] * second)))
            low = high - 30.0
            for _ in range(30):
                theta = 0.5 * (low + high)
                if _excess(size, n, rates[i], exp(theta), &growth) > digits:
                    high = theta
                else:
                    low = theta
            theta = exp(low)
            _excess(size, n, rates[i], theta, &growth)
            out[i] = <long long> ceil((growth + digits) / theta) + 2


cdef double _dot(const double* a, const double* b, Py_ssize_t n) noexcept nogil:
    cdef double sums[16]
    cdef double total = 0.0
    cdef Py_ssize_t i
    cdef int j
    for j in range(16):
        sums[j] = 0.0
    for i in range(n // 16):
        for j in range(16):
            sums[j] += a[16 * i + j] * b[16 * i + j]
    for i in range(16 * (n // 16), n):
        total += a[i] * b[i]
    for j in range(16):
        total += sums[j]
    return total


cdef bint _panjer(const double* p, Py_ssize_t n, double rate, double* g, Py_ssize_t size) noexcept nogil:
    # g_k = rate/k sum_j j p_j g_(k-j), from 1 at 0 and scaled to a sum of 1 in the end: exp(-rate) may be 0
    cdef double* weights
    cdef double total
    cdef Py_ssize_t j, k, terms, first = 0
    if not rate > 0.0:
        memset(g, 0, size * sizeof(double))
        g[0] = 1.0
        return True
    weights = <double*> malloc(n * sizeof(double))  # the last first
    if weights == NULL:
        return False
    for j in range(1, n):
        weights[n - 1 - j] = rate * j * p[j]
    g[0] = 1.0
    for k in range(1, size):
        terms = k if k < n - 1 else n - 1
        g[k] = _dot(weights + (n - 1 - terms), g + (k - terms), terms) / k
        if g[k] > HUGE:
            for j in range(first, k + 1):
                g[j] /= HUGE
                if g[j] < TINY:
                    g[j] = 0.0
            while g[first] == 0.0:
                first += 1
    free(weights)
    total = 0.0
    for k in range(size - 1, -1, -1):
        total += g[k]
    for k in range(size):
        g[k] /= total
    return True


def compound(const double[::1] p, const long long[::1] p_offsets, const long long[::1] rows, const double[::1] rates,
             double[::1] out, const long long[::1] offsets):
    """Fill out with compound Poisson demand of customers of the sizes of a table (Panjer's recursion).

    Returns False where memory ran out.
    """
    cdef Py_ssize_t i
    cdef bint good = True
    with nogil:
        for i in range(rows.shape[0]):
            if rates[i] != rates[i] or p[p_offsets[rows[i]]] != p[p_offsets[rows[i]]]:
                out[offsets[i]] = NAN
            else:
                good = good and _panjer(&p[p_offsets[rows[i]]], p_offsets[rows[i] + 1] - p_offsets[rows[i]], rates[i],
                                        &out[offsets[i]], offsets[i + 1] - offsets[i])
    return good
