# The sums of whole_cycles.pxi, LANES tails side by side.
cdef enum:
    _BETWEEN = 8       # terms between two looks at how many are left
    _STRETCH = 64      # terms between two attempts at panels
    _LENGTHS = 128     # of a sum: four to an octave

cdef double _BEYOND = 30.0  # standard deviations above the mean from which on a mass may be 0


cdef inline double _keep(double value) noexcept nogil:
    # below the support: anything to divide by
    return value if value > 1e-60 else 1e-60


cdef void _put_tails_in_order(const _Items* items, int* order) noexcept nogil:
    # a counting sort by expected length: sums of like length side by side
    cdef int start[129]
    cdef int key[1920]
    cdef long long bits
    cdef int i
    _memset(start, 0, sizeof(start))
    for i in range(items.count):
        bits = (<long long>(_to_bits(items.high[i] if items.high[i] > 1.0 else 1.0)) >> 50) - (1023 << 2)
        key[i] = bits if bits < _LENGTHS - 1 else _LENGTHS - 1
        start[key[i] + 1] += 1
    for i in range(_LENGTHS):
        start[i + 1] += start[i]
    for i in range(items.count):
        order[start[key[i]]] = i
        start[key[i]] += 1


cdef struct _Sum:  # of LANES tails, at y = q + m and v = s + 1 - m
    double size[16]
    double y[16]
    double v[16]
    double p[16]        # P(Y = y)
    double mass[16]     # P(X = v)
    double exceeds[16]  # P(X > v)
    double weight[16]   # G(m)
    double total[16]
    double open[16]     # 1 until the rest is nothing: no row may depend on its neighbours
    double failed[16]


cdef void _begin_further(const _Horizon* x, const _Horizon* review, const double* lost, _Sum* sums) noexcept nogil:
    # not at m = 1, and nearer to the mean of X where its mass has underflown
    cdef double chosen[16]
    cdef double p[16]
    cdef double nearer, gap
    cdef Lanes value
    cdef int j
    for j in range(LANES):
        nearer = _floor(x.mean[j] + _BEYOND * x.std[j])
        gap = sums.v[j] - nearer if sums.mass[j] < 1e-280 and sums.v[j] > nearer else 0.0
        chosen[j] = 1.0 if gap > 0.0 or sums.p[j] < 0.0 else 0.0
        sums.y[j] += gap
        sums.v[j] -= gap
    _evaluate(x, sums.v, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &value)
    _densities(review, sums.y, p)
    for j in range(LANES):
        if chosen[j] > 0.0:
            sums.p[j] = p[j]
            sums.mass[j], sums.exceeds[j] = value.density[j], value.sf[j]
            sums.weight[j] = value.loss[j] - lost[j]


cdef void _begin_sums(const _Items* items, const int* order, int count, const _Horizon* x, const _Horizon* review,
                      _Sum* sums) noexcept nogil:
    cdef double lost[16]
    cdef double start[16]
    cdef double first[16]
    cdef double gap, all_of
    cdef long long further = 0
    cdef int j, k
    for j in range(LANES):
        k = order[j if j < count else count - 1]
        start[j], sums.p[j] = items.start[k], items.first[k]
    neighbour_lanes(&review.rows, start, sums.p, True, first)
    for j in range(LANES):
        k = order[j if j < count else count - 1]
        sums.size[j], sums.y[j], lost[j] = items.size[k], items.low[k], items.lost[k]
        gap = items.low[k] - (items.start[k] + 1.0)
        sums.v[j] = items.level[k] - gap
        sums.p[j], sums.mass[j] = first[j] if items.sign[k] < 0.0 else items.first[k], items.mass[k]
        sums.exceeds[j] = sums.weight[j] = items.exceeds[k]
        sums.total[j] = sums.failed[j] = 0.0
        sums.open[j] = 1.0
        if x.std[j] == 0.0 and sums.v[j] >= 0.0:  # no demand until the receipt: nothing is short before
            gap = sums.v[j] + 1.0
            sums.y[j] += gap
            sums.v[j] = -1.0
        if gap > 0.0:
            sums.p[j] = sums.mass[j] = -1.0
        further += 1 if sums.p[j] < 0.0 or (sums.mass[j] < 1e-280 and sums.v[j] >= 0.0) else 0
    if further > 0:
        _begin_further(x, review, lost, sums)
    for j in range(LANES):
        if x.std[j] == 0.0:
            sums.mass[j] = 0.0
        elif sums.mass[j] < 1e-280 and sums.v[j] >= 0.0:
            sums.failed[j] = 1.0
        if sums.p[j] < 1e-280 and sums.y[j] < review.mean[j]:
            sums.failed[j] = 1.0
        all_of = sums.p[j] + sums.mass[j] + sums.weight[j] + sums.exceeds[j] + (sums.y[j] + sums.v[j])
        if not (all_of == all_of and sums.size[j] > 1e-250):
            sums.failed[j] = 1.0


cdef inline bint _some_go_on(const _Horizon* review, const double* before, _Sum* sums) noexcept nogil:
    # terms fall at least as fast from here on
    cdef double term, ratio
    cdef long long going = 0
    cdef int j
    for j in range(LANES):
        term = sums.p[j] * sums.weight[j]
        ratio = term / before[j] if before[j] > 1e-290 else 0.0
        ratio = 1e-14 * sums.size[j] * (1.0 - ratio)
        if sums.failed[j] > 0.0 or (sums.y[j] > review.mean[j] and not (term > ratio and term > 1e-290)):
            sums.open[j] = 0.0
        going += 1 if sums.open[j] > 0.0 else 0
    return going > 0


cdef inline void _add_four(const _Horizon* x, const _Horizon* y, double* before, _Sum* sums) noexcept nogil:
    # four terms by one division: ratios of neighbouring masses are n/d, with d multiplied up; at v = 0 n is 0
    cdef double n1, n2, n3, n4, d1, d2, d3, d4, m1, m2, m3, below, q, p, e, w, t
    cdef double t1, t2, t3, t4, b1, b2, b3, b4, p1, p2, p3, above, inverse
    cdef int j
    for j in range(LANES):
        n1 = sums.v[j]
        n2 = n1 - 1.0
        n3 = n1 - 2.0
        n4 = n1 - 3.0
        d1 = _keep(ratio_top(&x.rows, j, n2))
        d2 = _keep(ratio_top(&x.rows, j, n3))
        d3 = _keep(ratio_top(&x.rows, j, n4))
        d4 = _keep(ratio_top(&x.rows, j, n1 - 4.0))
        t1 = sums.y[j]
        b1 = t1 + 1.0
        b2 = t1 + 2.0
        b3 = t1 + 3.0
        b4 = t1 + 4.0
        t1 = ratio_top(&y.rows, j, t1)
        t2 = ratio_top(&y.rows, j, b1)
        t3 = ratio_top(&y.rows, j, b2)
        t4 = ratio_top(&y.rows, j, b3)
        below = d3 * d4
        above = b3 * b4
        e = (d1 * d2) * below
        w = (b1 * b2) * above
        inverse = 1.0 / (e * w)
        q = sums.mass[j] * (inverse * w) * n1
        p = sums.p[j] * (inverse * e) * t1
        m1 = q * (d2 * below)
        p1 = p * (b2 * above)
        q *= n2
        p *= t2
        m2 = q * below
        p2 = p * above
        q *= n3
        p *= t3
        m3 = q * d4
        p3 = p * b4
        e = sums.exceeds[j] + sums.mass[j]
        w = sums.weight[j]
        t = sums.p[j] * w
        w += e
        t += p1 * w
        e += m1
        w += e
        t += p2 * w
        e += m2
        w += e
        before[j] = p3 * w
        e += m3
        sums.total[j] += (t + before[j]) * sums.open[j]
        sums.exceeds[j] = e
        sums.weight[j] = w + e
        sums.mass[j] = q * n4 if n4 >= 1.0 else 0.0
        sums.p[j] = p * t4
        sums.v[j] -= 4.0
        sums.y[j] = b4


cdef inline void _add_one(const _Horizon* x, const _Horizon* y, double* before, _Sum* sums) noexcept nogil:
    cdef double beside[16]
    cdef int j
    for j in range(LANES):
        before[j] = sums.p[j] * sums.weight[j]
        sums.total[j] += before[j] * sums.open[j]
        sums.exceeds[j] += sums.mass[j]
    neighbour_lanes(&x.rows, sums.v, sums.mass, False, beside)
    for j in range(LANES):
        sums.mass[j] = beside[j] if sums.v[j] >= 1.0 else 0.0
        sums.v[j] -= 1.0
        sums.weight[j] += sums.exceeds[j]
    neighbour_lanes(&y.rows, sums.y, sums.p, True, beside)
    for j in range(LANES):
        sums.p[j] = beside[j]
        sums.y[j] += 1.0


include "long_tails.pxi"


cdef bint _sum_on(const _Horizon* x, const _Horizon* y, _Sum* sums) noexcept nogil:
    # some dozen terms, or all there are; whether some tails go on
    cdef double before[16]
    cdef int i, n
    for n in range(_STRETCH // _BETWEEN):
        for i in range(_BETWEEN // 4 if RATIOS else _BETWEEN):
            if RATIOS:
                _add_four(x, y, before, sums)
            else:
                _add_one(x, y, before, sums)
        if not _some_go_on(y, before, sums):
            return False
    return True


cdef void _sum_tails(const _Cycles* c, const _Items* items, const int* order, int count) noexcept nogil:
    cdef Py_ssize_t row[16]
    cdef double lead_columns[96]
    cdef double review_columns[96]
    cdef double length[16]
    cdef _Stretch lead, review
    cdef _Horizon x, y
    cdef _Sum sums
    cdef int j, k
    for j in range(LANES):
        k = order[j if j < count else count - 1]
        row[j], length[j] = items.row[k], items.high[k]
    lead = _pick(&c.lead, row, LANES, lead_columns)
    review = _pick(&c.review, row, LANES, review_columns)
    _load_horizon(&lead, 0, LANES, &x)
    _load_horizon(&review, 0, LANES, &y)
    _begin_sums(items, order, count, &x, &y, &sums)
    for j in range(count, LANES):
        sums.open[j] = 0.0
    while _sum_on(&x, &y, &sums):
        if c.rules != NULL and _leap(c, row, length, &sums):
            _land(&x, &y, &sums)
    for j in range(count):
        c.out[row[j]] += items.sign[order[j]] * sums.total[j]
        c.scale[row[j]] += sums.total[j] if items.sign[order[j]] > 0.0 and not c.closed else 0.0
        if sums.failed[j] > 0.0:
            c.scale[row[j]] = _INFINITY


cdef void _close_items(const _Cycles* c, _Items* items) noexcept nogil:
    cdef int order[1920]
    cdef int first = 0
    _put_tails_in_order(items, order)
    while first < items.count:
        _sum_tails(c, items, order + first, LANES if first + LANES <= items.count else items.count - first)
        first += LANES
    items.count = 0
