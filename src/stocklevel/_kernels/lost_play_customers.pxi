# Sixteen runs of customers as they come, in turn.
cdef enum:
    STRETCH = 256  # customers of a run before the next one's


cdef struct Queue:  # of orders on their way, a ring
    double* due
    double* quantity
    Py_ssize_t first
    Py_ssize_t count
    Py_ssize_t mask


cdef inline bint _send(Queue* q, double due, double quantity) noexcept nogil:
    cdef Py_ssize_t at = (q.first + q.count) & q.mask
    if q.count > q.mask:
        return False
    q.due[at], q.quantity[at] = due, quantity
    q.count += 1
    return True


cdef struct Alone:  # one run
    double stock
    double position
    double net
    double its_position
    double now
    double broken
    Queue way
    Queue its_way


cdef inline void _hold(Alone* s, double until, double* counts) noexcept nogil:
    counts[ON_HAND * LANES] += (until - s.now) * s.stock
    counts[EMPTY * LANES] += 0.0 if s.stock > 0.0 else until - s.now
    s.now = until


cdef inline void _come(Alone* s, double until, double* counts) noexcept nogil:
    # receipts up to a moment
    cdef Queue* q = &s.way
    while q.count > 0 and q.due[q.first] <= until:
        _hold(s, q.due[q.first], counts)
        counts[RECEIPTS * LANES] += 1.0
        counts[BROKEN * LANES] += s.broken
        counts[SAFETY * LANES] += s.stock
        s.broken = 0.0
        s.stock += q.quantity[q.first]
        q.first = (q.first + 1) & q.mask
        q.count -= 1
    q = &s.its_way
    while q.count > 0 and q.due[q.first] <= until:
        s.net += q.quantity[q.first]
        q.first = (q.first + 1) & q.mask
        q.count -= 1
    _hold(s, until, counts)


cdef inline bint _customer(Alone* s, Policy* p, double lead, double wanted, double* counts) noexcept nogil:
    # returns False where there is no room for more orders
    cdef double lost = wanted - s.stock, short = wanted - s.net, quantity
    cdef bint fits = True
    if lost > 0.0:
        counts[LOST * LANES] += lost
        s.position -= s.stock
        s.stock = 0.0
        s.broken = 1.0
    else:
        s.stock -= wanted
        s.position -= wanted
    quantity = _ordered(p, s.position)
    if quantity > 0.0:
        counts[ORDERS * LANES] += 1.0
        counts[BELOW * LANES] += p.trigger - s.position
        s.position += quantity
        fits = _send(&s.way, s.now + lead, quantity)
    if short > 0.0:
        counts[SHORT * LANES] += short if short < wanted else wanted
    s.net -= wanted
    s.its_position -= wanted
    quantity = _ordered(p, s.its_position)
    if quantity > 0.0:
        s.its_position += quantity
        fits = fits and _send(&s.its_way, s.now + lead, quantity)
    return fits


cdef bint _play_customers(Alone* runs, Policy* p, double lead, const double* gaps, const uint16_t* waits,
                          const double* sizes, const uint16_t* wants, Py_ssize_t n, double* counts) noexcept nogil:
    # customers of all runs in turn
    cdef bint fits = True
    cdef Alone s
    cdef Py_ssize_t i, first = 0, stop
    cdef int j
    for j in range(LANES):
        counts[TIME * LANES + j] -= runs[j].now
    while first < n:  # a stretch of each run, whose orders then stay in the cache
        stop = first + STRETCH if first + STRETCH < n else n
        for j in range(LANES):
            s = runs[j]
            for i in range(first, stop):
                _come(&s, s.now + gaps[waits[i * LANES + j]], counts + j)
                fits = _customer(&s, p, lead, sizes[wants[i * LANES + j]], counts + j) and fits
            runs[j] = s
        first = stop
    for j in range(LANES):
        counts[TIME * LANES + j] += runs[j].now
    return fits


cdef void _line_up(Alone* runs, Policy* p, bint whole, double* ways, Py_ssize_t room) noexcept nogil:
    # ways: room for two times two columns of orders of each run
    cdef Runs start
    cdef Alone* s
    cdef int j
    _begin(&start, p, whole)
    memset(runs, 0, LANES * sizeof(Alone))
    for j in range(LANES):
        s = &runs[j]
        s.stock = s.position = s.net = s.its_position = start.stock[j]
        s.way.due, s.way.quantity = ways + 4 * j * room, ways + (4 * j + 1) * room
        s.its_way.due, s.its_way.quantity = ways + (4 * j + 2) * room, ways + (4 * j + 3) * room
        s.way.mask = s.its_way.mask = room - 1
