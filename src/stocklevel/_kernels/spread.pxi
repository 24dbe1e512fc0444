# Several places to a row: the row's parameters are prepared once, and its places are the lanes.
# Row i has the places starts[i]..starts[i+1] of flat arrays.


cdef inline void _densities(const _Horizon* x, const double* y, double* out) noexcept nogil:
    cdef int j
    if GROWS and x.grows:
        density_growth_lanes(&x.rows, y, out)
        for j in range(LANES):
            out[j] *= x.pace[j]
    else:
        density_lanes(&x.rows, y, out)


cdef inline void _probabilities(const _Horizon* x, const double* place, Py_ssize_t n, double* out) noexcept nogil:
    cdef double y[16]
    cdef double found[16]
    cdef Py_ssize_t at = 0, j
    while at < n:
        for j in range(LANES):
            y[j] = place[at + j if at + j < n else n - 1]
        _densities(x, y, found)
        for j in range(LANES):
            if at + j < n:
                out[at + j] = found[j]
        at += LANES


cdef inline void _descend(int slot, const _Horizon* x, const double* place, Py_ssize_t n, double* out) noexcept nogil:
    # whole places that rise by one: P(X > y - 1) = P(X > y) + P(X = y), n1(y - 1) = n1(y) + P(X > y - 1), sums of
    # positive terms from the highest place down
    cdef double y[16]
    cdef Lanes top
    cdef double mass, sf, loss
    cdef Py_ssize_t j
    for j in range(LANES):
        y[j] = place[n - 1]
    _evaluate(x, y, NEED_PROBABILITY | NEED_LOSS, &top)
    sf, loss = top.sf[0], top.loss[0]
    _probabilities(x, place, n, out)
    for j in range(n - 1, -1, -1):
        mass = out[j]
        out[j] = sf if slot == SF else loss
        sf += mass
        loss += sf


cdef inline void _weigh_whole(const _Horizon* x, double high, const double* weights, Py_ssize_t n,
                              double* total) noexcept nogil:
    # places high, high - 1, ...: as in _descend; total has the five sums at 0, 16, 32, ...
    cdef double y[16]
    cdef double mass[16]
    cdef Lanes top
    cdef double sf, loss, left, w, whole = 0.0 if x.grows else 1.0
    cdef Py_ssize_t at = 0, j
    for j in range(LANES):
        y[j] = high
    _evaluate(x, y, NEED_PROBABILITY | NEED_LOSS, &top)
    sf, loss, left = top.sf[0], top.loss[0], top.complementary_loss[0]
    while at < n:
        for j in range(LANES):
            y[j] = high - at - j
        _densities(x, y, mass)
        for j in range(LANES if at + LANES <= n else n - at):
            w = weights[at + j]
            total[0] += w * loss
            total[16] += w * left
            total[32] += w * sf
            total[48] += w * (sf + mass[j])
            total[64] += w * mass[j]
            sf += mass[j]
            loss += sf
            left -= whole - sf
        at += LANES


cdef inline void _weigh(const _Stretch* stretch, const double* level, const long long* starts, const double* below,
                        const double* weights, double* loss, double* left, double* exceeds, double* reaches,
                        double* density, Py_ssize_t n) noexcept nogil:
    cdef double y[16]
    cdef double w[16]
    cdef double total[5][16]
    cdef Py_ssize_t row, at, stop, i
    cdef _Horizon x
    cdef Lanes value
    cdef double more
    cdef int j, k
    for row in range(n):
        _load_horizon(stretch, row, row + 1, &x)
        for k in range(5):
            for j in range(LANES):
                total[k][j] = 0.0
        at, stop = starts[row], starts[row + 1]
        if WHOLE and not x.some_certain and below[stop - 1] - below[at] == stop - at - 1:
            _weigh_whole(&x, level[row] - below[at], weights + at, stop - at, &total[0][0])
            at = stop
        while at < stop:
            for j in range(LANES):
                i = at + j if at + j < stop else stop - 1
                y[j] = level[row] - below[i]
                w[j] = weights[i] if at + j < stop else 0.0
            _evaluate(&x, y, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &value)
            for j in range(LANES):
                more = WHOLE * value.density[j]
                if not WHOLE and x.some_certain and y[j] == x.mean[j]:
                    more = 1.0
                total[0][j] += w[j] * value.loss[j]
                total[1][j] += w[j] * value.complementary_loss[j]
                total[2][j] += w[j] * value.sf[j]
                total[3][j] += w[j] * (value.sf[j] + more)
                total[4][j] += w[j] * value.density[j]
            at += LANES
        for k in range(5):
            for j in range(1, LANES):
                total[k][0] += total[k][j]
        loss[row], left[row], exceeds[row] = total[0][0], total[1][0], total[2][0]
        reaches[row], density[row] = total[3][0], total[4][0]


def weighted(tuple demand, const double[::1] level, const long long[::1] starts, const double[::1] below,
             const double[::1] weights, double[:, :] out):
    """Weighted sums of E(X-y)+, E(y-X)+, P(X > y), P(X >= y) and density over the places y below the level of a row."""
    cdef _Stretch stretch = _stretch(demand)
    with nogil:
        _weigh(&stretch, &level[0], &starts[0], &below[0], &weights[0], &out[0, 0], &out[1, 0], &out[2, 0],
               &out[3, 0], &out[4, 0], level.shape[0])


cdef inline void _tabulate(int slot, const _Stretch* stretch, const long long* starts, const double* x, double* out,
                           Py_ssize_t n) noexcept nogil:
    cdef double y[16]
    cdef Py_ssize_t row, at, stop
    cdef _Horizon demand
    cdef Lanes value
    cdef int j, count
    for row in range(n):
        _load_horizon(stretch, row, row + 1, &demand)
        at, stop = starts[row], starts[row + 1]
        if WHOLE and not demand.some_certain:
            if slot == DENSITY:
                _probabilities(&demand, x + at, stop - at, out + at)
            else:
                _descend(slot, &demand, x + at, stop - at, out + at)
            continue
        while at < stop:
            count = LANES if at + LANES <= stop else <int>(stop - at)
            for j in range(LANES):
                y[j] = x[at + j if j < count else stop - 1]
            if slot == DENSITY:
                _evaluate(&demand, y, NEED_DENSITY, &value)
                for j in range(count):
                    out[at + j] = value.density[j]
            elif slot == SF:
                _evaluate(&demand, y, NEED_PROBABILITY, &value)
                for j in range(count):
                    out[at + j] = value.sf[j]
            else:
                _evaluate(&demand, y, NEED_LOSS, &value)
                for j in range(count):
                    out[at + j] = value.loss[j]
            at += LANES


def tables(int slot, tuple demand, const long long[::1] starts, const double[::1] x, double[::1] out):
    """Fill out with the density, tail or loss of every row at each of its places; whole ones rise by one."""
    cdef _Stretch stretch = _stretch(demand)
    cdef Py_ssize_t n = starts.shape[0] - 1
    with nogil:
        if slot == DENSITY:
            _tabulate(DENSITY, &stretch, &starts[0], &x[0], &out[0], n)
        elif slot == SF:
            _tabulate(SF, &stretch, &starts[0], &x[0], &out[0], n)
        else:
            _tabulate(LOSS, &stretch, &starts[0], &x[0], &out[0], n)
