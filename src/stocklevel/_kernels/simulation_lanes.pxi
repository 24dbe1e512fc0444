# Runs side by side: reviews every R >= 1 periods that all take place, and fixed whole lead times. A run is a row's
# replication; its numbers do not depend on what runs beside it, since what is counted leaves the lanes only at
# the ends of its own batches.

cdef struct Run:
    Item item
    Draw draw
    Stream drawn
    const double* given
    const double* next   # given demand that the lane plays after this, or NULL
    Py_ssize_t row       # among all rows
    Py_ssize_t kept      # where its counts are kept
    double start
    bint small           # whether single precision holds its numbers
    Py_ssize_t warm
    Py_ssize_t periods
    Py_ssize_t batches
    Py_ssize_t batch
    Py_ssize_t since     # when its batch began
    Py_ssize_t boundary  # when it ends


cdef void _set_up(Lanes* lanes, Run* runs, int count, bint lost) noexcept nogil:
    cdef Run* run
    cdef int j
    memset(lanes, 0, sizeof(Lanes))
    lanes.alike, lanes.lead, lanes.review = True, <long long>runs[0].item.lead, runs[0].item.review
    for j in range(LANES):
        run = &runs[j if j < count else 0]
        lanes.trigger[j], lanes.level[j] = run.item.trigger, run.item.level
        lanes.lifts[j] = 0.0 if run.item.multiple > 0.0 else 1.0
        lanes.multiple[j] = run.item.multiple if run.item.multiple > 0.0 else 1.0
        lanes.inverse[j] = 1.0 / lanes.multiple[j]
        lanes.between[j] = <double>(run.item.review - 1)
        lanes.net[j] = lanes.position[j] = run.start
        lanes.whole_order_cycle[j] = 1.0 if lost or run.start >= 0.0 else 0.0
        lanes.whole_cycle[j] = 1.0
        lanes.none[j] = -1.0 if run.item.per_review else 0.0
        lanes.slot[j] = <long long>run.item.lead * LANES + j
        lanes.alike = (lanes.alike and run.item.lead == runs[0].item.lead and run.item.review == lanes.review
                       and lanes.lifts[j] == lanes.lifts[0])
    if runs[0].item.per_review and lanes.lifts[0] == 0.0:
        lanes.alike = False  # reviews that end cycles and orders of multiples: played as any


cdef inline const double* _coming(Run* run, Py_ssize_t now) noexcept nogil:
    # given demand that follows this stretch
    if run.given == NULL:
        return NULL
    if run.next != NULL and now + STRETCH >= run.warm + run.periods:
        return run.next
    return run.given + (now + STRETCH)


cdef void _supply(Run* run, Py_ssize_t now, Py_ssize_t n, double* chunk, double* demand, int lane) noexcept nogil:
    # demand of n periods into its lane; none once the run is over
    cdef const double* values = chunk
    cdef Py_ssize_t left = run.warm + run.periods - now, i
    left = n if left > n else (left if left > 0 else 0)
    if run.given != NULL:
        values = run.given + now
    elif left > 0:
        draw_many(&run.draw, &run.drawn, chunk, left)
    for i in range(left):
        demand[i * LANES + lane] = values[i]
    for i in range(left, n):
        demand[i * LANES + lane] = 0.0


cdef inline void _turn_eight(const double** rows, Py_ssize_t at, double* into) noexcept nogil:
    # given demand of 8 runs and 8 periods, lane beside lane: the halves one into the other, three times (see _turn)
    cdef double one[64]
    cdef double two[64]
    cdef const double* upper
    cdef const double* lower
    cdef int i, j
    for j in range(4):
        upper, lower = rows[j] + at, rows[j + 4] + at
        for i in range(8):
            one[2 * (j * 8 + i)], one[2 * (j * 8 + i) + 1] = upper[i], lower[i]
    for i in range(32):
        two[2 * i], two[2 * i + 1] = one[i], one[32 + i]
    for i in range(32):
        one[2 * i], one[2 * i + 1] = two[i], two[32 + i]
    for i in range(8):
        for j in range(8):
            into[i * LANES + j] = one[i * 8 + j]


cdef void _supply_given(const Run* runs, int count, Py_ssize_t now, Py_ssize_t n, double* demand) noexcept nogil:
    # of n periods of runs of one length
    cdef const double* rows[16]
    cdef Py_ssize_t i = 0, at
    cdef int j
    for j in range(LANES):
        rows[j] = runs[j if j < count else 0].given + now
    while n >= 8 and i < n:
        at = min(i, n - 8)  # the last of them once more
        _turn_eight(rows, at, demand + at * LANES)
        _turn_eight(rows + 8, at, demand + at * LANES + 8)
        i += 8
    while i < n:
        for j in range(LANES):
            demand[i * LANES + j] = rows[j][i]
        i += 1


cdef inline void _next_batch(Run* run) noexcept nogil:
    run.batch += 1
    run.since = run.boundary
    if run.batch < run.batches:
        run.boundary = batch_end(run.batch, run.batches, run.warm, run.periods, run.item.review)


cdef inline void _end_batch(Run* run, Lanes* lanes, int first, int stop, double* counts) noexcept nogil:
    # of these lanes, which end together
    cdef double passed = <double>(run.boundary - run.since)
    cdef double* into = counts + (run.batch + 1) * COUNTS * LANES
    cdef int j, k
    for k in range(COUNTS):
        for j in range(first, stop):
            into[k * LANES + j] = lanes.counted[k][j]
            lanes.counted[k][j] = 0.0
    for j in range(first, stop):
        into[TIME * LANES + j] = passed
    if not run.item.per_review:  # cycles are those from one receipt to the next
        for j in range(first, stop):
            into[CYCLES * LANES + j], into[UNBROKEN * LANES + j] = into[RECEIPTS * LANES + j], into[IN_TIME * LANES + j]
    _next_batch(run)


cdef inline void _advance(Lanes* lanes, const double* demand, double* orders, Py_ssize_t n, const bint lost,
                          bint per_review) noexcept nogil:
    if lanes.alike:
        if per_review:
            _advance_alike(lanes, demand, orders, n, lost, True, True)
        elif lanes.lifts[0] > 0.0:
            _advance_alike(lanes, demand, orders, n, lost, False, True)
        else:
            _advance_alike(lanes, demand, orders, n, lost, False, False)
    elif per_review:
        _advance_any(lanes, demand, orders, n, lost, True)
    else:
        _advance_any(lanes, demand, orders, n, lost, False)


cdef void play_lanes(Run* runs, int count, double* orders, Py_ssize_t size, double* demand, double* counts,
                     bint lost) noexcept nogil:
    # demand has room for STRETCH periods of every lane and of one more; orders for STRETCH periods and twice `size`,
    # the longest lead time and one; counts for the warm-up and the batches, lane beside lane, zero at first
    cdef Lanes lanes
    cdef Py_ssize_t now = 0, first, stop, end, until = 0, head = 0, i, room = STRETCH + 2 * size
    cdef bint per_review = runs[0].item.per_review, together = True
    cdef const double* wanted
    cdef int j
    _set_up(&lanes, runs, count, lost)
    for i in range(size * LANES):
        orders[i] = lanes.none[0]
    for j in range(count):
        runs[j].batch, runs[j].since, runs[j].boundary = -1, 0, runs[j].warm
        until = max(until, runs[j].warm + runs[j].periods)
        together = (together and runs[j].warm == runs[0].warm and runs[j].periods == runs[0].periods
                    and runs[j].batches == runs[0].batches and runs[j].item.review == runs[0].item.review)
        while runs[j].boundary == 0:
            _next_batch(&runs[j])
    if count < LANES:
        memset(demand, 0, STRETCH * LANES * sizeof(double))
    while now < until:
        first, stop = now, (now + STRETCH if now + STRETCH < until else until)
        if together and runs[0].given != NULL:
            _supply_given(runs, count, now, stop - now, demand)
        for j in range(count):
            if not together or runs[j].given == NULL:
                _supply(&runs[j], now, stop - now, demand + STRETCH * LANES, demand, j)
            lanes.coming[j] = _coming(&runs[j], now)
        lanes.fetched = 0 if count == LANES and lanes.coming[0] != NULL else STRETCH
        if head + STRETCH + size > room:
            memmove(orders, orders + head * LANES, size * LANES * sizeof(double))
            head = 0
        while now < stop:
            end = stop
            for j in range(1 if together else count):
                if runs[j].batch < runs[j].batches and runs[j].boundary < end:
                    end = runs[j].boundary
            wanted = demand + (now - first) * LANES
            if lost:
                _advance(&lanes, wanted, orders + head * LANES, end - now, True, per_review)
            else:
                _advance(&lanes, wanted, orders + head * LANES, end - now, False, per_review)
            head += end - now
            while together and runs[0].batch < runs[0].batches and runs[0].boundary == end:
                _end_batch(runs, &lanes, 0, LANES, counts)
            for j in range(0 if together else count):
                while runs[j].batch < runs[j].batches and runs[j].boundary == end:
                    _end_batch(&runs[j], &lanes, j, j + 1, counts)
            now = end
