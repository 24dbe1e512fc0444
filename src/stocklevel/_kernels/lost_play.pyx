"""Lost sales played over demand that is spread evenly, beside the same policy with backorders.

Demand comes from a table of its quantiles, cell by cell in an order drawn once: each of sixteen runs meets every
quantile once in a block of CELLS draws, so that all runs and blocks have the mean, the spread and the tails of demand.
Where service with backorders is known, what the twin lacks of it corrects what was played.
"""
from libc.math cimport NAN, floor
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from libc.stdint cimport uint16_t, uint64_t

include "variant.pxi"

cdef enum:
    LANES = 16
    CELLS = 16384   # equally likely quantiles
    FINE = 64       # the highest of them, each in as many parts as PARTS
    PARTS = 256
    MAIN = CELLS - FINE
    LOST = 0        # what is counted
    LATE = 1
    EMPTY = 2
    ON_HAND = 3
    ORDERS = 4
    BELOW = 5       # undershoot
    RECEIPTS = 6
    BROKEN = 7      # order cycles with a lost sale
    CYCLES = 8
    BROKEN_CYCLES = 9
    SAFETY = 10
    SHORT = 11      # of the twin
    TIME = 12
    COUNTS = 13

cdef struct Policy:
    double trigger
    double top
    double multiple  # 0: up to the top
    bint per_review  # cycles are those of reviews


cdef struct Runs:  # side by side
    double stock[16]
    double position[16]
    double net[16]            # the twin's
    double its_position[16]
    double broken[16]         # 1 once the order cycle, or the review cycle, has lost a sale
    double broken_cycle[16]
    double late[16]           # 1 once the period has
    double counts[13][16]


cdef inline uint64_t _bits(uint64_t* state) noexcept nogil:
    # splitmix64 (Steele, Lea and Flood 2014)
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


def orders_of_cells(uint16_t[:, :, ::1] out, unsigned long long seed):
    """Fill out, of shape (blocks, CELLS, LANES), with places in a table: every cell once along the second axis."""
    cdef Py_ssize_t b, i, j, k
    cdef uint64_t state = seed, r
    cdef uint16_t held
    with nogil:
        for b in range(out.shape[0]):
            for j in range(LANES):
                for i in range(CELLS):  # inside out (Fisher and Yates)
                    r = _bits(&state)
                    k = <Py_ssize_t>(((r >> 32) * <uint64_t>(i + 1)) >> 32)
                    held = <uint16_t>(i if i < MAIN else MAIN + (i - MAIN) * PARTS + <Py_ssize_t>(r & (PARTS - 1)))
                    out[b, i, j] = out[b, k, j]
                    out[b, k, j] = held


cdef inline double _ordered(Policy* p, double position) noexcept nogil:
    cdef double below = p.trigger - position, quantity
    if below < 0.0:
        return 0.0
    if p.multiple > 0.0:
        return p.multiple * (floor(below / p.multiple) + 1.0)
    quantity = p.top - position
    return quantity if quantity > 0.0 else 0.0


cdef inline void _review(Runs* s, Policy* p, double* order, double* its_order) noexcept nogil:
    cdef double quantity, placed
    cdef int j
    for j in range(LANES):
        quantity = _ordered(p, s.position[j])
        placed = 1.0 if quantity > 0.0 else 0.0
        s.counts[ORDERS][j] += placed
        s.counts[BELOW][j] += placed * (p.trigger - s.position[j])
        s.position[j] += quantity
        order[j] = quantity
        quantity = _ordered(p, s.its_position[j])
        s.its_position[j] += quantity
        its_order[j] = quantity


cdef inline void _receive(Runs* s, const bint per_review, const double* order, const double* its_order) noexcept nogil:
    cdef double came
    cdef int j
    for j in range(LANES):
        came = 1.0 if order[j] > 0.0 else 0.0
        s.counts[RECEIPTS][j] += came
        s.counts[BROKEN][j] += came * s.broken[j]
        s.broken[j] *= 1.0 - came
        if per_review:
            s.counts[BROKEN_CYCLES][j] += s.broken_cycle[j]
            s.broken_cycle[j] = 0.0
            s.counts[CYCLES][j] += 1.0
            s.counts[SAFETY][j] += s.stock[j]
        else:
            s.counts[SAFETY][j] += came * s.stock[j]
        s.stock[j] += order[j]
        s.net[j] += its_order[j]


cdef inline void _serve(Runs* s, const double* values, const uint16_t* places) noexcept nogil:
    cdef double[16] demand
    cdef double wanted, end, lost, late, short
    cdef int j
    for j in range(LANES):
        demand[j] = values[places[j]]
    for j in range(LANES):
        wanted = demand[j]
        end = s.stock[j] - wanted
        lost = -end if end < 0.0 else 0.0
        s.stock[j] = end if end > 0.0 else 0.0
        s.position[j] -= wanted - lost
        s.counts[LOST][j] += lost
        late = 1.0 if lost > 0.0 else 0.0
        s.late[j] = late if late > s.late[j] else s.late[j]
        s.broken[j] = late if late > s.broken[j] else s.broken[j]
        s.broken_cycle[j] = late if late > s.broken_cycle[j] else s.broken_cycle[j]
        end = s.net[j] - wanted
        short = -end if end < 0.0 else 0.0
        short = short if short < wanted else wanted
        s.net[j] = end
        s.its_position[j] -= wanted
        s.counts[SHORT][j] += short


cdef inline void _end(Runs* s) noexcept nogil:
    cdef int j
    for j in range(LANES):
        s.counts[LATE][j] += s.late[j]
        s.late[j] = 0.0
        s.counts[EMPTY][j] += 0.0 if s.stock[j] > 0.0 else 1.0
        s.counts[ON_HAND][j] += s.stock[j]


cdef void _play_periods(Runs* s, Policy* p, Py_ssize_t* now, Py_ssize_t review, Py_ssize_t lead, double* orders,
                        Py_ssize_t room, const double* before, const uint16_t* cells_before, const double* after,
                        const uint16_t* cells, Py_ssize_t periods) noexcept nogil:
    # orders: of the last `room` reviews, a line for them and a line for the twin's.  `before` is the demand of the part
    # of a period before its receipts, NULL where they come as it begins
    cdef Py_ssize_t i, t, slot
    for i in range(periods):
        t = now[0] + i
        if t % review == 0:
            slot = t // review % room
            _review(s, p, orders + 2 * slot * LANES, orders + (2 * slot + 1) * LANES)
        if before != NULL:
            _serve(s, before, cells_before + i * LANES)
        if t >= lead and (t - lead) % review == 0:
            slot = (t - lead) // review % room
            if p.per_review:
                _receive(s, True, orders + 2 * slot * LANES, orders + (2 * slot + 1) * LANES)
            else:
                _receive(s, False, orders + 2 * slot * LANES, orders + (2 * slot + 1) * LANES)
        _serve(s, after, cells + i * LANES)
        _end(s)
    now[0] += periods


cdef void _begin(Runs* s, Policy* p, bint whole) noexcept nogil:
    # positions evenly spread over what may follow a decision
    cdef double gap = p.top - p.trigger, up
    cdef int j
    memset(s, 0, sizeof(Runs))
    for j in range(LANES):
        up = gap * ((<double>j + 0.5) / LANES)
        s.stock[j] = s.position[j] = s.net[j] = s.its_position[j] = p.trigger + (floor(up) + 1.0 if whole else up)


def periods(const double[:, ::1] rules, const double[:, :, ::1] tables, const uint16_t[:, :, ::1] cells,
            const uint16_t[:, :, ::1] others, bint per_review, bint split, const unsigned char[::1] whole,
            double[:, :, :, ::1] out):
    """Play rows with reviews every R >= 1 periods; out has shape (rows, blocks, COUNTS, LANES).

    Rules are trigger, top, multiple (0: up to the top), R, L, and periods played first.  Tables are quantiles of the
    demand of a period, or, where split, of its parts before and after a receipt.
    """
    cdef Py_ssize_t row, b, room, blocks = cells.shape[0], n = cells.shape[1], now, warm, left, lead, review
    cdef Runs s
    cdef Policy p
    cdef const double* before
    cdef const double* after
    cdef const uint16_t* early
    cdef double* orders
    cdef bint failed = False
    with nogil:
        for row in range(rules.shape[0]):
            p.trigger, p.top, p.multiple, p.per_review = rules[row, 0], rules[row, 1], rules[row, 2], per_review
            review, lead, warm = <Py_ssize_t>rules[row, 3], <Py_ssize_t>rules[row, 4], <Py_ssize_t>rules[row, 5]
            room = lead // review + 2
            orders = <double*>calloc(2 * room * LANES, sizeof(double))
            if orders == NULL:
                failed = True
                break
            before = &tables[row, 0, 0] if split else NULL
            after = &tables[row, 1 if split else 0, 0]
            now = 0
            _begin(&s, &p, whole[row])
            while warm > 0:
                left = warm if warm < n else n
                early = &others[blocks - 1, n - left, 0] if split else NULL
                _play_periods(&s, &p, &now, review, lead, orders, room, before, early, after,
                              &cells[blocks - 1, n - left, 0], left)
                warm -= left
            for b in range(blocks):
                memset(s.counts, 0, sizeof(s.counts))
                early = &others[b, 0, 0] if split else NULL
                _play_periods(&s, &p, &now, review, lead, orders, room, before, early, after, &cells[b, 0, 0], n)
                for left in range(COUNTS * LANES):
                    (&out[row, b, 0, 0])[left] = (&s.counts[0][0])[left]
                for left in range(LANES):
                    out[row, b, TIME, left] = <double>n
            free(orders)
    if failed:
        raise MemoryError


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
    cdef Py_ssize_t i
    cdef int j
    for j in range(LANES):
        counts[TIME * LANES + j] -= runs[j].now
    for i in range(n):
        for j in range(LANES):
            _come(&runs[j], runs[j].now + gaps[waits[i * LANES + j]], counts + j)
            fits = _customer(&runs[j], p, lead, sizes[wants[i * LANES + j]], counts + j) and fits
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


def customers(const double[:, ::1] rules, const double[:, :, ::1] tables, const uint16_t[:, :, ::1] cells,
              const uint16_t[:, :, ::1] others, const unsigned char[::1] whole, double[:, :, :, ::1] out):
    """The same of rows that are watched continuously, but for late periods; NaN where more orders are on their way than
    there is room for.

    Rules are trigger, top, multiple, L, customers played first, and room for orders, a power of two.  Tables are
    quantiles of the time between customers, and of what one wants.
    """
    cdef Py_ssize_t row, b, blocks = cells.shape[0], n = cells.shape[1], warm, left, room
    cdef Policy p
    cdef Alone[16] runs
    cdef double[13 * 16] before
    cdef double* ways
    cdef const double* gaps
    cdef const double* sizes
    cdef bint failed = False, fits
    p.per_review = False
    out[:] = 0.0
    with nogil:
        for row in range(rules.shape[0]):
            p.trigger, p.top, p.multiple = rules[row, 0], rules[row, 1], rules[row, 2]
            warm, room = <Py_ssize_t>rules[row, 4], <Py_ssize_t>rules[row, 5]
            ways = <double*>calloc(4 * LANES * room, sizeof(double))
            if ways == NULL:
                failed = True
                break
            gaps, sizes = &tables[row, 0, 0], &tables[row, 1, 0]
            _line_up(runs, &p, whole[row], ways, room)
            fits = True
            while warm > 0 and fits:
                left = warm if warm < n else n
                fits = _play_customers(runs, &p, rules[row, 3], gaps, &others[blocks - 1, n - left, 0], sizes,
                                       &cells[blocks - 1, n - left, 0], left, before)
                warm -= left
            for b in range(blocks):
                fits = fits and _play_customers(runs, &p, rules[row, 3], gaps, &others[b, 0, 0], sizes,
                                                &cells[b, 0, 0], n, &out[row, b, 0, 0])
            if not fits:
                out[row, 0, 0, 0] = NAN
            free(ways)
    if failed:
        raise MemoryError
