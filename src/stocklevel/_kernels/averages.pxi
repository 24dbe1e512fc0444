# Averages over the inventory position after ordering: a point (the level itself), or uniform on the `width` positions
# above the level.
from stocklevel._kernels.measures cimport NEED_DENSITY
from stocklevel._kernels.quadrature cimport FEW_COUNT, FEW_NODE, FEW_WEIGHT

cdef enum:  # what is asked for of a position law: P(X >= position); the loss too; what is left as well
    _REACHES = 0
    _LOSSES = 1
    _STOCKS = 2

cdef double _CANCELS = 8.0  # times their difference are terms from which on there are better ways
cdef double _BLURS = 16.0   # and for a level, which feels the rounding of its shortfall less
cdef double _CLEAR = 16.0   # widths between the least demand and a position near which it is smooth


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
    double least[16]  # demand that can be
    double most[16]
    bint some_certain


cdef inline void _load_horizon(const _Stretch* stretch, Py_ssize_t at, Py_ssize_t n, _Horizon* x) noexcept nogil:
    cdef double last_mean[16]
    cdef double last_std[16]
    cdef const double* mean = _lanes(stretch.mean, at, n, last_mean)
    cdef const double* std = _lanes(stretch.std, at, n, last_std)
    cdef long long certain = 0
    cdef Py_ssize_t i
    cdef int j
    _load(stretch.a, stretch.b, stretch.c, stretch.time, at, n, &x.rows)
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


cdef struct _Sums:  # over the positions in (y, y + width]: integrals, or on integers sums; LANES rows
    double loss[16]     # of E(X - position)+
    double left[16]     # of E(position - X)+
    double reaches[16]  # of P(X >= position)
    double density[16]  # of the density, or of P(X = position)


cdef void _integrate(const _Horizon* x, const double* y, const double* width, const double* chosen,
                     _Sums* sums) noexcept nogil:
    # without differences, for the chosen rows
    cdef double point[16]
    cdef double weight
    cdef Lanes value
    cdef _Sums fresh
    cdef int i, j
    for j in range(LANES):
        fresh.loss[j] = fresh.left[j] = fresh.reaches[j] = fresh.density[j] = 0.0
    for i in range(FEW_COUNT):
        for j in range(LANES):
            point[j] = y[j] + width[j] * FEW_NODE[i]
        _evaluate(x, point, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &value)
        for j in range(LANES):
            weight = width[j] * FEW_WEIGHT[i]
            fresh.loss[j] += weight * value.loss[j]
            fresh.left[j] += weight * value.complementary_loss[j]
            fresh.reaches[j] += weight * value.sf[j]
            fresh.density[j] += weight * value.density[j]
    for j in range(LANES):
        if chosen[j] > 0.0:
            sums.loss[j] = fresh.loss[j]
            sums.left[j] = fresh.left[j]
            sums.reaches[j] = fresh.reaches[j]
            sums.density[j] = fresh.density[j]


cdef inline double _is_smooth(const _Horizon* x, int j, double y, double width) noexcept nogil:
    # 1 where demand is between y and y + width
    cdef double top = y + width
    cdef double above = 1.0 if y - _CLEAR * width >= x.least[j] else 0.0
    above = 1.0 if top <= x.least[j] else above
    cdef double below = 1.0 if top <= x.most[j] else 0.0
    below = 1.0 if y >= x.most[j] else below
    return above * below


cdef void _mend(const _Horizon* x, const double* y, const double* width, int asked, const Lanes* low,
                const Lanes* high, _Sums* sums) noexcept nogil:
    # Demand has two sides, tied by E(X - y)+ - E(y - X)+ = mean - y: the smaller terms are subtracted.  Where these
    # cancel too, continuous demand hardly changes over the width, and a few points are enough.
    cdef double cancels[16]
    cdef double drop, rise, between, terms, least, bound = _CANCELS if asked == _STOCKS else _BLURS
    cdef long long some = 0
    cdef int j
    for j in range(LANES):
        drop = low.loss[j] - high.loss[j]
        rise = high.complementary_loss[j] - low.complementary_loss[j]
        if low.loss[j] <= high.complementary_loss[j]:
            sums.reaches[j] = drop
            terms = low.loss[j]
        else:
            sums.reaches[j] = width[j] - rise
            terms = high.complementary_loss[j]
        cancels[j] = 1.0 if sums.reaches[j] * bound < terms else 0.0
        if asked >= _LOSSES:
            drop = low.second_loss[j] - high.second_loss[j]
            rise = high.complementary_second_loss[j] - low.complementary_second_loss[j]
            between = width[j] * (x.mean[j] - y[j] - 0.5 * (width[j] + WHOLE))
            if low.second_loss[j] <= high.complementary_second_loss[j]:
                sums.loss[j] = drop
                sums.left[j] = drop - between
                terms = low.second_loss[j]
            else:
                sums.loss[j] = rise + between
                sums.left[j] = rise
                terms = high.complementary_second_loss[j]
            least = sums.loss[j]
            if asked == _STOCKS and sums.left[j] < least:
                least = sums.left[j]
            cancels[j] = 1.0 if least * bound < terms else cancels[j]
        if low.sf[j] > high.cdf[j]:
            sums.density[j] = high.cdf[j] - low.cdf[j]
    if not WHOLE:
        for j in range(LANES):
            cancels[j] *= _is_smooth(x, j, y[j], width[j])
            some += 1 if cancels[j] > 0.0 else 0
        if some > 0:
            _integrate(x, y, width, cancels, sums)


cdef void _evaluate_and_mend(const _Horizon* x, const double* y, const double* width, int asked,
                             _Sums* sums) noexcept nogil:
    cdef double top[16]
    cdef Lanes low, high
    cdef int j
    for j in range(LANES):
        top[j] = y[j] + width[j]
    _evaluate(x, y, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &low)
    _evaluate(x, top, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &high)
    _mend(x, y, width, asked, &low, &high, sums)


cdef inline void _sum_over(const _Horizon* x, const double* y, const double* width, int asked, int more,
                           Lanes* low, Lanes* high, _Sums* sums) noexcept nogil:
    # The integral of n1 is n2(s) - n2(s+Q), of P(X >= y) n1(s) - n1(s+Q): identities that hold for integers too
    cdef double top[16]
    cdef double drop, rise, cancels, bound = _CANCELS if asked == _STOCKS else _BLURS
    cdef long long some = 0
    cdef int j, need = NEED_PROBABILITY | NEED_LOSS | more | (NEED_SECOND if asked >= _LOSSES else 0)
    for j in range(LANES):
        top[j] = y[j] + width[j]
    _evaluate(x, y, need, low)
    _evaluate(x, top, need, high)
    for j in range(LANES):
        drop = low.loss[j] - high.loss[j]
        cancels = 1.0 if drop * bound < low.loss[j] else 0.0
        sums.reaches[j] = drop
        sums.density[j] = low.sf[j] - high.sf[j]
        if asked >= _LOSSES:
            drop = low.second_loss[j] - high.second_loss[j]
            cancels = 1.0 if drop * bound < low.second_loss[j] else cancels
            sums.loss[j] = drop
        if asked == _STOCKS:
            rise = high.complementary_second_loss[j] - low.complementary_second_loss[j]
            cancels = 1.0 if rise * bound < high.complementary_second_loss[j] else cancels
            sums.left[j] = rise
        some += 1 if cancels > 0.0 else 0
    if some > 0 and asked == _STOCKS:
        _mend(x, y, width, asked, low, high, sums)
    elif some > 0:  # so that what a level does not ask for need not be kept
        _evaluate_and_mend(x, y, width, asked, sums)


cdef inline void _uniform_averages(const _Stretch* stretch, const double* level, const double* widths, double* loss,
                                   double* left, double* exceeds, double* reaches, double* density,
                                   Py_ssize_t n) noexcept nogil:
    cdef double last[16]
    cdef double last_width[16]
    cdef double mean_exceeds[16]
    cdef const double* width
    cdef Py_ssize_t at, block
    cdef _Horizon x
    cdef Lanes low, high
    cdef _Sums sums
    cdef double share
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        _load_horizon(stretch, at, n, &x)
        width = _lanes(widths, at, n, last_width)
        _sum_over(&x, _lanes(level, at, n, last), width, _STOCKS, 0, &low, &high, &sums)
        for j in range(LANES):
            share = 1.0 / width[j]
            sums.loss[j] *= share
            sums.left[j] *= share
            sums.reaches[j] *= share
            sums.density[j] *= share
        for j in range(LANES):  # on integers P(X > y) = P(X >= y) - P(X = y)
            mean_exceeds[j] = sums.reaches[j] - WHOLE * sums.density[j]
        _store(sums.loss, loss, at, n)
        _store(sums.left, left, at, n)
        _store(mean_exceeds, exceeds, at, n)
        _store(sums.reaches, reaches, at, n)
        _store(sums.density, density, at, n)


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
