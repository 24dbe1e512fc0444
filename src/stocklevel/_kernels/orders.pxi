# Orders of (R,s,nQ), from the demand Y between reviews (or the jumps, in units per period): averages over positions in
# (0, Q] above s.  At 0 the measures of demand that is never negative are its moments.


cdef inline void _evaluate_at_zero(const _Horizon* y, Lanes* value) noexcept nogil:
    # losses; the probabilities of whole demand are not asked for
    cdef double zero[16]
    cdef double m
    cdef long long below = 0
    cdef bint grows = GROWS and y.grows
    cdef int j
    for j in range(LANES):
        zero[j] = 0.0
        below += 0 if WHOLE or y.least[j] >= 0.0 else 1
    if below > 0:
        _evaluate(y, zero, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, value)
        return
    _second_at_zero(y, value.second_loss)
    for j in range(LANES):
        m = y.mean[j]
        value.second_loss[j] = (value.second_loss[j] + 0.5 * m * m) * y.pace[j] if grows else value.second_loss[j]
        value.loss[j] = m * y.pace[j] if grows else m
        value.sf[j] = 0.0 if grows else 1.0
        value.cdf[j] = value.complementary_loss[j] = value.complementary_second_loss[j] = 0.0
    if y.some_certain:
        _correct_certain(y, zero, value)


cdef inline void _evaluate_jumps(_Horizon* y, const double* x, int need, Lanes* value) noexcept nogil:
    # growth over no time: what exceeds x > 0 at the end of that time, over it; complements are not asked for
    cdef int j
    y.grows = False
    _evaluate(y, x, need, value)
    y.grows = True
    if WHOLE:
        for j in range(LANES):
            value.mass[j] = value.density[j]
    _per_period(y, value)


cdef inline void _find_orders(const _Stretch* stretch, const double* widths, double[:, :] out,
                              Py_ssize_t n) noexcept nogil:
    cdef double last[16]
    cdef double zero[16]
    cdef const double* width
    cdef Py_ssize_t at, block
    cdef _Horizon y
    cdef Lanes low, high
    cdef _Sums sums
    cdef int j
    for j in range(LANES):
        zero[j] = 0.0
    for block in range(_blocks(n)):
        at = block * LANES
        _load_horizon(stretch, at, n, &y)
        width = _lanes(widths, at, n, last)
        _evaluate_at_zero(&y, &low)
        if GROWS and y.grows:
            _evaluate_jumps(&y, width, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &high)
            _subtract_growth(&y, zero, width, &low, &high, &sums)
        else:
            _evaluate(&y, width, NEED_PROBABILITY | NEED_LOSS | NEED_SECOND, &high)
            _subtract(&y, zero, width, _STOCKS, &low, &high, &sums)
        for j in range(LANES):
            sums.reaches[j] = sums.reaches[j] / width[j]
            sums.loss[j] = sums.loss[j] / width[j]
        _store(sums.reaches, &out[0, 0], at, n)
        _store(sums.loss, &out[1, 0], at, n)
        _store(high.loss, &out[2, 0], at, n)
        _store(high.sf, &out[3, 0], at, n)
        if WHOLE:
            _store(high.density, &out[4, 0], at, n)


def orders(tuple review, const double[::1] width, double[:, :] out):
    """E min(Y, Q)/Q, the average of E(Y - y)+ over positions y in (0, Q], and E(Y-Q)+, P(Y > Q), P(Y = Q).

    Demand Y as in `averages`, with growth over no time the jumps; the last row stays unfilled where it is continuous.
    """
    cdef _Stretch stretch = _stretch(review)
    with nogil:
        _find_orders(&stretch, &width[0], out, width.shape[0])
