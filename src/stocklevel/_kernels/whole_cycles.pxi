# The tails of cycles.pxi for integer demand.  With s + 1 in place of s, summed by parts,
#     C(q) = sum over y > q of P(Y = y) G(y - q),
#     G(m) = sum over u < m of P(X > s - u) = n1_X(s + 1 - m) - n1_X(s + 1):
# sums of positive terms, by the ratios of neighbouring masses, from the first y of any weight up.

cdef enum:
    _BETWEEN = 8       # terms between two looks at how many are left
    _LENGTHS = 128     # of a sum: four to an octave

cdef double _BLURRED = 0.01  # of its terms: a difference smaller than that is looked up
cdef double _BELOW = 9.0     # standard deviations below the mean from which on values have weight
cdef double _BEYOND = 30.0   # and above it, where a mass is not yet 0


cdef inline void _second_at_zero(const _Horizon* y, double* out) noexcept nogil:
    # E[Y (Y - 1)]/2, by the family: from the variance it would cancel
    cdef int j
    twice_lanes(&y.rows, out)
    for j in range(LANES):
        out[j] *= 0.5


cdef void _look_one_up(const _Cycles* c, Py_ssize_t at, const _Horizon* x, const _Horizon* t, const double* chosen,
                       double* known) noexcept nogil:
    # C(0) for the chosen rows, from losses at s + 1 itself
    cdef double last[16]
    cdef double next[16]
    cdef const double* level = _lanes(c.level, at, c.n, last)
    cdef _Horizon full
    cdef Lanes sooner, later
    cdef int j
    for j in range(LANES):
        next[j] = level[j] + 1.0
    _load_horizon(&c.lead, at, c.n, &full)
    _evaluate(&full, next, NEED_LOSS, &sooner)
    _load_horizon(&c.later, at, c.n, &full)
    _evaluate(&full, next, NEED_LOSS, &later)
    for j in range(LANES):
        if chosen[j] > 0.0:
            known[j] = later.loss[j] - (0.0 if t.grows else sooner.loss[j])


cdef void _find_known(const _Cycles* c, Py_ssize_t at, const _Horizon* x, const _Horizon* t,
                      double* known) noexcept nogil:
    # C(0) by n1(s + 1) = n1(s) - P(X > s), but where these cancel; below s = -1 it is what it is there
    cdef double chosen[16]
    cdef double all_of
    cdef long long some = 0
    cdef Py_ssize_t i
    cdef int j
    for j in range(LANES):
        i = at + j if at + j < c.n else c.n - 1
        all_of = c.later_beyond.loss[i] - (0.0 if t.grows else c.lead_beyond.loss[i])
        known[j] = all_of - (c.later_beyond.exceeds[i] - (0.0 if t.grows else c.lead_beyond.exceeds[i]))
        chosen[j] = 1.0 if known[j] < _BLURRED * all_of else 0.0
        if c.level[i] <= -1.0:
            known[j] = t.mean[j] * t.pace[j] if t.grows else t.mean[j] - x.mean[j]
            chosen[j] = 0.0
        some += 1 if chosen[j] > 0.0 else 0
    if some > 0:
        _look_one_up(c, at, x, t, chosen, known)


cdef inline void _find_first(const _Cycles* c, Py_ssize_t at, double* first) noexcept nogil:
    cdef double one[16]
    cdef _Horizon y
    cdef int j
    for j in range(LANES):
        one[j] = 1.0
    _load_horizon(&c.review, at, c.n, &y)
    _densities(&y, one, first)


cdef void _open_block(const _Cycles* c, Py_ssize_t at, _Items* items) noexcept nogil:
    cdef double known[16]
    cdef double one[16]
    cdef _Horizon x, y, t
    cdef double least, level
    cdef Py_ssize_t i
    cdef int j, k, item
    _load_moments_alone(&c.lead, at, c.n, &x)
    _load_moments_alone(&c.review, at, c.n, &y)
    _load_moments_alone(&c.later, at, c.n, &t)
    _find_known(c, at, &x, &t, known)
    if not c.closed:
        _find_first(c, at, one)
    for j in range(LANES if at + LANES <= c.n else <int>(c.n - at)):
        i = at + j
        c.out[i] = c.scale[i] = known[j] if c.closed else 0.0
        if y.std[j] == 0.0:  # not for these formulas
            c.scale[i] = _INFINITY
            continue
        level = -1.0 if c.level[i] < -1.0 else c.level[i]
        least = _floor(y.mean[j] - _BELOW * y.std[j])
        for k in range(1 if c.closed else 2):
            if k == 0 and c.closed and c.review_beyond.loss[i] <= 1e-17 * known[j]:  # C(Q) <= n1_Y(Q)
                continue
            item = items.count
            items.row[item], items.level[item] = i, level
            items.lost[item] = x.mean[j] if level == -1.0 else c.lead_beyond.loss[i] - c.lead_beyond.exceeds[i]
            items.sign[item] = -1.0 if k == 0 else 1.0
            items.start[item] = c.width[i] if k == 0 else 0.0
            items.low[item] = items.start[item] + 1.0
            if least > items.low[item]:
                items.low[item] = least
            items.high[item] = y.mean[j] + 8.0 * y.std[j] - items.low[item]
            items.size[item] = known[j]
            items.first[item] = c.review_beyond.density[i] if k == 0 else one[j]
            items.mass[item] = c.lead_beyond.density[i] if x.std[j] > 0.0 and level >= 0.0 else 0.0
            items.exceeds[item] = c.lead_beyond.exceeds[i] if level >= 0.0 or level != level else 1.0
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
