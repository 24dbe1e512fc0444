# Measures and their standard errors from what was counted.

ctypedef fused Counted:
    double
    int

cdef int[13] _top = [SHORT, SHORT, UNBROKEN, IN_TIME, COVERED, READY, ON_HAND, BACKORDERS, ORDERS, SHORT, UNDERSHOOT,
                     SAFETY, BACKORDERS]  # numerator and denominator of each measure in the public order
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


cdef inline double _squared(double above, double below, double found) noexcept nogil:
    cdef double residual = above - found * below
    return residual * residual


cdef inline void _add_squares(const Counted* above, const Counted* below, const double* found, double* squares,
                              const Py_ssize_t step, const int batches) noexcept nogil:
    # of a few batches, one after the other, while the sums stand in registers
    cdef double sum
    cdef int i, j
    for j in range(LANES):
        sum = squares[j]
        for i in range(batches):
            sum += _squared(<double>above[i * step + j], <double>below[i * step + j], found[j])
        squares[j] = sum


cdef inline void _add_up(const Counted* counts, double* total, const Py_ssize_t step, const int batches) noexcept nogil:
    # `step` from one batch to the next
    cdef double sum
    cdef int i, j, k
    for k in range(COUNTS):
        for j in range(LANES):
            sum = total[k * LANES + j]
            for i in range(batches):
                sum += <double>counts[i * step + k * (step // COUNTS) + j]
            total[k * LANES + j] = sum


cdef inline void estimate_lanes(const Counted* counts, const Py_ssize_t wide, Py_ssize_t batches, const double* own,
                                bint per_review, double* value, double* error) noexcept nogil:
    # the same of lanes side by side, of `wide` that were counted: `own` batches of each, of at most `batches`; those
    # beyond its own count nothing. Measure 0 is one less measure 1, and unless cycles last from review to review
    # measure 2 is measure 3.
    cdef double total[14 * 16]
    cdef double spread[16]
    cdef double found[16]
    cdef double squares[16]
    cdef const double* over
    cdef const double* under
    cdef const Counted* above
    cdef const Counted* below
    cdef Py_ssize_t step = COUNTS * wide
    cdef Py_ssize_t i
    cdef int j, k
    memset(total, 0, sizeof(total))
    for i in range(batches // 4):
        _add_up(counts + 4 * i * step, total, COUNTS * wide, 4)
    for i in range(batches // 4 * 4, batches):
        _add_up(counts + i * step, total, COUNTS * wide, 1)
    for j in range(LANES):
        spread[j] = own[j] / (own[j] - 1.0) if own[j] > 1.0 else NAN
    for k in range(1, MEASURES):
        if k == 2 and not per_review:
            continue
        over, under = &total[_top[k] * LANES], &total[_bottom[k] * LANES]
        for j in range(LANES):
            squares[j] = 0.0
            found[j] = over[j] / under[j]
            found[j] = found[j] if under[j] != 0.0 else NAN
        above, below = counts + _top[k] * wide, counts + _bottom[k] * wide
        for i in range(batches // 4):
            _add_squares(above + 4 * i * step, below + 4 * i * step, found, squares, COUNTS * wide, 4)
        for i in range(batches // 4 * 4, batches):
            _add_squares(above + i * step, below + i * step, found, squares, COUNTS * wide, 1)
        for j in range(LANES):
            value[k * LANES + j], error[k * LANES + j] = found[j], sqrt(squares[j] * spread[j]) / under[j]
    memcpy(value, value + LANES, LANES * sizeof(double))
    memcpy(error, error + LANES, LANES * sizeof(double))
    if not per_review:
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
    cdef Counted* into
    cdef const Counted* first
    cdef Counted both
    cdef double fewest = <double>batches
    cdef Py_ssize_t batch, half, k
    cdef int j
    for j in range(wide):
        fewest = min(fewest, own[j])
    while <double>batches > fewest:
        half = batches // 2
        for batch in range(half):
            for k in range(COUNTS):
                into, first = counts + (batch * COUNTS + k) * wide, counts + (2 * batch * COUNTS + k) * wide
                for j in range(wide):
                    both = first[j] + first[COUNTS * wide + j]
                    into[j] = both if own[j] < <double>batches else into[j]
        for k in range(half * COUNTS, batches * COUNTS):
            for j in range(wide):
                counts[k * wide + j] = 0 if own[j] < <double>batches else counts[k * wide + j]
        batches = half
