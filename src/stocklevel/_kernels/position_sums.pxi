# Integrals over a stretch of inventory positions, on integers sums: right however short the stretch.
from stocklevel._kernels.quadrature cimport FEW_COUNT, FEW_NODE, FEW_WEIGHT

cdef enum:  # what is asked for of a position law: P(X >= position); the loss too; what is left as well
    _REACHES = 0
    _LOSSES = 1
    _STOCKS = 2

cdef enum:
    _FEW_PLACES = 32  # whole positions that are as well added up

cdef double _CANCELS = 8.0  # times their difference are terms from which on there are better ways
cdef double _BLURS = 16.0   # and for a level, which feels the rounding of its shortfall less
cdef double _CLEAR = 16.0   # widths between the least demand and a position near which it is smooth


cdef struct _Sums:  # over the positions in (y, y + width]: integrals, or on integers sums; LANES rows
    double loss[16]     # of E(X - position)+
    double left[16]     # of E(position - X)+
    double reaches[16]  # of P(X >= position)
    double density[16]  # of the density, or of P(X = position)


cdef inline void _take(const _Sums* fresh, const double* chosen, _Sums* sums) noexcept nogil:
    cdef int j
    for j in range(LANES):
        if chosen[j] > 0.0:
            sums.loss[j] = fresh.loss[j]
            sums.left[j] = fresh.left[j]
            sums.reaches[j] = fresh.reaches[j]
            sums.density[j] = fresh.density[j]


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
    _take(&fresh, chosen, sums)


cdef inline double _is_smooth(const _Horizon* x, int j, double y, double width) noexcept nogil:
    # 1 where demand is between y and y + width
    cdef double top = y + width
    cdef double above = 1.0 if y - _CLEAR * width >= x.least[j] else 0.0
    above = 1.0 if top <= x.least[j] else above
    cdef double below = 1.0 if top <= x.most[j] else 0.0
    below = 1.0 if y >= x.most[j] else below
    return above * below


cdef void _mend(const _Horizon* x, const double* y, const double* width, int asked, const Lanes* low,
                const Lanes* high, double* cancels, _Sums* sums) noexcept nogil:
    # For rows in which a difference cancels, and no others: no row may depend on its neighbours.
    # Demand has two sides, tied by E(X - y)+ - E(y - X)+ = mean - y: the smaller terms are subtracted.  Where these
    # cancel too, continuous demand hardly changes over the width, and a few points are enough.
    cdef double drop, rise, between, terms, least, bound = _CANCELS if asked == _STOCKS else _BLURS
    cdef long long some = 0
    cdef int j
    for j in range(LANES):
        if cancels[j] == 0.0:
            continue
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
                             double* cancels, _Sums* sums) noexcept nogil:
    cdef double top[16]
    cdef Lanes low, high
    cdef int j
    for j in range(LANES):
        top[j] = y[j] + width[j]
    _evaluate(x, y, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &low)
    _evaluate(x, top, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &high)
    _mend(x, y, width, asked, &low, &high, cancels, sums)


cdef void _sum_places(const _Horizon* x, const double* y, const double* width, const Lanes* high, const double* chosen,
                      _Sums* sums) noexcept nogil:
    # growth at few whole positions one by one from the highest down, for the chosen rows: all are sums of its mass
    cdef double k[16]
    cdef double mass[16]
    cdef double growth[16]
    cdef double sf[16]
    cdef double loss[16]
    cdef double counts
    cdef _Sums fresh
    cdef int i, j
    for j in range(LANES):
        fresh.loss[j] = fresh.reaches[j] = fresh.density[j] = 0.0
        k[j] = y[j] + width[j]
        mass[j] = high.mass[j]
        growth[j] = high.density[j]
        sf[j] = high.sf[j]
        loss[j] = high.loss[j]
    for i in range(_FEW_PLACES):
        for j in range(LANES):
            counts = 1.0 if i < width[j] else 0.0
            sf[j] += growth[j]  # of P(X > k - 1)
            fresh.loss[j] += counts * loss[j]
            fresh.reaches[j] += counts * sf[j]
            fresh.density[j] += counts * growth[j]
            loss[j] += sf[j]
        growth_neighbour_lanes(&x.rows, k, x.pace, False, mass, growth)
        for j in range(LANES):
            k[j] -= 1.0
    for j in range(LANES):
        fresh.left[j] = fresh.loss[j] - width[j] * (high.loss[j] - high.complementary_loss[j])
    _take(&fresh, chosen, sums)


cdef void _mend_growth(const _Horizon* x, const double* y, const double* width, const Lanes* high, double* cancels,
                       _Sums* sums) noexcept nogil:
    # where differences cancel and something else is right
    cdef long long some = 0
    cdef int j
    for j in range(LANES):
        cancels[j] *= (1.0 if width[j] <= _FEW_PLACES else 0.0) if WHOLE else _is_smooth(x, j, y[j], width[j])
        some += 1 if cancels[j] > 0.0 else 0
    if some > 0 and WHOLE:
        _sum_places(x, y, width, high, cancels, sums)
    elif some > 0:
        _integrate(x, y, width, cancels, sums)


cdef inline void _subtract_growth(const _Horizon* x, const double* y, const double* width, const Lanes* low,
                                  const Lanes* high, _Sums* sums) noexcept nogil:
    # the same identities, whose left sides are negative
    cdef double cancels[16]
    cdef long long some = 0
    cdef int j
    for j in range(LANES):
        sums.loss[j] = low.second_loss[j] - high.second_loss[j]
        sums.left[j] = high.complementary_second_loss[j] - low.complementary_second_loss[j]
        sums.reaches[j] = low.loss[j] - high.loss[j]
        sums.density[j] = low.sf[j] - high.sf[j]
        cancels[j] = 1.0 if sums.loss[j] * _BLURS < low.second_loss[j] else 0.0
        some += 1 if cancels[j] > 0.0 else 0
    if some > 0:
        _mend_growth(x, y, width, high, cancels, sums)


cdef inline void _subtract(const _Horizon* x, const double* y, const double* width, int asked, const Lanes* low,
                           const Lanes* high, _Sums* sums) noexcept nogil:
    # The integral of n1 is n2(s) - n2(s+Q), of P(X >= y) n1(s) - n1(s+Q): identities that hold for integers too
    cdef double cancels[16]
    cdef double drop, rise, lost, bound = _CANCELS if asked == _STOCKS else _BLURS
    cdef long long some = 0
    cdef int j
    for j in range(LANES):
        drop = low.loss[j] - high.loss[j]
        lost = 1.0 if drop * bound < low.loss[j] else 0.0
        sums.reaches[j] = drop
        sums.density[j] = low.sf[j] - high.sf[j]
        if asked >= _LOSSES:
            drop = low.second_loss[j] - high.second_loss[j]
            lost = 1.0 if drop * bound < low.second_loss[j] else lost
            sums.loss[j] = drop
        if asked == _STOCKS:
            rise = high.complementary_second_loss[j] - low.complementary_second_loss[j]
            lost = 1.0 if rise * bound < high.complementary_second_loss[j] else lost
            sums.left[j] = rise
        cancels[j] = lost
        some += 1 if lost > 0.0 else 0
    if some > 0 and asked == _STOCKS:
        _mend(x, y, width, asked, low, high, cancels, sums)
    elif some > 0:  # so that what a level does not ask for need not be kept
        _evaluate_and_mend(x, y, width, asked, cancels, sums)


cdef inline void _sum_over(const _Horizon* x, const double* y, const double* width, int asked, int more,
                           Lanes* low, Lanes* high, _Sums* sums) noexcept nogil:
    cdef double top[16]
    cdef int j, need = NEED_PROBABILITY | NEED_LOSS | more | (NEED_SECOND if asked >= _LOSSES else 0)
    cdef bint grows = GROWS and x.grows
    for j in range(LANES):
        top[j] = y[j] + width[j]
    _evaluate(x, y, need, low)
    _evaluate(x, top, need, high)
    if grows:
        _subtract_growth(x, y, width, low, high, sums)
    else:
        _subtract(x, y, width, asked, low, high, sums)
