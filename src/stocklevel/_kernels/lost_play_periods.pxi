# Sixteen runs under periodic review, side by side: nothing branches within one, so that they become vector lanes.
cdef struct Runs:  # side by side
    double stock[16]
    double position[16]
    double net[16]            # the twin's
    double its_position[16]
    double broken[16]         # 1 once the order cycle, or the review cycle, has lost a sale
    double broken_cycle[16]
    double late[16]           # 1 once the period has
    double counts[13][16]


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
