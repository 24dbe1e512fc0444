# Runs side by side whose numbers are all whole units and few: single precision holds them without rounding, so that
# twice as many lanes fit a vector. Positions know nothing of net stock under backorders: of a few periods the orders
# are placed first, then all that is counted is counted. Same numbers, to the bit, as of the lanes in double precision.

cdef extern from *:
    """
    typedef float* __restrict sl_alone;
    typedef const float* __restrict sl_read_alone;
    typedef double* __restrict sl_double_alone;
    """
    ctypedef float* alone "sl_alone"  # no other pointer leads there
    ctypedef const float* read_alone "sl_read_alone"
    ctypedef double* double_alone "sl_double_alone"

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
    Py_ssize_t until   # periods in all
    Py_ssize_t fetched # of which are on their way to the cache
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


cdef inline bint _is_whole(double x) noexcept nogil:
    return (x + 6755399441055744.0) - 6755399441055744.0 == x


cdef void find_small(const double* settings, Py_ssize_t n, const unsigned char* whole, const double* peaks,
                     unsigned char* small) noexcept nogil:
    # rows of given demand that single precision holds: everything whole, and no position or stock too far from 0
    cdef const double* trigger = settings + AT_TRIGGER * n
    cdef const double* level = settings + AT_LEVEL * n
    cdef const double* multiple = settings + AT_MULTIPLE * n
    cdef const double* review = settings + AT_REVIEW * n
    cdef const double* lead = settings + AT_LEAD * n
    cdef const double* start = settings + AT_START * n
    cdef Py_ssize_t row
    cdef double most
    for row in range(n):
        most = fabs(trigger[row]) + fabs(level[row]) + multiple[row] + fabs(start[row])
        most += (lead[row] + review[row] + 2.0) * peaks[row]
        small[row] = (whole[row] & (most < <double>LARGEST) & _is_whole(trigger[row]) & _is_whole(level[row])
                      & _is_whole(multiple[row]) & _is_whole(start[row]))


cdef inline bint _halves(Py_ssize_t most, Py_ssize_t batches) noexcept nogil:
    # whether batches are so many, or a half, a quarter ...
    while most > batches and most % 2 == 0:
        most //= 2
    return most == batches


cdef bint _are_small(const Run* runs, int count, Py_ssize_t most) noexcept nogil:
    # whether runs can be played side by side in single precision: of one length, lead time, review period and kind,
    # and of batches, `most` at most, that can be merged
    cdef const Run* first = &runs[0]
    cdef const Run* run
    cdef int j
    for j in range(count):
        run = &runs[j]
        if (not run.small or not _halves(most, run.batches) or run.warm != first.warm or run.periods != first.periods
                or run.item.review != first.item.review or run.item.lead != first.item.lead
                or (run.item.multiple > 0.0) != (first.item.multiple > 0.0)):
            return False
    return True


cdef void _set_up_small(Small* s, const Run* runs, int count) noexcept nogil:
    cdef const Run* run
    cdef int j
    memset(s, 0, sizeof(Small))
    s.fetched = STRETCH  # while the rows before were played
    s.lead, s.review, s.until = <Py_ssize_t>runs[0].item.lead, runs[0].item.review, runs[0].warm + runs[0].periods
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


cdef inline void _supply_small(const double** rows, Py_ssize_t now, Py_ssize_t n, Py_ssize_t until,
                               float* demand) noexcept nogil:
    # of n periods; demand has room for a tile before them, since the last tile ends where the demand does
    cdef Py_ssize_t i, at
    cdef int j
    if until < TILE:
        for i in range(n):
            for j in range(LANES):
                demand[i * LANES + j] = <float>rows[j][now + i]
        return
    for i in range((n + TILE - 1) // TILE):
        at = min(now + i * TILE, until - TILE)
        _turn(rows, at, demand + (at - now) * LANES)


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


cdef void _merge(double* counts, Py_ssize_t batches, const Run* runs, int count) noexcept nogil:
    # two batches into one, again and again, of lanes that have fewer; sums of whole numbers are exact
    cdef double own[16]
    cdef double* into
    cdef const double* first
    cdef double both
    cdef double fewest = <double>batches
    cdef Py_ssize_t batch, half, k
    cdef int j
    for j in range(LANES):
        own[j] = <double>runs[j if j < count else 0].batches
        fewest = min(fewest, own[j])
    while <double>batches > fewest:
        half = batches // 2
        for batch in range(half):
            for k in range(COUNTS):
                into, first = counts + (batch * COUNTS + k) * LANES, counts + (2 * batch * COUNTS + k) * LANES
                for j in range(LANES):
                    both = first[j] + first[COUNTS * LANES + j]
                    into[j] = both if own[j] < <double>batches else into[j]
        for k in range(half * COUNTS, batches * COUNTS):
            for j in range(LANES):
                counts[k * LANES + j] = 0.0 if own[j] < <double>batches else counts[k * LANES + j]
        batches = half


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
    cdef double* into
    cdef const Run* run
    _set_up_small(&small, runs, count)
    demand += TILE * LANES
    for i in range(size * LANES):
        orders[i] = -1.0 if per_review else 0.0
    for j in range(LANES):
        run = &runs[j if j < count else 0]
        rows[j] = run.given
        coming[j] = (run.given if run.next == NULL else run.next) - small.until
    for batch in range(-1, batches):
        into = counts + (batch + 1) * COUNTS * LANES
        boundary = runs[0].warm if batch < 0 else batch_end(batch, batches, runs[0].warm, runs[0].periods, small.review)
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
            if per_review:
                _advance_small(&small, rows, coming, now, wanted, placed, stop - now, True, True)
            elif lifts:
                _advance_small(&small, rows, coming, now, wanted, placed, stop - now, False, True)
            else:
                _advance_small(&small, rows, coming, now, wanted, placed, stop - now, False, False)
            if more:
                _hand_over(&small, into, per_review, True)
            else:
                _hand_over(&small, into, per_review, False)
            more = True
            head += stop - now
            now = stop
    _merge(counts + COUNTS * LANES, batches, runs, count)
