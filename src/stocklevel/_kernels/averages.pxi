# Averages over the inventory position after ordering: a point (the level itself), or uniform on the `width` positions
# above the level.
from stocklevel._kernels.measures cimport NEED_DENSITY

cdef struct _Stretch:  # demand over a stretch of time, as Python holds it
    const double* a
    const double* b
    const double* c
    const double* mean
    const double* std
    const double* time  # where not NULL, of the sum over so many periods
    bint grows          # not asked for its measures but for their growth per period of that time, d/dT


cdef struct _Horizon:  # and LANES rows of it; rows without spread are point masses, which the kernel never sees
    Prepared rows
    double mean[16]
    double std[16]
    double least[16]  # demand that can be
    double most[16]
    double pace[16]   # 1/T, where growth is asked for
    bint some_certain
    bint grows


cdef struct _Places:  # rows of an array to fill, and where not NULL of what is beyond one level
    double* loss
    double* left
    double* exceeds
    double* reaches
    double* density
    double* beyond_loss     # E(X - y)+
    double* beyond_exceeds  # P(X > y)
    double* beyond_density  # P(X = y), or of continuous demand nothing that is asked for


cdef inline void _load_moments(const _Stretch* stretch, const double* root, Py_ssize_t at, Py_ssize_t n,
                               _Horizon* x) noexcept nogil:
    # all but the rows as the family prepares them
    cdef double last_mean[16]
    cdef double last_std[16]
    cdef const double* mean = _lanes(stretch.mean, at, n, last_mean)
    cdef const double* std = _lanes(stretch.std, at, n, last_std)
    cdef long long certain = 0
    cdef Py_ssize_t i
    cdef int j
    for j in range(LANES):
        x.mean[j] = mean[j]
        x.std[j] = std[j]
    if not WHOLE:
        for j in range(LANES):
            i = at + j if at + j < n else n - 1
            x.least[j] = support_low(stretch.a[i], stretch.b[i], stretch.c[i])
            x.most[j] = support_high(stretch.a[i], stretch.b[i], stretch.c[i])
    if stretch.time != NULL:
        mean = _lanes(stretch.time, at, n, last_mean)
        for j in range(LANES):
            x.mean[j] *= mean[j]
            x.std[j] *= root[j]
            if GROWS:
                x.pace[j] = 1.0 / mean[j]
    for j in range(LANES):
        certain += 1 if x.std[j] == 0.0 else 0
    x.grows = stretch.grows
    x.some_certain = certain > 0 and not stretch.grows


cdef inline void _load_moments_alone(const _Stretch* stretch, Py_ssize_t at, Py_ssize_t n,
                                     _Horizon* x) noexcept nogil:
    cdef double last[16]
    cdef double root[16]
    cdef const double* time
    cdef int j
    if stretch.time != NULL:
        time = _lanes(stretch.time, at, n, last)
        for j in range(LANES):
            root[j] = _root(time[j])
    _load_moments(stretch, root, at, n, x)


cdef inline void _load_horizon(const _Stretch* stretch, Py_ssize_t at, Py_ssize_t n, _Horizon* x) noexcept nogil:
    cdef double root[16]
    _load(stretch.a, stretch.b, stretch.c, stretch.time, at, n, &x.rows, root)
    _load_moments(stretch, root, at, n, x)


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


cdef inline void _per_period(const _Horizon* x, Lanes* value) noexcept nogil:
    # growth in place of that by the time that the demand is of
    cdef int j
    for j in range(LANES):
        value.density[j] *= x.pace[j]
        value.cdf[j] *= x.pace[j]
        value.sf[j] *= x.pace[j]
        value.loss[j] *= x.pace[j]
        value.complementary_loss[j] *= x.pace[j]
        value.second_loss[j] *= x.pace[j]
        value.complementary_second_loss[j] *= x.pace[j]
        value.mass[j] *= x.pace[j]


cdef void _evaluate_growth(const _Horizon* x, const double* y, Lanes* value) noexcept nogil:
    # all that is linear in the measures holds for their growth too
    growth_lanes(&x.rows, y, value)
    _per_period(x, value)


cdef inline void _evaluate(const _Horizon* x, const double* y, int need, Lanes* value) noexcept nogil:
    if GROWS and x.grows:
        _evaluate_growth(x, y, value)
        return
    evaluate_lanes(&x.rows, y, need, value)
    if x.some_certain:
        _correct_certain(x, y, value)


include "position_sums.pxi"


cdef inline void _store_averages(_Sums* sums, const double* width, const _Places* out, Py_ssize_t at,
                                 Py_ssize_t n) noexcept nogil:
    cdef double exceeds[16]
    cdef double share
    cdef int j
    for j in range(LANES):
        share = 1.0 / width[j]
        sums.loss[j] *= share
        sums.left[j] *= share
        sums.reaches[j] *= share
        sums.density[j] *= share
    for j in range(LANES):  # on integers P(X > y) = P(X >= y) - P(X = y)
        exceeds[j] = sums.reaches[j] - WHOLE * sums.density[j]
    _store(sums.loss, out.loss, at, n)
    _store(sums.left, out.left, at, n)
    _store(exceeds, out.exceeds, at, n)
    _store(sums.reaches, out.reaches, at, n)
    _store(sums.density, out.density, at, n)


cdef inline void _store_beyond(const Lanes* value, const _Places* out, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    if out.beyond_loss != NULL:
        _store(value.loss, out.beyond_loss, at, n)
        _store(value.sf, out.beyond_exceeds, at, n)
        if WHOLE:
            _store(value.density, out.beyond_density, at, n)


cdef inline void _uniform_averages(const _Stretch* stretch, const double* level, const double* widths,
                                   const _Places* out, Py_ssize_t n) noexcept nogil:
    cdef double last[16]
    cdef double last_width[16]
    cdef const double* width
    cdef Py_ssize_t at, block
    cdef _Horizon x
    cdef Lanes low, high
    cdef _Sums sums
    for block in range(_blocks(n)):
        at = block * LANES
        _load_horizon(stretch, at, n, &x)
        width = _lanes(widths, at, n, last_width)
        _sum_over(&x, _lanes(level, at, n, last), width, _STOCKS, 0, &low, &high, &sums)
        _store_averages(&sums, width, out, at, n)
        _store_beyond(&low, out, at, n)


cdef inline void _point_averages(const _Stretch* stretch, const double* level, const _Places* out,
                                 Py_ssize_t n) noexcept nogil:
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
        _store(value.loss, out.loss, at, n)
        _store(value.complementary_loss, out.left, at, n)
        _store(value.sf, out.exceeds, at, n)
        _store(value.density, out.density, at, n)
        for j in range(LANES):
            value.sf[j] = value.sf[j] + WHOLE * value.density[j]
            if not WHOLE and x.some_certain and x.std[j] == 0.0 and y[j] == x.mean[j]:
                value.sf[j] = 1.0
        _store(value.sf, out.reaches, at, n)


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
    stretch.grows = demand[4]
    return stretch


cdef _Places _places(double[:, :] out, int first):
    # five rows from the first, or eight where there are so many
    cdef _Places places
    cdef bint beyond = out.shape[0] >= first + 8
    places.loss, places.left, places.exceeds = &out[first, 0], &out[first + 1, 0], &out[first + 2, 0]
    places.reaches, places.density = &out[first + 3, 0], &out[first + 4, 0]
    places.beyond_loss = &out[first + 5, 0] if beyond else NULL
    places.beyond_exceeds = &out[first + 6, 0] if beyond else NULL
    places.beyond_density = &out[first + 7, 0] if beyond else NULL
    return places


def averages(tuple demand, const double[::1] level, width, double[:, :] out):
    """Averages over the position of E(X-y)+, E(y-X)+, P(X > y), P(X >= y) and the rate at which the last falls.

    Demand is (natural parameters, mean, std, periods or None, False); without a width the position is the level.
    With True, how much these averages grow per period of its periods.  With a width, out may have three rows more: for
    E(X-y)+, P(X > y) and on integers P(X = y) at the level itself.
    """
    cdef _Stretch stretch = _stretch(demand)
    cdef _Places places = _places(out, 0)
    cdef const double[::1] widths
    cdef Py_ssize_t n = level.shape[0]
    if width is None:
        with nogil:
            _point_averages(&stretch, &level[0], &places, n)
        return
    widths = width
    with nogil:
        if WHOLE:
            _averages_in_order(&stretch, &level[0], &widths[0], &places, NULL, n)
        else:
            _uniform_averages(&stretch, &level[0], &widths[0], &places, n)


include "joint_averages.pxi"
include "orders.pxi"
