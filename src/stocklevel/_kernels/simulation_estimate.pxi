# Measures and their standard errors from what was counted.

cdef extern from *:
    """
    #if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    #define SL_FUSED 1
    #else
    #define SL_FUSED 0
    #endif
    """
    const bint FUSED "SL_FUSED"  # whether mul_add rounds once

ctypedef fused Counted:
    double
    int

cdef int[16] _top = [SHORT, SHORT, UNBROKEN, IN_TIME, COVERED, READY, ON_HAND, BACKORDERS, ORDERS, SHORT, UNDERSHOOT,
                     SAFETY, BACKORDERS, 0, 0, 0]  # numerator and denominator of each measure in the public order
cdef int[13] _bottom = [DEMAND, DEMAND, CYCLES, RECEIPTS, TIME, TIME, TIME, TIME, TIME, ORDERS, ORDERS, CYCLES, DEMAND]


cdef void estimate(const double* counts, Py_ssize_t batches, double[:, :] value, double[:, :] error,
                   Py_ssize_t row) noexcept nogil:
    # totals over totals; their errors by the delta method over batches
    cdef double total[14]
    cdef double squares[13]
    cdef double found[13]
    cdef double residual, spread = NAN
    cdef const double* batch
    cdef Py_ssize_t i
    cdef int k
    for k in range(COUNTS):
        total[k] = 0.0
    for i in range(batches):
        for k in range(COUNTS):
            total[k] += counts[i * COUNTS + k]
    for k in range(MEASURES):
        squares[k] = 0.0
        found[k] = total[_top[k]] / total[_bottom[k]] if total[_bottom[k]] != 0.0 else NAN
    for i in range(batches):
        batch = counts + i * COUNTS
        for k in range(MEASURES):
            residual = batch[_top[k]] - found[k] * batch[_bottom[k]]
            squares[k] += residual * residual
    if batches > 1:
        spread = <double>batches / <double>(batches - 1)
    for k in range(MEASURES):
        error[k, row] = sqrt(squares[k] * spread) / total[_bottom[k]]
        if total[DEMAND] != total[DEMAND]:  # a parameter was NaN
            found[k] = error[k, row] = NAN
        elif total[DEMAND] == 0.0 and found[k] != found[k] and k != 11:  # nothing was asked for: all of it was met
            found[k] = 1.0 if k == 2 or k == 3 else 0.0
            error[k, row] = 0.0
        value[k, row] = 1.0 - found[k] if k == 0 else found[k]


cdef void _answer_silence(const double* demand, double* value, double* error) noexcept nogil:
    # NaN where a parameter was; where nothing was asked for, all of it was met
    cdef int j, k, at
    for j in range(LANES):
        for k in range(MEASURES):
            at = k * LANES + j
            if demand[j] != demand[j]:
                value[at] = error[at] = NAN
            elif demand[j] == 0.0 and value[at] != value[at] and k != 11:
                value[at], error[at] = (1.0 if k == 2 or k == 3 else 0.0), 0.0


cdef inline double _quotient(Counted kind, double above, double below, double inverse) noexcept nogil:
    # above/below, correctly rounded. Below is whole and less than 2^31, so that the quotient is 2^-32 ulp at least from
    # where rounding turns: a product with the inverse, and a step by the exact remainder, are nearer (Markstein 1990)
    cdef double near = above * inverse
    if Counted is int:
        if FUSED:
            return mul_add(mul_add(-near, below, above), inverse, near)
    return above / below


cdef inline double _squared(Counted above, double below, double found) noexcept nogil:
    cdef double residual = <double>above - found * below
    return residual * residual


cdef inline void _square(const Counted* counts, const int wide, Py_ssize_t batches, const int bottom,
                         const int several, const int* top, const double* found, double_alone squares) noexcept nogil:
    # of one, two or five measures over the same, batch after batch, while the sums stand in registers
    cdef const Counted* above = counts + top[0] * wide
    cdef const Counted* second = counts + top[1] * wide
    cdef const Counted* third = counts + top[2] * wide
    cdef const Counted* fourth = counts + top[3] * wide
    cdef const Counted* fifth = counts + top[4] * wide
    cdef const Counted* under = counts + bottom * wide
    cdef double a, b, c, d, e, below, in_a, in_b, in_c, in_d, in_e
    cdef Py_ssize_t at
    cdef int j
    for j in range(LANES):
        a = b = c = d = e = 0.0
        in_a = found[j]
        if several > 1:
            in_b = found[LANES + j]
        if several > 2:
            in_c, in_d, in_e = found[2 * LANES + j], found[3 * LANES + j], found[4 * LANES + j]
        at = 0
        while True:
            below = <double>under[at + j]
            a += _squared(above[at + j], below, in_a)
            if several > 1:
                b += _squared(second[at + j], below, in_b)
            if several > 2:
                c += _squared(third[at + j], below, in_c)
                d += _squared(fourth[at + j], below, in_d)
                e += _squared(fifth[at + j], below, in_e)
            at += COUNTS * wide
            if at >= COUNTS * wide * batches:
                break
        squares[j] = a
        if several > 1:
            squares[LANES + j] = b
        if several > 2:
            squares[2 * LANES + j], squares[3 * LANES + j], squares[4 * LANES + j] = c, d, e


cdef inline void _add_up(const Counted* counts, Counted* total, const int wide, const int batches) noexcept nogil:
    cdef Counted sum
    cdef int i, j, k
    for k in range(COUNTS):
        for j in range(LANES):
            sum = total[k * LANES + j]
            for i in range(batches):
                sum += counts[(i * COUNTS + k) * wide + j]
            total[k * LANES + j] = sum


cdef inline void _measure(const Counted* counts, const int wide, Py_ssize_t batches, const double* total,
                          const double* spread, const int bottom, const int first, const int several, double* value,
                          double* error) noexcept nogil:
    # of one, two or five measures over the same, from `first` on, totals over totals and their errors
    cdef double inverse[16]
    cdef double found[5 * 16]
    cdef double squares[5 * 16]
    cdef const double* over
    cdef const double* under = total + bottom * LANES
    cdef int j, k
    for j in range(LANES):
        inverse[j] = 1.0 / under[j]
    for k in range(several):
        over = total + _top[first + k] * LANES
        for j in range(LANES):
            found[k * LANES + j] = _quotient(counts[0], over[j], under[j], inverse[j])
            found[k * LANES + j] = found[k * LANES + j] if under[j] != 0.0 else NAN
    _square(counts, wide, batches, bottom, several, &_top[first], found, squares)
    for k in range(several):
        for j in range(LANES):
            value[(first + k) * LANES + j] = found[k * LANES + j]
            error[(first + k) * LANES + j] = _quotient(
                counts[0], sqrt(squares[k * LANES + j] * spread[j]), under[j], inverse[j])


cdef inline void estimate_lanes(const Counted* counts, const int wide, Py_ssize_t batches, const double* own,
                                bint per_review, double* value, double* error) noexcept nogil:
    # the same of lanes side by side, of `wide` that were counted: `own` batches of each, of at most `batches`; those
    # beyond its own count nothing. Measure 0 is one less measure 1, and unless cycles last from review to review
    # measure 2 is measure 3.
    cdef Counted sums[14 * 16]
    cdef double total[14 * 16]
    cdef double spread[16]
    cdef Py_ssize_t i
    cdef int j
    for j in range(COUNTS * LANES):
        sums[j] = 0
    for i in range(batches // 4):
        _add_up(counts + 4 * i * COUNTS * wide, sums, wide, 4)
    for i in range(batches // 4 * 4, batches):
        _add_up(counts + i * COUNTS * wide, sums, wide, 1)
    for j in range(COUNTS * LANES):
        total[j] = <double>sums[j]
    for j in range(LANES):
        spread[j] = own[j] / (own[j] - 1.0) if own[j] > 1.0 else NAN
    _measure(counts, wide, batches, total, spread, DEMAND, 1, 1, value, error)
    _measure(counts, wide, batches, total, spread, RECEIPTS, 3, 1, value, error)
    _measure(counts, wide, batches, total, spread, TIME, 4, 5, value, error)
    _measure(counts, wide, batches, total, spread, ORDERS, 9, 2, value, error)
    _measure(counts, wide, batches, total, spread, CYCLES, 11, 1, value, error)
    _measure(counts, wide, batches, total, spread, DEMAND, 12, 1, value, error)
    memcpy(value, value + LANES, LANES * sizeof(double))
    memcpy(error, error + LANES, LANES * sizeof(double))
    if per_review:
        _measure(counts, wide, batches, total, spread, CYCLES, 2, 1, value, error)
    else:
        memcpy(value + 2 * LANES, value + 3 * LANES, LANES * sizeof(double))
        memcpy(error + 2 * LANES, error + 3 * LANES, LANES * sizeof(double))
    for j in range(LANES):
        if total[DEMAND * LANES + j] == 0.0 or total[DEMAND * LANES + j] != total[DEMAND * LANES + j]:
            _answer_silence(total + DEMAND * LANES, value, error)
            break
    for j in range(LANES):
        value[j] = 1.0 - value[j]


cdef inline void merge(Counted* counts, const int wide, Py_ssize_t batches, const double* own) noexcept nogil:
    # two batches into one, again and again, of lanes that have fewer; sums of whole numbers are exact
    cdef Counted fewer[32]  # 1 where there are
    cdef Counted* into
    cdef const Counted* first
    cdef double fewest = <double>batches
    cdef Py_ssize_t batch, half, k
    cdef int j
    for j in range(wide):
        fewest = min(fewest, own[j])
    while <double>batches > fewest:
        half = batches // 2
        for j in range(wide):
            fewer[j] = 1 if own[j] < <double>batches else 0
        for batch in range(half):
            for k in range(COUNTS):
                into, first = counts + (batch * COUNTS + k) * wide, counts + (2 * batch * COUNTS + k) * wide
                for j in range(wide):
                    into[j] = first[j] + first[COUNTS * wide + j] if fewer[j] > 0 else into[j]
        for k in range(half * COUNTS, batches * COUNTS):
            for j in range(wide):
                counts[k * wide + j] = 0 if fewer[j] > 0 else counts[k * wide + j]
        batches = half
