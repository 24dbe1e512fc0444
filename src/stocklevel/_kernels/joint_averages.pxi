# Averages of demand and of its growth over one uniform position; included by averages.pxi.  A family's `grown_lanes`
# finds both measures in one go: terms of the growth are those of the demand, times how their logarithms grow.
cdef double _NO_TIME = 1e-40  # periods in place of none


cdef inline void _evaluate_both(const _Horizon* x, const double* y, Lanes* value, Lanes* growth) noexcept nogil:
    grown_lanes(&x.rows, y, value, growth)
    _per_period(x, growth)
    if x.some_certain:
        _correct_certain(x, y, value)


cdef inline void _load_both(const _Stretch* stretch, Py_ssize_t at, Py_ssize_t n, _Horizon* x) noexcept nogil:
    # demand over no time is certain, though it grows
    cdef long long certain = 0
    cdef Py_ssize_t i
    cdef int j
    _load_horizon(stretch, at, n, x)
    for j in range(LANES):
        i = at + j if at + j < n else n - 1
        if stretch.time[i] <= _NO_TIME:
            x.mean[j] = x.std[j] = 0.0
        certain += 1 if x.std[j] == 0.0 else 0
    x.some_certain = certain > 0


cdef inline void _both_averages(const _Stretch* stretch, const double* level, const double* widths,
                                const _Places* out, const _Places* grown, Py_ssize_t n) noexcept nogil:
    cdef double last[16]
    cdef double last_width[16]
    cdef double top[16]
    cdef const double* width
    cdef const double* y
    cdef Py_ssize_t at, block
    cdef _Horizon x
    cdef Lanes low, high, low_growth, high_growth
    cdef _Sums sums
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        _load_both(stretch, at, n, &x)
        width = _lanes(widths, at, n, last_width)
        y = _lanes(level, at, n, last)
        for j in range(LANES):
            top[j] = y[j] + width[j]
        _evaluate_both(&x, y, &low, &low_growth)
        _evaluate_both(&x, top, &high, &high_growth)
        x.grows = False
        _subtract(&x, y, width, _STOCKS, &low, &high, &sums)
        _store_averages(&sums, width, out, at, n)
        _store_beyond(&low, out, at, n)
        x.grows = True
        _subtract_growth(&x, y, width, &low_growth, &high_growth, &sums)
        _store_averages(&sums, width, grown, at, n)
        _store_beyond(&low_growth, grown, at, n)


def averages_and_growth(tuple growth, const double[::1] level, const double[::1] width, double[:, :] out):
    """Averages of demand in the first eight rows of out, and of this growth of it in the next eight; see `averages`."""
    cdef _Stretch stretch = _stretch(growth)
    cdef _Places places = _places(out, 0)
    cdef _Places grown = _places(out, 8)
    if GROWS and WHOLE:
        with nogil:
            _averages_in_order(&stretch, &level[0], &width[0], &places, &grown, level.shape[0])
    elif GROWS:
        with nogil:
            _both_averages(&stretch, &level[0], &width[0], &places, &grown, level.shape[0])
