# The tails of cycles.pxi for integer demand.  With s + 1 in place of s, summed by parts,
#     C(q) = sum over y > q of P(Y = y) G(y - q),
#     G(m) = sum over u < m of P(X > s - u) = n1_X(s + 1 - m) - n1_X(s + 1):
# sums of positive terms, by the ratios of neighbouring masses, from the first y of any weight up.

cdef enum:
    _BETWEEN = 8       # terms between two looks at how many are left
    _LENGTHS = 128     # of a sum: four to an octave

cdef double _BELOW = 9.0     # standard deviations below the mean from which on values have weight
cdef double _BEYOND = 30.0   # and above it, where a mass is not yet 0


cdef void _open_block(const _Cycles* c, Py_ssize_t at, _Items* items) noexcept nogil:
    cdef double last_width[16]
    cdef double last_level[16]
    cdef double level[16]
    cdef double next[16]
    cdef double first[16]
    cdef double second[16]
    cdef double mass[16]
    cdef double before[16]
    cdef double one[16]
    cdef const double* width = _lanes(c.width, at, c.n, last_width)
    cdef const double* given = _lanes(c.level, at, c.n, last_level)
    cdef _Horizon x, y, t
    cdef Lanes low, value
    cdef double known, ratio, final, least
    cdef int j, k
    _load_horizon(&c.lead, at, c.n, &x)
    _load_horizon(&c.review, at, c.n, &y)
    for j in range(LANES):
        level[j] = 0.0 if given[j] < -1.0 else given[j] + 1.0
    _evaluate(&x, level, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &low)
    _load_horizon(&c.later, at, c.n, &t)
    _evaluate(&t, level, NEED_LOSS, &value)
    for j in range(LANES):
        next[j] = width[j] + 1.0
        mass[j] = low.density[j]
    _densities(&y, next, first)
    neighbour_lanes(&y.rows, next, first, True, second)
    if not c.closed:
        for j in range(LANES):
            next[j] = 1.0
        _densities(&y, next, one)
    neighbour_lanes(&x.rows, level, mass, False, before)
    for j in range(LANES):
        if at + j >= c.n:
            continue
        known = value.loss[j] - (0.0 if t.grows else low.loss[j])
        c.out[at + j] = c.scale[at + j] = known if c.closed else 0.0
        if y.std[j] == 0.0:  # not for these formulas
            c.scale[at + j] = _INFINITY
            continue
        least = _floor(y.mean[j] - _BELOW * y.std[j])
        # n1_Y(Q) by a geometric tail: ratios of masses fall to, or rise to at most, that of the last ones
        ratio = second[j] / first[j] if first[j] > 0.0 else (0.0 if width[j] > y.mean[j] else 1.0)
        final = 1.0 - y.mean[j] / (y.std[j] * y.std[j])
        ratio = ratio if ratio > final else final
        ratio = first[j] / ((1.0 - ratio) * (1.0 - ratio)) if ratio < 1.0 else _INFINITY
        for k in range(1 if c.closed else 2):
            if k == 0 and c.closed and ratio <= 1e-17 * known:
                continue
            items.row[items.count], items.level[items.count] = at + j, level[j] - 1.0
            items.lost[items.count] = low.loss[j]
            items.sign[items.count] = -1.0 if k == 0 else 1.0
            items.start[items.count] = width[j] if k == 0 else 0.0
            items.low[items.count] = items.start[items.count] + 1.0
            if least > items.low[items.count]:
                items.low[items.count] = least
            items.high[items.count] = y.mean[j] + 8.0 * y.std[j] - items.low[items.count]
            items.size[items.count] = known
            items.first[items.count] = first[j] if k == 0 else one[j]
            items.mass[items.count] = before[j] if x.std[j] > 0.0 else 0.0
            items.exceeds[items.count] = low.sf[j] + mass[j]
            items.count += 1


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
    cdef double gap, all_of
    cdef long long further = 0
    cdef int j, k
    for j in range(LANES):
        k = order[j if j < count else count - 1]
        sums.size[j], sums.y[j], lost[j] = items.size[k], items.low[k], items.lost[k]
        gap = items.low[k] - (items.start[k] + 1.0)
        sums.v[j] = items.level[k] - gap
        sums.p[j], sums.mass[j] = items.first[k], items.mass[k]
        sums.exceeds[j] = sums.weight[j] = items.exceeds[k]
        sums.total[j] = sums.failed[j] = 0.0
        sums.open[j] = 1.0
        if x.std[j] == 0.0 and sums.v[j] >= 0.0:  # no demand until the receipt: nothing is short before
            gap = sums.v[j] + 1.0
            sums.y[j] += gap
            sums.v[j] = -1.0
        if gap > 0.0:
            sums.p[j] = sums.mass[j] = -1.0
        further += 1 if sums.mass[j] < 1e-280 else 0
    if further > 0:
        _begin_further(x, review, lost, sums)
    for j in range(LANES):
        if x.std[j] == 0.0:
            sums.mass[j] = 0.0
        elif sums.mass[j] < 1e-280 and sums.v[j] >= 0.0:
            sums.failed[j] = 1.0
        if sums.p[j] < 1e-280 and sums.y[j] < review.mean[j]:
            sums.failed[j] = 1.0
        all_of = sums.p[j] + sums.mass[j] + sums.weight[j] + sums.exceeds[j]
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
        ratio = 1e-16 * sums.size[j] * (1.0 - ratio)
        if sums.failed[j] > 0.0 or (sums.y[j] > review.mean[j] and not (term > ratio and term > 1e-290)):
            sums.open[j] = 0.0
        going += 1 if sums.open[j] > 0.0 else 0
    return going > 0


cdef void _sum_tails(const _Cycles* c, const _Items* items, const int* order, int count) noexcept nogil:
    cdef Py_ssize_t row[16]
    cdef double lead_columns[96]
    cdef double review_columns[96]
    cdef double before[16]
    cdef double beside[16]
    cdef _Stretch lead, review
    cdef _Horizon x, y
    cdef _Sum sums
    cdef int i, j
    for j in range(LANES):
        row[j] = items.row[order[j if j < count else count - 1]]
    lead = _pick(&c.lead, row, LANES, lead_columns)
    review = _pick(&c.review, row, LANES, review_columns)
    _load_horizon(&lead, 0, LANES, &x)
    _load_horizon(&review, 0, LANES, &y)
    _begin_sums(items, order, count, &x, &y, &sums)
    while True:
        for i in range(_BETWEEN):
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
        if not _some_go_on(&y, before, &sums):
            break
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
