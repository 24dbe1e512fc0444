# Runs in single precision from beginning to end: stretches of demand, batches, and what is counted in them.

cdef inline void _keep_count(double* into, double count, const bint more) noexcept nogil:
    into[0] = into[0] + count if more else count


cdef inline void _hand_over(Small* s, double_alone into, const bint per_review, const bint more) noexcept nogil:
    # what was counted since the last time, to the counts of the batch; more: beside what stands there
    cdef double negative
    cdef int j
    for j in range(LANES):
        negative = <double>s.negative[j]
        _keep_count(&into[DEMAND * LANES + j], <double>s.wanted[j], more)
        _keep_count(&into[SHORT * LANES + j], <double>s.before[j] - negative, more)
        _keep_count(&into[ON_HAND * LANES + j], <double>s.balance[j] - negative, more)
        _keep_count(&into[BACKORDERS * LANES + j], 0.0 - negative, more)
        _keep_count(&into[UNDERSHOOT * LANES + j], <double>s.undershoot[j], more)
        _keep_count(&into[SAFETY * LANES + j], <double>s.safety[j], more)
        s.wanted[j] = s.before[j] = s.negative[j] = s.balance[j] = s.undershoot[j] = s.safety[j] = 0.0
    for j in range(LANES):
        _keep_count(&into[COVERED * LANES + j], <double>s.covered[j], more)
        _keep_count(&into[READY * LANES + j], <double>s.ready[j], more)
        _keep_count(&into[ORDERS * LANES + j], <double>s.orders[j], more)
        _keep_count(&into[RECEIPTS * LANES + j], <double>s.receipts[j], more)
        _keep_count(&into[IN_TIME * LANES + j], <double>s.in_time[j], more)
        _keep_count(&into[CYCLES * LANES + j], <double>(s.cycles[j] if per_review else s.receipts[j]), more)
        _keep_count(&into[UNBROKEN * LANES + j], <double>(s.unbroken[j] if per_review else s.in_time[j]), more)
        s.covered[j] = s.ready[j] = s.orders[j] = s.receipts[j] = s.in_time[j] = s.cycles[j] = s.unbroken[j] = 0


cdef inline void _advance_as(Small* s, const double** rows, const double** coming, Py_ssize_t now, const float* demand,
                             float* orders, Py_ssize_t n, bint per_review, bint lifts, const bint lost) noexcept nogil:
    if per_review:
        if lost:
            _advance_losing(s, rows, coming, now, demand, orders, n, True, True)
        else:
            _advance_small(s, rows, coming, now, demand, orders, n, True, True)
    elif lifts:
        if lost:
            _advance_losing(s, rows, coming, now, demand, orders, n, False, True)
        else:
            _advance_small(s, rows, coming, now, demand, orders, n, False, True)
    elif lost:
        _advance_losing(s, rows, coming, now, demand, orders, n, False, False)
    else:
        _advance_small(s, rows, coming, now, demand, orders, n, False, False)


cdef void play_small(Run* runs, int count, Py_ssize_t batches, float* orders, Py_ssize_t size, float* demand,
                     double* counts) noexcept nogil:
    # as play_lanes, of given demand; counts are those of the warm-up and the batches. Batches of any run are as
    # many, or a half, a quarter ...
    cdef Small small
    cdef const double* rows[16]
    cdef const double* coming[16]
    cdef Py_ssize_t now = 0, boundary, first = 0, last = 0, stop, head = 0, i, j, batch, room = STRETCH + 2 * size
    cdef const float* wanted
    cdef float* placed
    cdef bint per_review = runs[0].item.per_review, lifts = runs[0].item.multiple == 0.0, more
    cdef double own[16]
    cdef double* into
    cdef const Run* run
    _set_up_small(&small, runs, count)
    run = &runs[0]
    demand += TILE * LANES
    for i in range(size * LANES):
        orders[i] = -1.0 if per_review else 0.0
    for j in range(LANES):
        rows[j] = runs[j if j < count else 0].given
        coming[j] = (runs[j].next if j < count and runs[j].next != NULL else rows[j]) - small.until
    for batch in range(-1, batches):
        into = counts + (batch + 1) * COUNTS * LANES
        boundary = run.warm if batch < 0 else batch_end(batch, batches, run.warm, run.periods, small.review)
        for j in range(LANES):
            into[TIME * LANES + j] = <double>(boundary - now)
        more = False
        if now == boundary:
            memset(into, 0, COUNTS * LANES * sizeof(double))
        while now < boundary:
            if now == last:
                first, last = now, min(now + STRETCH, small.until)
                _supply_small(rows, first, last - first, small.until, demand)
            if head + STRETCH + size > room:
                memmove(orders, orders + head * LANES, size * LANES * sizeof(float))
                head = 0
            stop = min(last, boundary)
            wanted, placed = demand + (now - first) * LANES, orders + head * LANES
            if run.item.lost:
                _advance_as(&small, rows, coming, now, wanted, placed, stop - now, per_review, lifts, True)
            else:
                _advance_as(&small, rows, coming, now, wanted, placed, stop - now, per_review, lifts, False)
            if more:
                _hand_over(&small, into, per_review, True)
            else:
                _hand_over(&small, into, per_review, False)
            more = True
            head += stop - now
            now = stop
    for j in range(LANES):
        own[j] = <double>runs[j if j < count else 0].batches
    merge(counts + COUNTS * LANES, LANES, batches, own)
