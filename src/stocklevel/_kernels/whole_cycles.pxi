# The tails of cycles.pxi for integer demand.  With s + 1 in place of s, summed by parts,
#     C(q) = sum over y > q of P(Y = y) G(y - q),
#     G(m) = sum over u < m of P(X > s - u) = n1_X(s + 1 - m) - n1_X(s + 1):
# sums of positive terms, by the ratios of neighbouring masses, from the first y of any weight up.

cdef double _BLURRED = 0.01  # of its terms: a difference smaller than that is looked up
cdef double _BELOW = 9.0     # standard deviations below the mean from which on values have weight


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
            if k == 0 and c.closed and c.review_beyond.loss[i] <= 1e-15 * known[j]:  # C(Q) <= n1_Y(Q)
                continue
            item = items.count
            items.row[item], items.level[item] = i, level
            items.lost[item] = x.mean[j] if level == -1.0 else c.lead_beyond.loss[i] - c.lead_beyond.exceeds[i]
            items.sign[item] = -1.0 if k == 0 else 1.0
            items.start[item] = c.width[i] if k == 0 else 0.0
            items.low[item] = items.start[item] + 1.0
            if least > items.low[item]:
                items.low[item] = least
            items.high[item] = _expected(y.mean[j], y.std[j], y.grows) - (0.0 if y.grows else items.low[item])
            items.size[item] = known[j]
            items.first[item] = c.review_beyond.density[i] if k == 0 else one[j]
            items.mass[item] = c.lead_beyond.density[i] if x.std[j] > 0.0 and level >= 0.0 else 0.0
            items.exceeds[item] = c.lead_beyond.exceeds[i] if level >= 0.0 or level != level else 1.0
            items.count += 1


include "whole_tails.pxi"
