# The tails of cycles.pxi for continuous demand.  Integrated by parts,
#     C(q) = int_q^(q+s) f_Y(y) [n1_X(s + q - y) - n1_X(s)] dy + P(Y > q + s) [n1_X(0) - n1_X(s)] + n1_Y(q + s),
# by Gauss-Legendre in panels; nodes are drawn to their ends, where shapes below 1 have singularities nearby.
from libc.math cimport sqrt as _sqrt


cdef double _FAINT = 24.0     # the integrand is left out where it has fallen by about e^-24
cdef double _PIECE = 7.5      # standard deviations of the bell of Y that one rule takes,
cdef double _BELL = 6.0       # of one near it, that of gamma,
cdef double _PART = 4.0       # and of one that is neither
cdef double _FALL = 14.0      # scales of gamma: the density of Y falls by e^-14 while that of X rises
cdef double _STEEP = 1e-4     # times the mean of Y: the least size of C(0) that densities alone are enough for
cdef double _NARROW = 0.6     # times the spread of Y: the least of X,
cdef double _POLE = 1.5       # and times the mean of X: the largest
cdef double _BEND = 8.0       # of X: the integrand bends where X takes over


cdef inline bint _some_long(const _Cycles* c) noexcept nogil:
    return False


cdef inline void _second_at_zero(const _Horizon* y, double* out) noexcept nogil:
    # E[Y^2]/2
    cdef int j
    for j in range(LANES):
        out[j] = 0.5 * (y.std[j] * y.std[j] + y.mean[j] * y.mean[j])


cdef void _add_piece(double low, double high, _Items* items) noexcept nogil:
    # the other fields are those of the last item, which is not in use
    cdef int k = items.count
    items.low[k], items.high[k] = low, high
    items.row[k + 1], items.sign[k + 1], items.start[k + 1] = items.row[k], items.sign[k], items.start[k]
    items.level[k + 1], items.lost[k + 1], items.bend[k + 1] = items.level[k], items.lost[k], items.bend[k]
    items.steep[k + 1] = items.steep[k]
    items.count = k + 1


cdef void _add_pieces(double low, double high, double length, _Items* items) noexcept nogil:
    cdef int i, pieces = <int>((high - low) / length) + 1
    pieces = pieces if pieces < 6 else 6
    for i in range(pieces):
        _add_piece(low + (high - low) * i / pieces, low + (high - low) * (i + 1) / pieces, items)


cdef void _add_panel(double low, double high, double mean, double std, bint bell, _Items* items) noexcept nogil:
    # several pieces of a bell; and where the panel begins near 0, as small shapes have much to do there
    cdef double middle
    if bell or low < mean - 2.0 * std:
        _add_pieces(low, high, (_PIECE if bell else _BELL if GROWS else _PART) * std, items)
        return
    if low < 1e-4 * high:
        middle = mean if mean < 0.3 * high else 0.3 * high
        _add_piece(low, 0.03 * middle, items)
        _add_piece(0.03 * middle, middle, items)
        low = middle
    elif low < 0.03 * high:
        middle = _sqrt(low * high)
        _add_piece(low, middle, items)
        low = middle
    _add_pieces(low, high, _FALL * std * std / mean if GROWS else _PART * std, items)


cdef void _add_panels(double low, double high, double top, const _Horizon* x, const _Horizon* y, int j,
                      _Items* items) noexcept nogil:
    # the integrand bends where s + q - y is at the mean of X, sharply if X spreads little, and at the ends of X
    cdef double edge[6]
    cdef double near = _BEND * x.std[j] if x.std[j] < 0.3 * y.std[j] else 0.0
    cdef int k
    edge[0] = top - x.most[j]
    edge[1] = top - x.mean[j] - near
    edge[2] = top - x.mean[j] if high - low > _BEND * x.std[j] else low
    edge[3] = top - x.mean[j] + near
    edge[4] = top - x.least[j]
    edge[5] = high
    if near == 0.0:
        edge[1] = edge[3] = low
    for k in range(6):
        edge[k] = edge[k] if edge[k] < high else high
        if low < edge[k]:
            _add_panel(low, edge[k], y.mean[j], y.std[j], y.least[j] < 0.0, items)
            low = edge[k]


cdef void _find_range(const _Horizon* y, const double* size, double* low, double* high) noexcept nogil:
    # where Y has what counts beside this size of C(0); of jumps from the least counted on
    cdef double z[16]
    cdef double far[16]
    cdef double nines
    cdef int j
    for j in range(LANES):
        nines = y.mean[j] * (y.pace[j] if y.grows else 1.0)
        nines = nines / size[j] if size[j] > 1e-300 else 1e300
        nines = _FAINT + (_vlog(nines) if nines > 1.0 else 0.0)
        z[j] = _sqrt(2.0 * nines)
        low[j] = 0.0
        far[j] = nines * y.std[j] * y.std[j] / y.mean[j]
        high[j] = far[j]
    if y.grows:
        return
    score_lanes(&y.rows, z, high)
    for j in range(LANES):
        z[j] = -z[j]
    score_lanes(&y.rows, z, low)
    for j in range(LANES):
        # of gamma's small shapes both are rough, whose densities fall as fast as e^-y/scale
        low[j] = low[j] if 5.0 * y.std[j] < y.mean[j] or not GROWS else 0.0
        high[j] = far[j] if GROWS and y.std[j] > y.mean[j] else high[j]
        low[j] = low[j] if low[j] > y.least[j] else y.least[j]
        high[j] = high[j] if high[j] < y.most[j] else y.most[j]


cdef inline bint _is_steep(const _Horizon* x, const _Horizon* y, double size, int j) noexcept nogil:
    # whether the densities vary too much for polynomials, however little their product does: far out, where X spreads
    # less than Y, and where it is mostly near 0
    return size < _STEEP * y.mean[j] or x.std[j] < _NARROW * y.std[j] or x.std[j] > _POLE * x.mean[j]


cdef void _add_tail(const _Cycles* c, Py_ssize_t at, const _Horizon* x, _Horizon* y, double sign,
                    const double* start, const double* level, const double* lost, const double* none,
                    const double* size, const double* counts, _Items* items) noexcept nogil:
    cdef double top[16]
    cdef double least[16]
    cdef double most[16]
    cdef double low, high, bend, known
    cdef Lanes value
    cdef int j, k
    for j in range(LANES):
        top[j] = start[j] + level[j]
    if GROWS and y.grows:
        _evaluate_jumps(y, top, NEED_PROBABILITY | NEED_LOSS, &value)
    else:
        _evaluate(y, top, NEED_PROBABILITY | NEED_LOSS, &value)
    _find_range(y, size, least, most)
    for j in range(LANES):
        if at + j >= c.n or counts[j] == 0.0:
            continue
        known = value.sf[j] * (none[j] - lost[j]) + value.loss[j]
        c.out[at + j] += sign * known
        c.scale[at + j] += known if sign > 0.0 else 0.0
        low = least[j] if least[j] > start[j] else start[j]
        high = most[j] + (start[j] if y.grows else 0.0)
        high = high if high < top[j] else top[j]
        if not low < high:
            continue
        bend = x.std[j] / x.mean[j] if x.mean[j] > 0.0 else 0.0
        bend = bend if bend * y.mean[j] > y.std[j] else y.std[j] / y.mean[j]
        bend = 2.0 * bend if bend < 0.5 and not y.grows else 1.0
        bend = bend if y.least[j] >= 0.0 else 0.0
        k = items.count
        items.row[k], items.sign[k], items.start[k] = at + j, sign, start[j]
        items.level[k], items.lost[k], items.bend[k] = level[j], lost[j], bend
        items.steep[k] = not DENSITY_PANELS or y.grows or _is_steep(x, y, size[j], j)
        _add_panels(low, high, top[j], x, y, j, items)


cdef void _add_jumps(const _Cycles* c, Py_ssize_t at, const _Horizon* y, const double* level, const double* width,
                     const double* counts) noexcept nogil:
    # -C(Q) of jumps in closed form but for one integral of the family
    cdef double surely[16]
    cdef double above[16]
    cdef double start[16]
    cdef double tail[16]
    cdef _Horizon x
    cdef Py_ssize_t i
    cdef int j
    _load_horizon(&c.lead, at, c.n, &x)
    for j in range(LANES):  # without demand until the receipt C(q) = n1_Y(q + s)
        i = at + j if at + j < c.n else c.n - 1
        surely[j] = 1.0 if x.std[j] == 0.0 else c.lead_beyond.exceeds[i]
        above[j] = 0.0 if x.std[j] == 0.0 else level[j]
        start[j] = width[j] + (level[j] - above[j])
    jump_tails(&x.rows, surely, above, start, tail)
    for j in range(LANES):
        if at + j < c.n and counts[j] > 0.0:
            c.out[at + j] -= y.mean[j] * y.pace[j] * tail[j]


cdef void _look_at_zero(const _Cycles* c, Py_ssize_t at, double* lost, double* later) noexcept nogil:
    # losses for the rows whose s is below 0
    cdef double zero[16]
    cdef _Horizon full
    cdef Lanes value
    cdef Py_ssize_t i
    cdef int j
    for j in range(LANES):
        zero[j] = 0.0
    _load_horizon(&c.lead, at, c.n, &full)
    _evaluate(&full, zero, NEED_LOSS, &value)
    for j in range(LANES):
        i = at + j if at + j < c.n else c.n - 1
        lost[j] = value.loss[j] if c.level[i] < 0.0 else lost[j]
    _load_horizon(&c.later, at, c.n, &full)
    _evaluate(&full, zero, NEED_LOSS, &value)
    for j in range(LANES):
        i = at + j if at + j < c.n else c.n - 1
        later[j] = value.loss[j] if c.level[i] < 0.0 else later[j]


cdef void _find_none(const _Cycles* c, Py_ssize_t at, const _Horizon* x, double* none) noexcept nogil:
    # n1_X(0)
    cdef double zero[16]
    cdef _Horizon full
    cdef Lanes value
    cdef long long below = 0
    cdef int j
    for j in range(LANES):
        zero[j] = 0.0
        none[j] = x.mean[j]
        below += 1 if x.least[j] < 0.0 else 0
    if below > 0:
        _load_horizon(&c.lead, at, c.n, &full)
        _evaluate(&full, zero, NEED_LOSS, &value)
        for j in range(LANES):
            none[j] = value.loss[j]


cdef void _open_block(const _Cycles* c, Py_ssize_t at, _Items* items) noexcept nogil:
    cdef double last[16]
    cdef double level[16]
    cdef double zero[16]
    cdef double none[16]
    cdef double lost[16]
    cdef double size[16]
    cdef double counts[16]
    cdef double every[16]
    cdef const double* width = _lanes(c.width, at, c.n, last)
    cdef _Horizon x, y
    cdef bint grows = GROWS and c.later.grows
    cdef long long some = 0, below = 0
    cdef double known
    cdef Py_ssize_t i
    cdef int j
    _load_moments_alone(&c.lead, at, c.n, &x)
    for j in range(LANES):
        i = at + j if at + j < c.n else c.n - 1
        level[j] = 0.0 if c.level[i] < 0.0 else c.level[i]
        below += 1 if c.level[i] < 0.0 else 0
        zero[j] = 0.0
        lost[j], size[j] = c.lead_beyond.loss[i], c.later_beyond.loss[i]
    if below > 0:
        _look_at_zero(c, at, lost, size)
    _load_moments_alone(&c.review, at, c.n, &y)
    for j in range(LANES):
        i = at + j if at + j < c.n else c.n - 1
        size[j] -= 0.0 if grows else lost[j]
        c.out[i] = c.scale[i] = size[j] if c.closed else 0.0
        # C(Q) <= n1_Y(Q); of demand whose hazard rises <= P(Y > Q) C(0)
        known = 1.0 if x.least[j] >= 0.0 else c.review_beyond.exceeds[i]
        known = c.review_beyond.loss[i] / size[j] if c.closed else known
        counts[j] = 0.0 if known < 1e-12 or y.std[j] == 0.0 else 1.0
        some += 1 if counts[j] > 0.0 else 0
        if y.std[j] == 0.0:  # not for these formulas
            c.scale[i] = _INFINITY
    if some == 0 and c.closed:
        return
    if grows and c.closed:
        _add_jumps(c, at, &y, level, width, counts)
        return
    _find_none(c, at, &x, none)
    _load_horizon(&c.review, at, c.n, &y)
    if not c.closed:
        for j in range(LANES):
            every[j] = 0.0 if y.std[j] == 0.0 else 1.0
        _add_tail(c, at, &x, &y, 1.0, zero, level, lost, none, size, every, items)
    if some > 0:
        _add_tail(c, at, &x, &y, -1.0, width, level, lost, none, size, counts, items)


include "smooth_panels.pxi"
