# Steps of numbers of two bytes, and runs from beginning to end. As in single precision, orders are placed first, and
# then is counted what can be counted. Sums stay below 2^15 for `together` periods; then longer numbers take them.

cdef inline short _negative(int x) noexcept nogil:
    # -1 below 0, else 0
    return <short>(<short>x >> 15)


cdef inline void _order_narrow(Narrow* s, read_short_alone demand, short_alone orders, const int n,
                               const bint lifts) noexcept nogil:
    # periods that are all reviewed. Of times = floor(below/multiple) the product with the inverse may lack one: the
    # position after the order is below the trigger by `rest` < 0, of which a multiple too few makes rest >= 0.
    cdef short below, placed, undershoot, due, times, rest, less, after
    cdef int j, i
    for j in range(WIDE):
        below, placed, undershoot = s.below[j], s.orders[j], s.undershoot[j]
        for i in range(n):
            due = <short>(~_negative(below))
            if lifts:
                after = <short>(-s.gap[j] & due | below & ~due)
                placed = <short>(placed - _negative(after - below))
            else:
                times = <short>((<unsigned int><unsigned short>below * <unsigned int>s.inverse[j]) >> 16)
                rest = <short>(<short>(below - s.multiple[j]) - <short>(times * s.multiple[j]))
                less = <short>(rest - s.multiple[j])
                rest = <short>max(<unsigned short>rest, <unsigned short>less)
                after = <short>(rest & due | below & ~due)
                placed = <short>(placed - due)
            undershoot = <short>(undershoot + (below & due))
            orders[i * WIDE + j] = <short>(below - after)
            below = <short>(after + demand[i * WIDE + j])
        s.below[j], s.orders[j], s.undershoot[j] = below, placed, undershoot


cdef inline void _wait_narrow(Narrow* s, read_short_alone demand, short_alone orders, short none) noexcept nogil:
    # a period without a review
    cdef int j
    for j in range(WIDE):
        s.below[j] = <short>(s.below[j] + demand[j])
        orders[j] = none


cdef inline void _place_narrow(Narrow* s, const short* demand, short* orders, Py_ssize_t n, const bint lifts,
                               short none) noexcept nogil:
    # what is ordered in these periods
    cdef Py_ssize_t i = 0
    if s.review == 1:
        while i + 8 <= n:
            _order_narrow(s, demand + i * WIDE, orders + i * WIDE, 8, lifts)
            i += 8
        if i + 4 <= n:
            _order_narrow(s, demand + i * WIDE, orders + i * WIDE, 4, lifts)
            i += 4
    while i < n:
        if s.until_review > 0:
            _wait_narrow(s, demand + i * WIDE, orders + i * WIDE, none)
            s.until_review -= 1
        else:
            _order_narrow(s, demand + i * WIDE, orders + i * WIDE, 1, lifts)
            s.until_review = s.review - 1
        i += 1


cdef inline void _keep_sum(int* into, int count, const bint more) noexcept nogil:
    into[0] = into[0] + count if more else count


cdef inline void _count_narrow(Narrow* s, read_short_alone demand, read_short_alone orders, const Py_ssize_t n,
                               int_alone into, const bint per_review, const bint more) noexcept nogil:
    # into the counts of a batch; more: beside what stands there
    cdef short net, arriving, idle, ended, is_negative, wanted, safety, negative, before, balance
    cdef short broken, stockless, idles, late, cycles, unbroken
    cdef Py_ssize_t i
    cdef int j
    for j in range(WIDE):
        net = s.net[j]
        wanted = safety = negative = before = balance = 0
        broken = stockless = idles = late = cycles = unbroken = 0
        is_negative = _negative(net)
        i = 0
        while True:
            arriving = orders[i * WIDE + j]
            idle = _negative(arriving - 1)
            idles = <short>(idles - idle)
            late = <short>(late - (idle | is_negative))
            if per_review:
                ended = <short>(~_negative(arriving))
                cycles = <short>(cycles - ended)
                unbroken = <short>(unbroken - (ended & ~is_negative))
                safety = <short>(safety + (net & ended))
                net = <short>(net + (arriving & ended))
            else:
                safety = <short>(safety + (net & ~idle))
                net = <short>(net + arriving)
            before = <short>(before + (net & _negative(net)))
            net = <short>(net - demand[i * WIDE + j])
            is_negative = _negative(net)
            wanted = <short>(wanted + demand[i * WIDE + j])
            negative = <short>(negative + (net & is_negative))
            balance = <short>(balance + net)
            broken = <short>(broken - is_negative)
            stockless = <short>(stockless - _negative(net - 1))
            i += 1
            if i >= n:
                break
        s.net[j] = net
        _keep_sum(&into[DEMAND * WIDE + j], wanted, more)
        _keep_sum(&into[SHORT * WIDE + j], <short>(before - negative), more)
        _keep_sum(&into[ON_HAND * WIDE + j], <short>(balance - negative), more)
        _keep_sum(&into[BACKORDERS * WIDE + j], <short>(-negative), more)
        _keep_sum(&into[UNDERSHOOT * WIDE + j], s.undershoot[j], more)
        _keep_sum(&into[SAFETY * WIDE + j], safety, more)
        _keep_sum(&into[COVERED * WIDE + j], <short>(<short>n - broken), more)
        _keep_sum(&into[READY * WIDE + j], <short>(<short>n - stockless), more)
        _keep_sum(&into[ORDERS * WIDE + j], s.orders[j], more)
        _keep_sum(&into[RECEIPTS * WIDE + j], <short>(<short>n - idles), more)
        _keep_sum(&into[IN_TIME * WIDE + j], <short>(<short>n - late), more)
        _keep_sum(&into[CYCLES * WIDE + j], cycles if per_review else <short>(<short>n - idles), more)
        _keep_sum(&into[UNBROKEN * WIDE + j], unbroken if per_review else <short>(<short>n - late), more)
        s.orders[j] = s.undershoot[j] = 0


cdef inline void _fetch_narrow(Narrow* s, const double** rows, const double** coming, Py_ssize_t until) noexcept nogil:
    # the cache lines of every row up to a stretch ahead, while there is other work
    cdef int j
    while s.fetched < until + STRETCH:
        for j in range(WIDE):
            sl_fetch_near((rows[j] if s.fetched < s.until else coming[j]) + s.fetched)
        s.fetched += 8


cdef inline void _advance_narrow(Narrow* s, const short* demand, short* orders, Py_ssize_t n, int* into,
                                 const bint per_review, const bint lifts, bint more) noexcept nogil:
    # rows of `orders` are periods, from now on
    _place_narrow(s, demand, orders + s.lead * WIDE, n, lifts, <short>(-1 if per_review else 0))
    if more:
        _count_narrow(s, demand, orders, n, into, per_review, True)
    else:
        _count_narrow(s, demand, orders, n, into, per_review, False)


cdef void play_narrow(Narrow* s, const double** rows, const double** coming, const long long* span,
                      Py_ssize_t batches, bint per_review, short* orders, Py_ssize_t size, short* demand,
                      int* counts) noexcept nogil:
    # as play_small: rows of one length, that warm up as long, each of `batches` or a half, a quarter ...
    cdef Py_ssize_t now = 0, first = 0, last = 0, head = 0, room = STRETCH + 2 * size, boundary, stop, batch, i
    cdef const short* wanted
    cdef short* placed
    cdef int* into
    cdef bint more, lifts = s.multiple[0] == 0
    cdef int j
    s.until = span[0] + span[1]
    for j in range(WIDE):
        coming[j] -= s.until
    demand += 8 * WIDE
    for i in range(size * WIDE):
        orders[i] = -1 if per_review else 0
    for batch in range(-1, batches):
        into = counts + (batch + 1) * COUNTS * WIDE
        boundary = span[0] if batch < 0 else batch_end(batch, batches, span[0], span[1], s.review)
        for j in range(WIDE):
            into[TIME * WIDE + j] = <int>(boundary - now)
        more = False
        while now < boundary:
            if now == last:
                first, last = now, min(now + STRETCH, s.until)
                _supply_narrow(rows, first, last - first, s.until, demand)
            if head + STRETCH + size > room:
                memmove(orders, orders + head * WIDE, size * WIDE * sizeof(short))
                head = 0
            stop = min(min(last, boundary), now + s.together)
            wanted, placed = demand + (now - first) * WIDE, orders + head * WIDE
            if per_review:
                _advance_narrow(s, wanted, placed, stop - now, into, True, True, more)
            elif lifts:
                _advance_narrow(s, wanted, placed, stop - now, into, False, True, more)
            else:
                _advance_narrow(s, wanted, placed, stop - now, into, False, False, more)
            more = True
            head += stop - now
            now = stop
            _fetch_narrow(s, rows, coming, now)


cdef void answer_narrow(const double[:, ::1] settings, const long long[:, ::1] spans, const double* peaks,
                        const double[:, :, ::1] history, const long long* rows, const long long* places,
                        Py_ssize_t left, int count, bint per_review, short* orders, short* demand, int* counts,
                        double* answers) noexcept nogil:
    # measures and errors of the first `count` of the rows that are left, in two groups of lanes
    cdef Narrow narrow
    cdef double own[32]
    cdef const double* given[32]
    cdef const double* coming[32]
    cdef long long most = 1
    cdef int j, half
    for j in range(WIDE):
        given[j] = &history[places[j if j < count else 0], 0, 0]
        coming[j] = &history[places[min(<Py_ssize_t>count + j, left - 1)], 0, 0]
        own[j] = <double>spans[rows[j if j < count else 0], 2]
        most = max(most, spans[rows[j if j < count else 0], 2])
    _set_up_narrow(&narrow, settings, rows, peaks, count)
    play_narrow(&narrow, given, coming, &spans[rows[0], 0], most, per_review, orders, narrow.lead + 1, demand, counts)
    counts += COUNTS * WIDE
    merge(counts, WIDE, most, own)
    for half in range(2):
        estimate_lanes(counts + half * LANES, WIDE, most, own + half * LANES, per_review, answers,
                       answers + MEASURES * LANES)
        answers += 2 * MEASURES * LANES
