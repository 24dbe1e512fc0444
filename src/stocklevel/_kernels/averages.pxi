# Averages over the inventory position after ordering: a point (the level itself), or uniform on the `width` positions
# above the level.
from stocklevel._kernels.measures cimport NEED_DENSITY

cdef double _NARROW = 1e-5  # width over spread below which differences cancel and the midpoint serves


cdef struct _Stretch:  # demand over a stretch of time, as Python holds it
    const double* a
    const double* b
    const double* c
    const double* mean
    const double* std
    const double* time  # where not NULL, of the sum over so many periods


cdef struct _Horizon:  # and LANES rows of it; rows without spread are point masses, which the kernel never sees
    Prepared rows
    double mean[16]
    double std[16]
    bint some_certain


cdef inline void _load_horizon(const _Stretch* stretch, Py_ssize_t at, Py_ssize_t n, _Horizon* x) noexcept nogil:
    cdef double last_mean[16]
    cdef double last_std[16]
    cdef const double* mean = _lanes(stretch.mean, at, n, last_mean)
    cdef const double* std = _lanes(stretch.std, at, n, last_std)
    cdef long long certain = 0
    cdef int j
    _load(stretch.a, stretch.b, stretch.c, stretch.time, at, n, &x.rows)
    for j in range(LANES):
        x.mean[j] = mean[j]
        x.std[j] = std[j]
    if stretch.time != NULL:
        mean = _lanes(stretch.time, at, n, last_mean)
        for j in range(LANES):
            x.mean[j] = _summed(x.mean[j], mean[j], 2)
            x.std[j] = _summed(x.std[j], mean[j], 1)
    for j in range(LANES):
        certain += 1 if x.std[j] == 0.0 else 0
    x.some_certain = certain > 0


cdef void _correct_certain(const _Horizon* x, const double* y, Lanes* value) noexcept nogil:
    cdef double short, left
    cdef int j
    for j in range(LANES):
        if x.std[j] == 0.0:
            short = x.mean[j] - y[j] if x.mean[j] > y[j] else 0.0
            left = y[j] - x.mean[j] if y[j] > x.mean[j] else 0.0
            value.density[j] = 1.0 if WHOLE and y[j] == x.mean[j] else 0.0
            value.sf[j] = 1.0 if x.mean[j] > y[j] else 0.0
            value.cdf[j] = 1.0 - value.sf[j]
            value.loss[j] = short
            value.complementary_loss[j] = left
            value.second_loss[j] = 0.5 * short * (short - WHOLE)
            value.complementary_second_loss[j] = 0.5 * left * (left + WHOLE)


cdef inline void _evaluate(const _Horizon* x, const double* y, int need, Lanes* value) noexcept nogil:
    evaluate_lanes(&x.rows, y, need, value)
    if x.some_certain:
        _correct_certain(x, y, value)


cdef inline void _midpoint(const _Horizon* x, const double* y, const double* width, double* loss, double* left,
                           double* reaches, double* density) noexcept nogil:
    # a narrow uniform law of continuous demand is a point, all but its own width squared
    cdef double middle[16]
    cdef Lanes value
    cdef int j
    for j in range(LANES):
        middle[j] = y[j] + 0.5 * width[j]
    _evaluate(x, middle, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &value)
    for j in range(LANES):
        if width[j] < _NARROW * x.std[j]:
            loss[j] = value.loss[j]
            left[j] = value.complementary_loss[j]
            reaches[j] = value.sf[j]
            density[j] = value.density[j]


cdef inline void _uniform_averages(const _Stretch* stretch, const double* level, const double* widths, double* loss,
                                   double* left, double* exceeds, double* reaches, double* density,
                                   Py_ssize_t n) noexcept nogil:
    # the average of n1 is [n2(s) - n2(s+Q)]/Q, of P(X >= y) [n1(s) - n1(s+Q)]/Q: one identity, for integers too
    cdef double last[16]
    cdef double last_width[16]
    cdef double top[16]
    cdef double mean_loss[16]
    cdef double mean_left[16]
    cdef double mean_reaches[16]
    cdef double mean_density[16]
    cdef double mean_exceeds[16]
    cdef const double* y
    cdef const double* width
    cdef Py_ssize_t at, block
    cdef long long narrow
    cdef _Horizon x
    cdef Lanes low, high
    cdef double share
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        _load_horizon(stretch, at, n, &x)
        y = _lanes(level, at, n, last)
        width = _lanes(widths, at, n, last_width)
        for j in range(LANES):
            top[j] = y[j] + width[j]
        _evaluate(&x, y, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &low)
        _evaluate(&x, top, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &high)
        narrow = 0
        for j in range(LANES):
            share = 1.0 / width[j]
            mean_loss[j] = (low.second_loss[j] - high.second_loss[j]) * share
            mean_left[j] = (high.complementary_second_loss[j] - low.complementary_second_loss[j]) * share
            mean_reaches[j] = (low.loss[j] - high.loss[j]) * share
            mean_density[j] = (low.sf[j] - high.sf[j]) * share
            narrow += 1 if not WHOLE and width[j] < _NARROW * x.std[j] else 0
        if narrow > 0:
            _midpoint(&x, y, width, mean_loss, mean_left, mean_reaches, mean_density)
        for j in range(LANES):  # on integers P(X > y) = P(X >= y) - P(X = y)
            mean_exceeds[j] = mean_reaches[j] - WHOLE * mean_density[j]
        _store(mean_loss, loss, at, n)
        _store(mean_left, left, at, n)
        _store(mean_exceeds, exceeds, at, n)
        _store(mean_reaches, reaches, at, n)
        _store(mean_density, density, at, n)


cdef inline void _point_averages(const _Stretch* stretch, const double* level, double* loss, double* left,
                                 double* exceeds, double* reaches, double* density, Py_ssize_t n) noexcept nogil:
    cdef double last[16]
    cdef const double* y
    cdef Py_ssize_t at, block
    cdef _Horizon x
    cdef Lanes value
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        _load_horizon(stretch, at, n, &x)
        y = _lanes(level, at, n, last)
        _evaluate(&x, y, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &value)
        _store(value.loss, loss, at, n)
        _store(value.complementary_loss, left, at, n)
        _store(value.sf, exceeds, at, n)
        _store(value.density, density, at, n)
        for j in range(LANES):
            value.sf[j] = value.sf[j] + WHOLE * value.density[j]
            if not WHOLE and x.some_certain and x.std[j] == 0.0 and y[j] == x.mean[j]:
                value.sf[j] = 1.0
        _store(value.sf, reaches, at, n)


cdef _Stretch _stretch(tuple demand):
    cdef tuple natural = demand[0]
    cdef const double[::1] mean = demand[1]
    cdef const double[::1] std = demand[2]
    cdef const double[::1] periods
    cdef const double[::1] a = natural[0]
    cdef const double[::1] b = natural[1] if len(natural) > 1 else a
    cdef const double[::1] c = natural[2] if len(natural) > 2 else a
    cdef _Stretch stretch
    stretch.a = &a[0]
    stretch.b = &b[0]
    stretch.c = &c[0]
    stretch.mean = &mean[0]
    stretch.std = &std[0]
    stretch.time = NULL
    if demand[3] is not None:
        periods = demand[3]
        stretch.time = &periods[0]
    return stretch


def averages(tuple demand, const double[::1] level, width, double[:, :] out):
    """Averages over the position of E(X-y)+, E(y-X)+, P(X > y), P(X >= y) and the rate at which the last falls.

    Demand is (natural parameters, mean, std, periods or None); without a width the position is the level.
    """
    cdef _Stretch stretch = _stretch(demand)
    cdef const double[::1] widths
    cdef Py_ssize_t n = level.shape[0]
    if width is None:
        with nogil:
            _point_averages(&stretch, &level[0], &out[0, 0], &out[1, 0], &out[2, 0], &out[3, 0], &out[4, 0], n)
        return
    widths = width
    with nogil:
        _uniform_averages(&stretch, &level[0], &widths[0], &out[0, 0], &out[1, 0], &out[2, 0], &out[3, 0],
                          &out[4, 0], n)
