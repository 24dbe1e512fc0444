# Runs side by side whose numbers are all whole units and few: single precision holds them without rounding, so that
# twice as many lanes fit a vector. Positions know nothing of net stock under backorders: of a few periods the orders
# are placed first, then all that is counted is counted. Same numbers, to the bit, as of the lanes in double precision.

cdef extern from *:
    """
    typedef float* __restrict sl_alone;
    typedef const float* __restrict sl_read_alone;
    """
    ctypedef float* alone "sl_alone"  # no other pointer leads there
    ctypedef const float* read_alone "sl_read_alone"

cdef enum:
    TILE = 16     # lanes, and periods, that are turned at once
    STEP = 8      # periods of a step, while numbers stand in registers
    LARGEST = 131072  # 2^17: sums of STRETCH periods stay below 2^23


cdef struct Small:
    float multiple[16]
    float inverse[16]
    float gap[16]      # from the trigger to the level
    float half[16]     # (multiple + 1)/2; 0 where orders are up to the level
    float below[16]    # position below the trigger, and `half` more
    float net[16]
    float wanted[16]
    float undershoot[16]
    float safety[16]
    float negative[16]  # sum of min(net stock, 0) at the ends of periods
    float before[16]    # and before demand
    float balance[16]   # sum of net stock
    int orders[16]
    int receipts[16]
    int in_time[16]
    int cycles[16]
    int unbroken[16]
    int covered[16]
    int ready[16]
    Py_ssize_t lead
    long long review
    long long until_review


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


cdef bint _are_small(const Run* runs, int count) noexcept nogil:
    # whether runs of one length, lead time, review period and kind have whole numbers that single precision holds
    cdef const Run* first = &runs[0]
    cdef const Run* run
    cdef double most
    cdef int j
    for j in range(count):
        run = &runs[j]
        if (not run.item.whole or run.item.lost or run.warm != first.warm or run.periods != first.periods
                or run.batches != first.batches or run.item.review != first.item.review
                or run.item.lead != first.item.lead or (run.item.multiple > 0.0) != (first.item.multiple > 0.0)):
            return False
        if (floor(run.item.trigger) != run.item.trigger or floor(run.item.level) != run.item.level
                or floor(run.item.multiple) != run.item.multiple or floor(run.start) != run.start):
            return False
        if run.item.per_review and run.item.multiple > 0.0:
            return False
        most = fabs(run.item.trigger) + fabs(run.item.level) + run.item.multiple + fabs(run.start)
        most += (run.item.lead + <double>run.item.review + 2.0) * run.peak
        if not most < <double>LARGEST:
            return False
    return True


cdef void _set_up_small(Small* s, const Run* runs, int count) noexcept nogil:
    cdef const Run* run
    cdef int j
    memset(s, 0, sizeof(Small))
    s.lead, s.review = <Py_ssize_t>runs[0].item.lead, runs[0].item.review
    for j in range(LANES):
        run = &runs[j if j < count else 0]
        s.gap[j] = <float>(run.item.level - run.item.trigger)
        s.multiple[j] = <float>run.item.multiple
        s.inverse[j] = <float>(1.0 / run.item.multiple) if run.item.multiple > 0.0 else <float>0.0
        s.half[j] = <float>(0.5 * (run.item.multiple + 1.0)) if run.item.multiple > 0.0 else <float>0.0
        s.net[j] = <float>run.start
        s.below[j] = <float>(run.item.trigger - run.start) + s.half[j]


cdef inline void _shuffle(const float* values, float* into) noexcept nogil:
    # the halves one into the other; four times turns a tile, as it turns the bits of the place of a number
    cdef int i
    for i in range(TILE * TILE // 2):
        into[2 * i], into[2 * i + 1] = values[i], values[TILE * TILE // 2 + i]


cdef inline void _turn(const double** rows, Py_ssize_t at, float* into) noexcept nogil:
    # demand of TILE periods, lane beside lane
    cdef float one[256]
    cdef float two[256]
    cdef const double* upper
    cdef const double* lower
    cdef int i, j
    for j in range(TILE // 2):
        upper, lower = rows[j] + at, rows[j + TILE // 2] + at
        for i in range(TILE):
            one[2 * (j * TILE + i)], one[2 * (j * TILE + i) + 1] = <float>upper[i], <float>lower[i]
    _shuffle(one, two)
    _shuffle(two, one)
    _shuffle(one, into)


cdef inline void _supply_small(const double** rows, Py_ssize_t now, Py_ssize_t n, float* demand) noexcept nogil:
    cdef Py_ssize_t i, at = 0
    cdef int j
    while at + TILE <= n:
        _turn(rows, now + at, demand + at * LANES)
        at += TILE
    if at == n:
        return
    if n >= TILE:  # the last periods, some of them again
        _turn(rows, now + n - TILE, demand + (n - TILE) * LANES)
        return
    for i in range(n):
        for j in range(LANES):
            demand[i * LANES + j] = <float>rows[j][now + i]


cdef inline void _order_small(Small* s, read_alone demand, alone orders, const int n, const bint lifts) noexcept nogil:
    # periods that are all reviewed; of whole numbers floor(below/multiple) + 1 is the nearest to
    # (below + (multiple + 1)/2)/multiple
    cdef float at, below, quantity, undershoot
    cdef int j, i, placed
    for j in range(LANES):
        at, undershoot, placed = s.below[j], s.undershoot[j], s.orders[j]
        for i in range(n):
            below = at - s.half[j]
            if lifts:
                quantity = below + s.gap[j]
            else:
                quantity = s.multiple[j] * ((at * s.inverse[j] + <float>12582912.0) - <float>12582912.0)
            quantity = quantity if below >= <float>0.0 else <float>0.0
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


cdef inline void _advance_small(Small* s, Lanes* lanes, const float* demand, float* orders, Py_ssize_t n,
                                const bint per_review, const bint lifts) noexcept nogil:
    cdef float none = <float>-1.0 if per_review else <float>0.0
    cdef Py_ssize_t i = 0, k, ahead = s.lead * LANES
    while i < n:
        if lanes.fetched < STRETCH:
            _fetch(lanes)
            _fetch(lanes)
        if n - i >= STEP:
            if s.review == 1:
                _order_small(s, demand + i * LANES, orders + i * LANES + ahead, STEP, lifts)
            else:
                for k in range(i, i + STEP):
                    _look_small(s, demand + k * LANES, orders + k * LANES + ahead, lifts, none)
            _count_small(s, demand + i * LANES, orders + i * LANES, STEP, per_review)
            i += STEP
        else:
            _look_small(s, demand + i * LANES, orders + i * LANES + ahead, lifts, none)
            _count_small(s, demand + i * LANES, orders + i * LANES, 1, per_review)
            i += 1


cdef inline void _look_small(Small* s, const float* demand, float* orders, const bint lifts, float none) noexcept nogil:
    # one period, with a review when it is time
    if s.until_review > 0:
        _wait_small(s, demand, orders, none)
        s.until_review -= 1
        return
    _order_small(s, demand, orders, 1, lifts)
    s.until_review = s.review - 1


cdef void _hand_over(Small* s, Lanes* lanes, bint per_review) noexcept nogil:
    # what was counted since the last time
    cdef int j
    cdef double negative
    for j in range(LANES):
        negative = <double>s.negative[j]
        lanes.counted[DEMAND][j] += <double>s.wanted[j]
        lanes.counted[SHORT][j] += <double>s.before[j] - negative
        lanes.counted[COVERED][j] += <double>s.covered[j]
        lanes.counted[READY][j] += <double>s.ready[j]
        lanes.counted[ON_HAND][j] += <double>s.balance[j] - negative
        lanes.counted[BACKORDERS][j] -= negative
        lanes.counted[ORDERS][j] += <double>s.orders[j]
        lanes.counted[UNDERSHOOT][j] += <double>s.undershoot[j]
        lanes.counted[RECEIPTS][j] += <double>s.receipts[j]
        lanes.counted[IN_TIME][j] += <double>s.in_time[j]
        lanes.counted[SAFETY][j] += <double>s.safety[j]
        s.negative[j] = s.wanted[j] = s.before[j] = s.balance[j] = s.undershoot[j] = s.safety[j] = 0.0
        s.covered[j] = s.ready[j] = s.orders[j] = s.receipts[j] = s.in_time[j] = 0
    if per_review:
        for j in range(LANES):
            lanes.counted[CYCLES][j] += <double>s.cycles[j]
            lanes.counted[UNBROKEN][j] += <double>s.unbroken[j]
            s.cycles[j] = s.unbroken[j] = 0


cdef void play_small(Run* runs, int count, float* orders, Py_ssize_t size, float* demand,
                     double* counts) noexcept nogil:
    # as play_lanes, of given demand
    cdef Lanes lanes
    cdef Small small
    cdef const double* rows[16]
    cdef Py_ssize_t now = 0, first, stop, end, until = runs[0].warm + runs[0].periods, head = 0, i
    cdef Py_ssize_t room = STRETCH + 2 * size
    cdef bint per_review = runs[0].item.per_review, lifts = runs[0].item.multiple == 0.0
    cdef Run* run = &runs[0]
    cdef const float* wanted
    cdef int j
    _set_up_small(&small, runs, count)
    memset(lanes.counted, 0, sizeof(lanes.counted))
    for i in range(size * LANES):
        orders[i] = -1.0 if per_review else 0.0
    for j in range(LANES):
        rows[j] = runs[j if j < count else 0].given
    run.batch, run.since, run.boundary = -1, 0, run.warm
    while run.boundary == 0:
        _next_batch(run)
    while now < until:
        first, stop = now, (now + STRETCH if now + STRETCH < until else until)
        _supply_small(rows, now, stop - now, demand)
        for j in range(count):
            lanes.coming[j] = _coming(&runs[j], now)
        lanes.fetched = 0 if count == LANES and lanes.coming[0] != NULL else STRETCH
        if head + STRETCH + size > room:
            memmove(orders, orders + head * LANES, size * LANES * sizeof(float))
            head = 0
        while now < stop:
            end = run.boundary if run.batch < run.batches and run.boundary < stop else stop
            wanted = demand + (now - first) * LANES
            if per_review:
                _advance_small(&small, &lanes, wanted, orders + head * LANES, end - now, True, True)
            elif lifts:
                _advance_small(&small, &lanes, wanted, orders + head * LANES, end - now, False, True)
            else:
                _advance_small(&small, &lanes, wanted, orders + head * LANES, end - now, False, False)
            _hand_over(&small, &lanes, per_review)
            head += end - now
            while run.batch < run.batches and run.boundary == end:
                _end_batch(run, &lanes, 0, LANES, counts)
            now = end
