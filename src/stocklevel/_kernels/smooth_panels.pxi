# One panel [low, high] of the integral of smooth_cycles.pxi from the densities of both at its nodes alone:
#     int f_Y(y) [n1_X(v) - n1_X(s)] dy = [n1_X(v0) - n1_X(s)] P(Y) + P(X > v0) E(Y - low; Y) + int F(y) H(y) dy,
# v = s + q - y and v0 that of low, P(Y) and E(.; Y) over the panel, F(y) = int_low^y f_X and H(y) = int_y^high f_Y by
# the integrals of the polynomials through the nodes: of what either density has beyond them only the product counts.
# A family says by DENSITY_PANELS whether they serve it: not where losses are as quick, nor where densities bend much.
from stocklevel._kernels.measures cimport ROUGHLY
from stocklevel._kernels.quadrature cimport (
    GAUSS_COUNT,
    GAUSS_EVEN,
    GAUSS_HALF,
    GAUSS_NODE,
    GAUSS_ODD,
    GAUSS_WEIGHT,
)
from stocklevel._kernels.vmath cimport mul_add as _mul_add


cdef inline double _weighted(const double* weight, const double* value, int j) noexcept nogil:
    # over half the nodes, in two chains
    cdef double a = weight[0] * value[j], b = weight[1] * value[16 + j]
    a = _mul_add(weight[2], value[32 + j], a)
    b = _mul_add(weight[3], value[48 + j], b)
    a = _mul_add(weight[4], value[64 + j], a)
    b = _mul_add(weight[5], value[80 + j], b)
    a = _mul_add(weight[6], value[96 + j], a)
    b = _mul_add(weight[7], value[112 + j], b)
    a = _mul_add(weight[8], value[128 + j], a)
    b = _mul_add(weight[9], value[144 + j], b)
    a = _mul_add(weight[10], value[160 + j], a)
    b = _mul_add(weight[11], value[176 + j], b)
    return a + b


cdef void _accumulate(double* values, double* whole) noexcept nogil:
    # values at the nodes, LANES each, to their integrals from 0 on, and over all
    cdef double even[192]
    cdef double odd[192]
    cdef double half[16]
    cdef double rise[16]
    cdef double level[16]
    cdef int i, j
    for i in range(GAUSS_HALF):
        for j in range(LANES):
            even[16 * i + j] = values[16 * i + j] + values[16 * (GAUSS_COUNT - 1 - i) + j]
        for j in range(LANES):
            odd[16 * i + j] = values[16 * i + j] - values[16 * (GAUSS_COUNT - 1 - i) + j]
    for j in range(LANES):
        half[j] = 0.5 * _weighted(GAUSS_WEIGHT, even, j)
    for i in range(GAUSS_HALF):
        for j in range(LANES):
            rise[j] = _weighted(&GAUSS_EVEN[GAUSS_HALF * i], even, j)
        for j in range(LANES):
            level[j] = half[j] + _weighted(&GAUSS_ODD[GAUSS_HALF * i], odd, j)
        for j in range(LANES):
            values[16 * i + j] = level[j] + rise[j]
        for j in range(LANES):
            values[16 * (GAUSS_COUNT - 1 - i) + j] = level[j] - rise[j]
    for j in range(LANES):
        whole[j] = 2.0 * half[j]


cdef inline double _drawn(double t, double bend) noexcept nogil:
    # of [0, 1], nodes t by a share of the way to 3 t^2 - 2 t^3
    return _mul_add(bend, t * _mul_add(t, _mul_add(-2.0, t, 3.0), -1.0), t)


cdef inline double _density_drawn(double t, double bend) noexcept nogil:
    return _mul_add(bend, _mul_add(6.0 * t, 1.0 - t, -1.0), 1.0)


cdef void _fill_panel(const _Horizon* x, const _Horizon* y, const double* low, const double* span, const double* end,
                      const double* bend, double* until, double* between) noexcept nogil:
    # both densities at the nodes, per node; a node keeps its distance from the end that it is close to
    cdef double point[16]
    cdef double rest[16]
    cdef double t, far, rate
    cdef Quick lead, review
    cdef int i, j
    prepare_quick(&x.rows, &lead)
    prepare_quick(&y.rows, &review)
    for i in range(GAUSS_COUNT):
        t = GAUSS_NODE[i]
        far = GAUSS_NODE[GAUSS_COUNT - 1 - i]  # 1 - t
        for j in range(LANES):
            point[j] = low[j] + span[j] * _drawn(t, bend[j])
            rest[j] = end[j] + span[j] * _drawn(far, bend[j])
        quick_density_lanes(&x.rows, &lead, rest, &until[16 * i])
        quick_density_lanes(&y.rows, &review, point, &between[16 * i])
        for j in range(LANES):
            rate = span[j] * _density_drawn(t, bend[j])
            between[16 * i + j] *= rate
            until[16 * i + j] *= rate


cdef void _integrate_panel(const _Horizon* x, const _Horizon* y, const double* low, const double* span,
                           const double* end, const double* bend, const double* lost, double* total) noexcept nogil:
    cdef double until[384]
    cdef double between[384]
    cdef double first[16]
    cdef double start[16]
    cdef double some[16]
    cdef double rate
    cdef Lanes value
    cdef int i, j
    for j in range(LANES):
        start[j] = end[j] + span[j]
        first[j] = 0.0
    _evaluate(x, start, NEED_PROBABILITY | NEED_LOSS | ROUGHLY, &value)
    _fill_panel(x, y, low, span, end, bend, until, between)
    for i in range(GAUSS_COUNT):
        for j in range(LANES):
            rate = GAUSS_WEIGHT[i] * _drawn(GAUSS_NODE[i], bend[j])
            first[j] = _mul_add(rate, between[16 * i + j], first[j])
    _accumulate(until, some)
    _accumulate(between, some)
    for j in range(LANES):
        total[j] = (value.loss[j] - lost[j]) * some[j] + value.sf[j] * span[j] * first[j]
    for i in range(GAUSS_COUNT):
        for j in range(LANES):
            rate = GAUSS_WEIGHT[i] * span[j] * _density_drawn(GAUSS_NODE[i], bend[j])
            total[j] += rate * until[16 * i + j] * (some[j] - between[16 * i + j])


cdef void _integrate_steep(const _Horizon* x, const _Horizon* y, const double* low, const double* span,
                           const double* end, const double* bend, const double* lost, double* total) noexcept nogil:
    # far out, where one density falls by as much as the other rises, by n1_X at every node: nothing cancels
    cdef double point[16]
    cdef double rest[16]
    cdef double f[16]
    cdef double t, far, weight
    cdef Lanes value
    cdef int i, j
    for j in range(LANES):
        total[j] = 0.0
    for i in range(GAUSS_COUNT):
        t = GAUSS_NODE[i]
        far = GAUSS_NODE[GAUSS_COUNT - 1 - i]
        for j in range(LANES):
            point[j] = low[j] + span[j] * _drawn(t, bend[j])
            rest[j] = end[j] + span[j] * _drawn(far, bend[j])
        _densities(y, point, f)
        _evaluate(x, rest, NEED_LOSS | ROUGHLY, &value)
        for j in range(LANES):
            weight = GAUSS_WEIGHT[i] * span[j] * _density_drawn(t, bend[j])
            total[j] += weight * f[j] * (value.loss[j] - lost[j])


cdef void _integrate_items(const _Cycles* c, const _Items* items, const int* chosen, int count,
                           bint steep) noexcept nogil:
    cdef double lead_columns[96]
    cdef double review_columns[96]
    cdef double low[16]
    cdef double span[16]
    cdef double end[16]
    cdef double bend[16]
    cdef double lost[16]
    cdef double total[16]
    cdef Py_ssize_t row[16]
    cdef _Stretch lead, review
    cdef _Horizon x, y
    cdef int j, k
    for j in range(LANES):
        k = chosen[j if j < count else 0]
        low[j], span[j], bend[j], row[j] = items.low[k], items.high[k] - items.low[k], items.bend[k], items.row[k]
        end[j], lost[j] = items.start[k] + items.level[k] - items.high[k], items.lost[k]
    lead = _pick(&c.lead, row, LANES, lead_columns)
    review = _pick(&c.review, row, LANES, review_columns)
    _load_horizon(&lead, 0, LANES, &x)
    _load_horizon(&review, 0, LANES, &y)
    if steep:
        _integrate_steep(&x, &y, low, span, end, bend, lost, total)
    else:
        _integrate_panel(&x, &y, low, span, end, bend, lost, total)
    for j in range(count):
        k = chosen[j]
        c.out[row[j]] += items.sign[k] * total[j]
        c.scale[row[j]] += total[j] if items.sign[k] > 0.0 and not c.closed else 0.0


cdef void _close_some(const _Cycles* c, const _Items* items, bint steep) noexcept nogil:
    cdef int chosen[16]
    cdef int k, count = 0
    for k in range(items.count):
        if items.steep[k] == steep:
            chosen[count] = k
            count += 1
        if count == LANES or (count > 0 and k == items.count - 1):
            _integrate_items(c, items, chosen, count, steep)
            count = 0


cdef void _close_items(const _Cycles* c, _Items* items) noexcept nogil:
    _close_some(c, items, False)
    _close_some(c, items, True)
    items.count = 0
