"""Policies of least expected cost for integer demand, row by row: (s,Q) and (s,S)."""
from libc.stdlib cimport free, malloc

from stocklevel._kernels.growing cimport (
    LANES, PAD, Store, add_later, blank, lengthen, sixteen_levels, sixteen_renewals, widen,
)
from stocklevel._kernels.tables cimport Curve, Masses, next_up, rise, settle, sink

include "variant.pxi"

cdef double _NAN = float("nan")
cdef double _NOTHING = 1e-24  # share of a jump's probability beyond which it plays no part


cdef struct _Row:  # one row of what Python hands over
    Curve curve
    Masses jump    # demand between two looks at the position, from its first value of any probability
    double first   # that value
    double mass    # its probability
    double reach   # P(jump > first)
    double scale   # fixed cost of an order, per period and look


cdef struct _Given:
    Py_ssize_t parts
    Py_ssize_t step
    const double* holding
    const double* backorder
    const double* scale
    const double* weight   # (parts, rows); without parts the probabilities are listed
    const double* alpha
    const double* beta
    const double* mass
    const double* start    # position where cost, cdf and sf are known
    const double* cost
    const double* cdf
    const double* sf
    const double* listed
    const long long* begin
    const double* low      # y of a row's first probability
    bint jump_listed
    const double* jump_alpha
    const double* jump_beta
    const double* jump_first
    const double* jump_mass
    const double* jump_reach
    const double* jump_table
    const long long* jump_begin
    double* up
    double* down
    double one             # the weight of a jump's only part
    double jump_up


cdef inline void _take(_Given* x, Py_ssize_t i, _Row* row) noexcept nogil:
    cdef Masses* f = &row.curve.masses
    row.curve.holding = x.holding[i]
    row.curve.backorder = x.backorder[i]
    row.scale = x.scale[i]
    f.parts = x.parts
    f.step = x.step
    f.up = x.up
    f.down = x.down
    if x.parts > 0:
        f.weight = x.weight + i
        f.alpha = x.alpha + i
        f.beta = x.beta + i
        settle(&row.curve, x.start[i], x.cost[i], x.cdf[i], x.sf[i], x.mass + i, x.step)
    else:
        f.table = x.listed + x.begin[i]
        f.count = x.begin[i + 1] - x.begin[i]
        f.first = x.low[i]
        settle(&row.curve, x.start[i], x.cost[i], x.cdf[i], x.sf[i], NULL, 0)
    f = &row.jump
    row.first = x.jump_first[i]
    row.mass = x.jump_mass[i]
    row.reach = x.jump_reach[i]
    f.highest = row.first
    f.first = row.first
    f.parts = 0 if x.jump_listed else 1
    f.step = 0
    if x.jump_listed:
        f.table = x.jump_table + x.jump_begin[i]
        f.count = x.jump_begin[i + 1] - x.jump_begin[i]
    else:
        f.weight = &x.one
        f.alpha = x.jump_alpha + i
        f.beta = x.jump_beta + i
        f.up = &x.jump_up
        x.jump_up = row.mass


cdef inline void _reorder(_Row* row, double* s, double* q, double* cost) noexcept nogil:
    # cost(Q) = [scale sum_{j<Q} P(jump > j) + the Q smallest G]/Q; once the next G is no less than the best cost, every
    # larger Q averages a cost and positions that are no better (Federgruen and Zheng 1992); exact with the undershoot
    # too, since the ordering term only adds
    cdef Curve* g = &row.curve
    cdef double low = g.masses.lowest, total = g.above, tail, next, best, value
    cdef double up = rise(g), down = sink(g)
    cdef Py_ssize_t n = 1, j = 0
    tail = 1.0 if row.first > 0.0 else row.reach
    total += row.scale * tail
    best = total
    s[0], q[0] = low - 1.0, 1.0
    while True:
        next = down if down <= up else up
        if not next < best:
            break
        j += 1
        if <double>j >= row.first:
            if <double>j == row.first:
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


cdef const double* _at(values) except? NULL:
    cdef const double[:, ::1] rows
    cdef const double[::1] flat
    if values is None or values.size == 0:
        return NULL
    if values.ndim == 2:
        rows = values
        return &rows[0, 0]
    flat = values
    return &flat[0]


cdef void _read(_Given* x, tuple curve, tuple jump):
    cdef const long long[::1] begin
    holding, backorder, scale, start, cost, cdf, sf, weight, alpha, beta, mass, listed, begins, low = curve
    x.holding, x.backorder, x.scale = _at(holding), _at(backorder), _at(scale)
    x.start, x.cost, x.cdf, x.sf = _at(start), _at(cost), _at(cdf), _at(sf)
    x.weight, x.alpha, x.beta, x.mass = _at(weight), _at(alpha), _at(beta), _at(mass)
    x.parts = 0 if weight is None else weight.shape[0]
    x.step = holding.shape[0]
    x.listed, x.low = _at(listed), _at(low)
    if begins is not None:
        begin = begins
        x.begin = &begin[0]
    alpha, beta, first, mass, reach, listed, begins = jump
    x.jump_alpha, x.jump_beta = _at(alpha), _at(beta)
    x.jump_first, x.jump_mass, x.jump_reach = _at(first), _at(mass), _at(reach)
    x.jump_listed = begins is not None
    x.jump_table = _at(listed)
    if begins is not None:
        begin = begins
        x.jump_begin = &begin[0]
    x.one = 1.0


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
