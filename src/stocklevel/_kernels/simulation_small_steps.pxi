# Steps of backorders: positions know nothing of net stock, so that of a few periods the orders are placed first, then
# all that is counted is counted.

cdef struct Tally:  # a lane, for a step
    float net
    float wanted
    float safety
    float negative
    float before
    float balance
    int receipts
    int in_time
    int cycles
    int unbroken
    int covered
    int ready


cdef inline float _quantity(Small* s, int j, float at, float below, const bint lifts) noexcept nogil:
    # of a review; of whole numbers floor(below/multiple) + 1 is the nearest to (below + (multiple + 1)/2)/multiple
    cdef float quantity
    if lifts:
        quantity = below + s.gap[j]
    else:
        quantity = s.multiple[j] * ((at * s.inverse[j] + <float>12582912.0) - <float>12582912.0)
    return quantity if below >= <float>0.0 else <float>0.0


cdef inline void _order_small(Small* s, read_alone demand, alone orders, const int n, const bint lifts) noexcept nogil:
    # periods that are all reviewed
    cdef float at, below, quantity, undershoot
    cdef int j, i, placed
    for j in range(LANES):
        at, undershoot, placed = s.below[j], s.undershoot[j], s.orders[j]
        for i in range(n):
            below = at - s.half[j]
            quantity = _quantity(s, j, at, below, lifts)
            if lifts:
                placed += quantity > <float>0.0
            else:
                placed += below >= <float>0.0
            undershoot += below if below >= <float>0.0 else <float>0.0
            at = (at + demand[i * LANES + j]) - quantity
            orders[i * LANES + j] = quantity
        s.below[j], s.undershoot[j], s.orders[j] = at, undershoot, placed


cdef inline void _wait_small(Small* s, read_alone demand, alone orders, float none) noexcept nogil:
    # a period without a review
    cdef int j
    for j in range(LANES):
        s.below[j] += demand[j]
        orders[j] = none


cdef inline void _count(Tally* one, float arriving, float wanted, const bint per_review) noexcept nogil:
    cdef bint came = arriving > <float>0.0, ended, in_stock = one.net >= <float>0.0
    one.receipts += came
    one.in_time += came & in_stock
    if per_review:
        ended = arriving >= <float>0.0
        one.cycles += ended
        one.unbroken += ended & in_stock
        one.safety += one.net if arriving >= <float>0.0 else <float>0.0
        one.net += arriving if arriving > <float>0.0 else <float>0.0
    else:
        one.safety += one.net if arriving > <float>0.0 else <float>0.0
        one.net += arriving
    one.before += one.net if one.net < <float>0.0 else <float>0.0
    one.net -= wanted
    one.wanted += wanted
    one.negative += one.net if one.net < <float>0.0 else <float>0.0
    one.balance += one.net
    one.covered += one.net >= <float>0.0
    one.ready += one.net > <float>0.0


cdef inline void _count_small(Small* s, read_alone demand, read_alone orders, const int n,
                              const bint per_review) noexcept nogil:
    cdef Tally one
    cdef int j, i
    for j in range(LANES):
        one.net, one.wanted, one.safety = s.net[j], s.wanted[j], s.safety[j]
        one.negative, one.before, one.balance = s.negative[j], s.before[j], s.balance[j]
        one.receipts, one.in_time, one.covered, one.ready = s.receipts[j], s.in_time[j], s.covered[j], s.ready[j]
        if per_review:
            one.cycles, one.unbroken = s.cycles[j], s.unbroken[j]
        for i in range(n):
            _count(&one, orders[i * LANES + j], demand[i * LANES + j], per_review)
        s.net[j], s.wanted[j], s.safety[j] = one.net, one.wanted, one.safety
        s.negative[j], s.before[j], s.balance[j] = one.negative, one.before, one.balance
        s.receipts[j], s.in_time[j], s.covered[j], s.ready[j] = one.receipts, one.in_time, one.covered, one.ready
        if per_review:
            s.cycles[j], s.unbroken[j] = one.cycles, one.unbroken


cdef inline void _look_small(Small* s, read_alone demand, alone orders, const bint lifts, float none) noexcept nogil:
    # one period, with a review when it is time
    if s.until_review > 0:
        _wait_small(s, demand, orders, none)
        s.until_review -= 1
        return
    _order_small(s, demand, orders, 1, lifts)
    s.until_review = s.review - 1


cdef inline void _step_small(Small* s, const float* demand, float* orders, const int n, const bint per_review,
                             const bint lifts) noexcept nogil:
    # rows of `orders` are periods, from now on
    cdef float none = <float>-1.0 if per_review else <float>0.0
    cdef Py_ssize_t ahead = s.lead * LANES
    cdef int i
    if s.review == 1:
        _order_small(s, demand, orders + ahead, n, lifts)
    else:
        for i in range(n):
            _look_small(s, demand + i * LANES, orders + ahead + i * LANES, lifts, none)
    _count_small(s, demand, orders, n, per_review)


cdef inline void _fetch_small(Small* s, const double** rows, const double** coming, Py_ssize_t now) noexcept nogil:
    # the next cache line of every row, a stretch ahead, while there is other work
    cdef int j
    if s.fetched > now + STRETCH:
        return
    for j in range(LANES):
        sl_fetch((rows[j] if s.fetched < s.until else coming[j]) + s.fetched)
    s.fetched += 8


cdef inline void _advance_small(Small* s, const double** rows, const double** coming, Py_ssize_t now,
                                const float* demand, float* orders, Py_ssize_t n, const bint per_review,
                                const bint lifts) noexcept nogil:
    cdef Py_ssize_t i = 0
    while i + STEP <= n:
        _fetch_small(s, rows, coming, now + i)
        _step_small(s, demand + i * LANES, orders + i * LANES, STEP, per_review, lifts)
        i += STEP
    if i + STEP // 2 <= n:
        _fetch_small(s, rows, coming, now + i)
        _step_small(s, demand + i * LANES, orders + i * LANES, STEP // 2, per_review, lifts)
        i += STEP // 2
    while i < n:
        _step_small(s, demand + i * LANES, orders + i * LANES, 1, per_review, lifts)
        i += 1
