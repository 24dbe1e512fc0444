"""Policies of least expected cost for integer demand, row by row: (s,Q) and (s,S)."""
from libc.math cimport sqrt
from libc.stdlib cimport free, malloc

from stocklevel._kernels.growing cimport (
    LANES, PAD, Store, add_later, blank, lengthen, sixteen_levels, sixteen_renewals, widen,
)
from stocklevel._kernels.tables cimport Curve, Masses, climb, descend, next_up, rise, settle, sink

include "variant.pxi"
include "optimum_given.pxi"

cdef double _NAN = float("nan")
cdef double _NOTHING = 1e-24  # share of a jump's probability beyond which it plays no part


cdef inline double _at_least(const _Row* row) noexcept nogil:
    # below the least cost of customers of one unit: G is no less than its minimum, nor than the cost of certain
    # demand, whose mean over Q positions is at least k Q/2 - (h + b)/(8 Q), k = h b/(h + b)
    cdef double h = row.curve.holding, b = row.curve.backorder, g = row.curve.above
    cdef double spare = row.scale - 0.125 * (h + b)
    return (1.0 - 1e-9) * sqrt(2.0 * h * b / (h + b) * spare + g * g) if spare > 0.0 else 0.0


cdef inline void _reorder(_Row* row, double* s, double* q, double* cost) noexcept nogil:
    # cost(Q) = [scale sum_{j<Q} P(jump > j) + the Q smallest G]/Q; once the next G is no less than the best cost, every
    # larger Q averages a cost and positions that are no better (Federgruen and Zheng 1992); exact with the undershoot
    # too, since the ordering term only adds. Where all customers want one unit, each G below the best cost belongs to
    # the best Q
    cdef Curve* g = &row.curve
    cdef double low = g.masses.lowest, total = g.above, tail, next, best, value, least = 0.0
    cdef double up, down
    cdef Py_ssize_t n = 1, j = 0, below = 0
    cdef bint single = row.first == 1.0 and row.reach == 0.0
    if single:
        least = _at_least(row)
    tail = 1.0 if row.first > 0.0 else row.reach
    total += row.scale * tail
    up, down = rise(g), sink(g)
    if single:
        total += climb(g, least, &n) + descend(g, least, &below)
        up, down = g.above, g.below
        low -= <double>below
        n += below
        j = n - 1
    best = total / n
    s[0], q[0] = low - 1.0, n
    while True:
        next = down if down <= up else up
        if not next < best:
            break
        j += 1
        if <double>j >= row.first:
            if <double>j == row.first or single:
                tail = row.reach
            else:
                value = next_up(&row.jump)
                tail = tail - value if tail > value else 0.0
        total += next + row.scale * tail
        n += 1
        if down <= up:
            low -= 1.0
            down = sink(g)
        else:
            up = rise(g)
        value = total / n
        if value < best:
            best = value
            s[0], q[0] = low - 1.0, n
    cost[0] = best if best == best else _NAN
    if best != best:
        s[0] = q[0] = _NAN


cdef inline double _position(Store* x, Curve* curve, Py_ssize_t at) noexcept nogil:
    # G at a position relative to the minimum
    while at > x.highest and not x.failed:
        if x.zero + x.highest + 1 >= x.room:
            widen(x)
        else:
            x.highest += 1
            x.g[x.zero + x.highest] = rise(curve)
    while at < x.lowest and not x.failed:
        if x.zero + x.lowest - 1 < 0:
            widen(x)
        else:
            x.lowest -= 1
            x.g[x.zero + x.lowest] = sink(curve)
    return _NAN if x.failed else x.g[x.zero + at]


cdef inline void _next_jump(Store* x, _Row* row) noexcept nogil:
    # the probability of one unit more than known so far
    cdef Py_ssize_t j = x.jumps + 1, i
    cdef double f
    x.jumps = j
    if <double>j < row.first:
        f = 0.0
    elif <double>j == row.first:
        f = row.mass
    else:
        f = next_up(&row.jump)
    x.p[j - 1] = f
    if row.jump.parts == 0:
        if <double>j >= row.first + <double>(row.jump.count - 1):
            x.most = j
    elif j > 1 and f < x.p[j - 2] and f <= _NOTHING * (1.0 - x.quiet):
        x.most = j
    if f == 0.0 and x.least == j:
        x.least = j + 1
    if x.most == j:  # what an earlier row has left behind
        for i in range(j, j + PAD if j + PAD < x.size else x.size):
            x.p[i] = 0.0


cdef void _renew(Store* x, _Row* row, Py_ssize_t count) noexcept nogil:
    # m(0) = 1/(1 - p0), m(j) = sum_{i=1..j} p_i m(j - i)/(1 - p0), sixteen at a time: first what the known ones
    # give to each, then what these give to one another
    cdef Py_ssize_t first, last, k
    cdef double share = 1.0 / row.reach if x.quiet >= 0.5 else 1.0 / (1.0 - x.quiet)
    cdef double found
    cdef double sums[16]
    while x.known < count and not x.failed:
        if x.known + LANES > x.size:
            lengthen(x)
            continue
        while x.jumps < x.known + LANES and x.jumps < x.most:
            _next_jump(x, row)
        first = x.known - x.most if x.known > x.most else 0
        last = x.known + LANES - x.least if x.least > LANES else x.known
        sixteen_renewals(x.m + x.size - 1, x.p + x.known - 1, first, last, sums)
        if x.known == 0:
            x.total[0] = 0.0
            sums[0] = 1.0
        for k in range(LANES):
            found = sums[k] * share
            x.m[x.size - 1 - x.known - k] = found
            x.total[x.known + k + 1] = x.total[x.known + k] + found
            add_later(x.p, found, k, sums)
        x.known += LANES


cdef void _min_max(_Row* row, Store* x, double* low, double* high, double* cost) noexcept nogil:
    # cost(s, S) = [scale + sum_{j < S-s} m(j) G(S - j)]/M(S - s), by the algorithm of Zheng and Federgruen (1991):
    # the best s for S at the minimum, then larger S while G(S) is below the best cost; s only rises with them
    cdef Curve* curve = &row.curve
    cdef double base = curve.masses.lowest, held, best, value
    cdef double sums[16]
    cdef Py_ssize_t s = -1, up = 0, n = 1, top = 0, j, k
    x.lowest = x.highest = 0
    x.zero = x.room // 2
    x.g[x.zero] = curve.above
    x.known = x.jumps = 0
    x.least = 1
    x.most = 0x7FFFFFFFFFFFFFFF
    x.quiet = row.mass if row.first == 0.0 else 0.0
    low[0] = high[0] = cost[0] = _NAN
    _renew(x, row, 1)
    held = x.total[1] * curve.above
    best = (row.scale + held) / x.total[1]
    while best > _position(x, curve, s):
        n += 1
        _renew(x, row, n)
        if x.failed:
            return
        held += x.m[x.size - n] * x.g[x.zero + s]
        best = (row.scale + held) / x.total[n]
        s -= 1
    if best != best or x.failed:
        return
    up = 1
    while _position(x, curve, up) <= best:
        n = up - s
        _renew(x, row, n + LANES)
        _position(x, curve, up + LANES)
        if x.failed:
            return
        sixteen_levels(x.m + x.size - 1, x.g + x.zero + up, n, sums)
        for k in range(LANES):
            if not x.g[x.zero + up + k] <= best:
                break
            held = sums[k]
            for j in range(n, up + k - s):
                held += x.m[x.size - 1 - j] * x.g[x.zero + up + k - j]
            for j in range(up + k - s, n):  # s has risen since
                held -= x.m[x.size - 1 - j] * x.g[x.zero + up + k - j]
            value = (row.scale + held) / x.total[up + k - s]
            if value < best:
                best, top = value, up + k
                while top - s > 1 and best < x.g[x.zero + s + 1]:
                    held -= x.m[x.size - top + s] * x.g[x.zero + s + 1]
                    s += 1
                    best = (row.scale + held) / x.total[top - s]
        up += LANES
    low[0], high[0], cost[0] = base + s, base + top, best


def best(bint min_max, tuple curve, tuple jump, Py_ssize_t start, Py_ssize_t stop, double[::1] low, double[::1] other,
         double[::1] cost):
    """Fill in s with Q, or s with S, and their cost, in the rows from start to stop.

    Curve: holding and backorder cost, scale of the ordering cost; a position and the mean of G, cdf and sf there;
    weight, alpha, beta and probability at the position of each part, or probabilities with their bounds and first
    value.  Jump: alpha and beta, first value, its probability, P(jump > first), or probabilities from the first on.
    """
    cdef _Given x
    cdef _Row row
    cdef Store store
    cdef Py_ssize_t i
    if stop <= start:
        return
    _read(&x, curve, jump)
    store.room = 256 if min_max else 1
    store.size = 128 if min_max else 1
    store.failed = False
    x.up = <double*>malloc((2 * x.parts + 1) * sizeof(double))
    store.g, store.p = blank(store.room), blank(store.size)
    store.m, store.total = blank(store.size), blank(store.size)
    if x.up == NULL or store.g == NULL or store.p == NULL or store.m == NULL or store.total == NULL:
        store.failed = True
    else:
        x.down = x.up + x.parts
        with nogil:
            for i in range(start, stop):
                _take(&x, i, &row)
                if min_max:
                    _min_max(&row, &store, &low[i], &other[i], &cost[i])
                    if store.failed:
                        break
                else:
                    _reorder(&row, &low[i], &other[i], &cost[i])
    free(x.up)
    free(store.g)
    free(store.p)
    free(store.m)
    free(store.total)
    if store.failed:
        raise MemoryError
