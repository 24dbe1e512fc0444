"""Totals of the steps of a forecast that is given by quantiles or probabilities.

Independent steps are rounded to a lattice and multiplied as transforms; steps of a Gaussian copula are added up along
straight lines of normal scores.
"""
from libc.math cimport exp
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from stocklevel._kernels cimport gauss

include "variant.pxi"

cdef double DECAYED = 700.0  # scales beyond which a tail is 0


cdef inline double _tail_loss(double p, double score, double scale, double distance, bint normal) noexcept nogil:
    # loss in a tail of probability p that begins at this normal score, so far beyond its first value
    cdef double t = distance / scale
    if normal:
        return scale * gauss.loss(score + t)
    return scale * p * exp(-t) if t < DECAYED else 0.0


cdef struct _Curve:  # one row of `distributions/knots.py`
    const double* p
    const double* v
    const double* short
    const double* left
    Py_ssize_t m
    double lower
    double upper
    double first_score
    double last_score
    double mean
    bint normal


cdef void _losses(_Curve* c, double begin, double step, Py_ssize_t n, double* short, double* left) noexcept nogil:
    # n1 and its complement at begin + step j
    cdef Py_ssize_t j, k = 0
    cdef double x, d, q, density
    cdef double at_0 = 0.0
    cdef double first = c.v[0], last = c.v[c.m - 1]
    cdef double decay = exp(-step / c.upper) if c.upper > 0.0 else 0.0
    cdef bint in_tail = False
    if c.lower > 0.0:
        at_0 = _tail_loss(c.p[0], -c.first_score, c.lower, first, c.normal)
    for j in range(n):
        x = (begin + j) * step
        while k < c.m and c.v[k] <= x:
            k += 1
        if k == 0:
            left[j] = 0.0
            if c.lower > 0.0:
                left[j] = _tail_loss(c.p[0], -c.first_score, c.lower, first - x, c.normal) - at_0
            short[j] = left[j] + c.mean - x
        elif k == c.m:
            if c.upper <= 0.0:
                short[j] = 0.0
            elif in_tail and not c.normal:
                short[j] = short[j - 1] * decay
            else:
                short[j] = _tail_loss(1.0 - c.p[k - 1], c.last_score, c.upper, x - last, c.normal)
            in_tail = True
            left[j] = short[j] - c.mean + x
        else:
            density = (c.p[k] - c.p[k - 1]) / (c.v[k] - c.v[k - 1])
            d, q = c.v[k] - x, 1.0 - c.p[k]
            short[j] = c.short[k] + d * (q + 0.5 * density * d)
            d = x - c.v[k - 1]
            left[j] = c.left[k - 1] + d * (c.p[k - 1] + 0.5 * density * d)


cdef void _round(const double* short, const double* left, double begin, double step, double mean, Py_ssize_t n,
                 double* out) noexcept nogil:
    # p_j = [n1(x_j - d) - 2 n1(x_j) + n1(x_j + d)]/d, of the complementary loss below the mean
    cdef Py_ssize_t j
    cdef double total, value
    total = out[0] = (left[1] - left[0]) / step  # P(X <= x_0) and its share of what is next
    for j in range(1, n - 1):
        if (begin + j) * step < mean:
            value = (left[j - 1] - 2.0 * left[j] + left[j + 1]) / step
        else:
            value = (short[j - 1] - 2.0 * short[j] + short[j + 1]) / step
        out[j] = value if value > 0.0 or value != value else 0.0
        total += out[j]
    # what is beyond the end goes where its mean is
    out[n - 1] = 0.0 if (begin + n - 1) * step < mean else (short[n - 2] - short[n - 1]) / step
    total += out[n - 1]
    for j in range(n):
        out[j] /= total


def rounded(const double[:, ::1] levels, const double[:, ::1] places, const double[:, ::1] short,
            const double[:, ::1] left, const double[:, ::1] ends, const unsigned char[::1] normal,
            const double[:, ::1] lattice, double[:, ::1] out):
    """Fill each row of out with the probabilities of a row on its lattice; False where there is no memory.

    Columns of ends: scale of the lower tail, of the upper, normal score of the first level, of the last, mean.
    Columns of lattice: step, first lattice point in steps, number of points (0: all probability is at the first).
    """
    cdef Py_ssize_t i, n, points = out.shape[1]
    cdef double* work = <double*> malloc(2 * points * sizeof(double))
    cdef _Curve c
    if work == NULL:
        return False
    with nogil:
        for i in range(out.shape[0]):
            memset(&out[i, 0], 0, points * sizeof(double))
            n = <Py_ssize_t> lattice[i, 2]
            if n < 3:
                out[i, 0] = 1.0
                continue
            n = n if n < points else points
            c.p, c.v, c.short, c.left = &levels[i, 0], &places[i, 0], &short[i, 0], &left[i, 0]
            c.m, c.normal, c.mean = levels.shape[1], normal[i], ends[i, 4]
            c.lower, c.upper, c.first_score, c.last_score = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
            _losses(&c, lattice[i, 1], lattice[i, 0], n, work, work + points)
            _round(work, work + points, lattice[i, 1], lattice[i, 0], c.mean, n, &out[i, 0])
    free(work)
    return True


cdef inline void _times(double* a, double* b, double c, double d) noexcept nogil:
    cdef double real = a[0] * c - b[0] * d
    b[0] = a[0] * d + b[0] * c
    a[0] = real


cdef inline void _raise(double* product, double c, double d, long long times) noexcept nogil:
    # the product times (c + d i)^times
    cdef double a = product[0], b = product[1], square
    while times > 0:
        if times & 1:
            _times(&a, &b, c, d)
        times >>= 1
        if times > 0:
            square = c * c - d * d
            d = 2.0 * c * d
            c = square
    product[0], product[1] = a, b


def multiply(const double[:, :, ::1] transform, const double[::1] cosine, const long long[::1] times,
             double[:, :, ::1] fine, double[:, :, ::1] coarse):
    """Multiply fine by powers of the transforms, and coarse by those of the same on a lattice twice as wide.

    A probability between two wide lattice points goes to both by halves, so that the mean stays:
    C_k = [(1 + cos w) F_k + (1 - cos w) conj(F_{M/2 - k})]/2, w = 2 pi k/M.
    """
    cdef Py_ssize_t i, k, half = fine.shape[1] - 1
    cdef double up, down
    with nogil:
        for i in range(fine.shape[0]):
            if times[i] == 0:
                continue
            for k in range(half + 1):
                _raise(&fine[i, k, 0], transform[i, k, 0], transform[i, k, 1], times[i])
            for k in range(coarse.shape[1]):
                up, down = 0.5 * (1.0 + cosine[k]), 0.5 * (1.0 - cosine[k])
                _raise(&coarse[i, k, 0], up * transform[i, k, 0] + down * transform[i, half - k, 0],
                       up * transform[i, k, 1] - down * transform[i, half - k, 1], times[i])


def unrolled(const double[:, ::1] found, const long long[::1] shift, const long long[::1] rows, double[::1] out,
             const long long[::1] offsets):
    """Put each row of found, which begins at its shift and goes round, into its table; what is below 0 was rounding."""
    cdef Py_ssize_t i, j, at, size, source, points = found.shape[1]
    cdef double total, value
    with nogil:
        for i in range(found.shape[0]):
            at, size = offsets[rows[i]], offsets[rows[i] + 1] - offsets[rows[i]]
            source = shift[i] % points
            source += points if source < 0 else 0
            total = 0.0
            for j in range(size):
                value = found[i, source]
                value = value if value > 0.0 or value != value else 0.0
                out[at + j] = value
                total += value
                source += 1
                if source == points:
                    source = 0
            for j in range(size):
                out[at + j] /= total


# --- steps of a Gaussian copula ------------------------------------------------------------------

cdef inline void _split(double* p, double place, double mass) noexcept nogil:
    # to the two lattice points about a place, its mean kept
    cdef Py_ssize_t j = <Py_ssize_t> place
    p[j] += (1.0 - (place - j)) * mass
    p[j + 1] += (place - j) * mass


cdef void _along(const double* table, Py_ssize_t last, double begin, double rise, bint whole, double* sums,
                 Py_ssize_t n) noexcept nogil:
    # add the quantiles of a step at n scores in a line
    cdef Py_ssize_t k
    cdef int i
    cdef double t
    if whole:
        for k in range(n):
            t = begin + rise * k
            t = t if t > 0.0 else 0.0
            t = t if t < last else last
            sums[k] += table[<int> t]
        return
    for k in range(n):
        t = begin + rise * k
        t = t if t > 0.0 else 0.0
        t = t if t < last - 1e-9 else last - 1e-9
        i = <int> t
        sums[k] += table[i] + (t - i) * (table[i + 1] - table[i])


cdef void _sums(const double[:, ::1] table, const double[::1] slope, const double[:, ::1] rest,
                const double[::1] offset, const double[::1] line, bint whole, double* sums,
                Py_ssize_t n) noexcept nogil:
    # totals at n scores of each line; a line is z = slope e + rest, e from its first score on
    cdef Py_ssize_t m, h
    cdef double per = line[3], begin
    memset(sums, 0, rest.shape[0] * n * sizeof(double))
    for m in range(rest.shape[0]):
        for h in range(table.shape[0]):
            if table[h, table.shape[1] - 1] == 0.0:
                continue  # no demand, or no step of this total
            begin = (slope[h] * (line[0] + offset[m] * line[1]) + rest[m, h] - line[2]) * per
            _along(&table[h, 0], table.shape[1] - 1, begin, slope[h] * line[1] * per, whole, sums + m * n, n)


cdef void _gather(const double* sums, const double* weight, Py_ssize_t count, double low, double per, double* p,
                  Py_ssize_t room) noexcept nogil:
    # put totals of these weights on a lattice; four copies of it, since one would wait for its own last sum
    cdef Py_ssize_t k
    for k in range(0, count - 3, 4):
        _split(p, (sums[k] - low) * per, weight[k])
        _split(p + room, (sums[k + 1] - low) * per, weight[k + 1])
        _split(p + 2 * room, (sums[k + 2] - low) * per, weight[k + 2])
        _split(p + 3 * room, (sums[k + 3] - low) * per, weight[k + 3])
    for k in range(count - count % 4, count):
        _split(p, (sums[k] - low) * per, weight[k])


cdef void _measured(const double* sums, const double* weight, Py_ssize_t count, Py_ssize_t last,
                    double[::1] moments) noexcept nogil:
    # first place and step of the lattice of these totals, their mean, variance and P(no demand)
    cdef Py_ssize_t k
    cdef double low = 1e300, high = 0.0, mean = 0.0, square = 0.0, none = 0.0, step, d
    for k in range(count):
        low = sums[k] if sums[k] < low else low
        high = sums[k] if sums[k] > high else high
    step = (high - low) / last
    step = step if step > 1e-12 * high else 1e-12 * high + 1e-300
    for k in range(count):
        d = sums[k] - low
        mean += weight[k] * d
        square += weight[k] * d * d
        none += weight[k] if sums[k] <= 0.0 else 0.0
    moments[0], moments[1], moments[2], moments[3], moments[4] = low, step, low + mean, square - mean * mean, none


def copula(const double[:, :, ::1] tables, const double[:, ::1] slopes, const double[:, :, ::1] rests,
           const double[::1] offset, const double[:, ::1] weight, const double[::1] line, bint whole,
           double[:, ::1] out, double[:, ::1] moments):
    """Fill rows of out with the probabilities of the sum of steps, which follow normal scores; False without memory.

    tables: quantiles of each step at normal scores line[2] + j/line[3]; where whole, the lattice points of demand.
    slopes, rests: scores of the steps are slope e + rest along a line; e of line m is
    line[0] + (k + offset[m]) line[1], of these weights.  A row of out is a lattice of lattice points where whole;
    else moments say which, see `_measured`.
    """
    cdef Py_ssize_t i, k, lines = rests.shape[1], n = weight.shape[1], room = out.shape[1] + 1
    cdef double* sums = <double*> malloc((lines * n + 4 * room) * sizeof(double))
    cdef double* p = sums + lines * n
    cdef double low = 0.0, per = 1.0
    if sums == NULL:
        return False
    with nogil:
        for i in range(out.shape[0]):
            _sums(tables[i], slopes[i], rests[i], offset, line, whole, sums, n)
            if not whole:
                _measured(sums, &weight[0, 0], lines * n, out.shape[1] - 1, moments[i])
                low, per = moments[i, 0], 1.0 / moments[i, 1]
            memset(p, 0, 4 * room * sizeof(double))
            _gather(sums, &weight[0, 0], lines * n, low, per, p, room)
            for k in range(out.shape[1]):
                out[i, k] = p[k] + p[room + k] + p[2 * room + k] + p[3 * room + k]
    free(sums)
    return True


def cells(const double[:, :, ::1] cuts, double first, double per, double[:, :, ::1] out):
    """Fill out with the lattice point of a step in each cell of normal scores, on average over the cell.

    cuts: normal scores at which one lattice point follows another, never falling.
    """
    cdef Py_ssize_t i, h, j, g
    cdef double end, within
    with nogil:
        for i in range(out.shape[0]):
            for h in range(out.shape[1]):
                j = 0
                for g in range(out.shape[2]):
                    end, within = g + 1.0, 0.0
                    out[i, h, g] = j
                    while j < cuts.shape[2] and (cuts[i, h, j] - first) * per < end:
                        within = end - (cuts[i, h, j] - first) * per
                        out[i, h, g] += within if within < 1.0 else 1.0
                        j += 1
