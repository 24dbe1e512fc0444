# Sixteen runs at once, a lane each: reviews every R >= 1 periods that all take place, and fixed whole lead times.
# Nothing branches, so that lanes become vector lanes. A run is a row's replication; its numbers do not depend on
# what runs beside it, since what is counted leaves the lanes only at the ends of its own batches.
from stocklevel._kernels.measures cimport LANES

cdef enum:
    STRETCH = 128  # periods drawn at once


cdef struct Run:
    Item item
    Draw draw
    Stream drawn
    const double* given
    double* counts       # of its batches
    double start
    Py_ssize_t warm
    Py_ssize_t periods
    Py_ssize_t batches
    Py_ssize_t batch
    Py_ssize_t since     # when its batch began
    Py_ssize_t boundary  # when it ends


cdef struct Lanes:
    double trigger[16]
    double level[16]
    double multiple[16]
    double inverse[16]
    double lifts[16]      # 1 where orders are up to the level
    double between[16]    # periods from a review to the next, less one
    double to_review[16]
    double net[16]
    double position[16]
    double whole_order_cycle[16]  # 0 once a sale was lost in it
    double whole_cycle[16]
    double counted[14][16]
    long long slot[16]    # where in the ring the next order is put: where it is received
    bint alike            # all lead times are the same


cdef inline double _floor_of(double x) noexcept nogil:
    # of 0 <= x < 2^51, in vector lanes
    cdef double near = (x + 4503599627370496.0) - 4503599627370496.0
    return near - (1.0 if near > x else 0.0)


cdef inline void _advance(Lanes* lanes, double* ring, Py_ssize_t size, Py_ssize_t* head, const double* demand,
                          Py_ssize_t n, const bint lost, const bint per_review) noexcept nogil:
    cdef Lanes s = lanes[0]  # its address is not known elsewhere
    cdef double sent[16]
    cdef double* into
    cdef const double* arriving
    cdef double below, times, rest, quantity, due, placed, came, ended, wanted, available, short, in_time, unbroken
    cdef double net, position
    cdef Py_ssize_t i, top = head[0]
    cdef long long last = size * LANES
    cdef int j
    for i in range(n):
        into = ring + s.slot[0] if s.alike else sent
        for j in range(LANES):
            due = 1.0 if s.to_review[j] <= 0.0 else 0.0
            s.to_review[j] = s.between[j] if due > 0.0 else s.to_review[j] - 1.0
            below = s.trigger[j] - s.position[j]
            # multiples that lift the position above the trigger: floor(below/multiple) + 1, without a division
            times = _floor_of(below * s.inverse[j])
            rest = below - times * s.multiple[j]
            times = times + (1.0 if rest >= s.multiple[j] else 0.0) - (1.0 if rest < 0.0 else 0.0)
            quantity = s.multiple[j] * (times + 1.0)
            quantity = s.level[j] - s.position[j] if s.lifts[j] > 0.0 else quantity
            placed = due if below >= 0.0 else 0.0
            placed = placed if quantity > 0.0 else 0.0
            s.counted[ORDERS][j] += placed
            s.counted[UNDERSHOOT][j] += below if placed > 0.0 else 0.0
            position = s.level[j] if s.lifts[j] > 0.0 else s.position[j] + quantity
            s.position[j] = position if placed > 0.0 else s.position[j]
            if per_review:
                rest = 0.0 if due > 0.0 else -1.0
                into[j] = quantity if placed > 0.0 else rest
            else:
                into[j] = quantity if placed > 0.0 else -1.0
        if not s.alike:
            for j in range(LANES):
                ring[s.slot[j]] = sent[j]
        for j in range(LANES):
            s.slot[j] += LANES
            s.slot[j] = j if s.slot[j] >= last else s.slot[j]
        arriving = ring + top * LANES
        top = 0 if top + 1 == size else top + 1
        for j in range(LANES):
            net, position, wanted = s.net[j], s.position[j], demand[i * LANES + j]
            ended = 1.0 if arriving[j] >= 0.0 else 0.0
            came = 1.0 if arriving[j] > 0.0 else 0.0
            in_time = s.whole_order_cycle[j] if lost else (1.0 if net >= 0.0 else 0.0)
            unbroken = s.whole_cycle[j] if lost else in_time
            if per_review:  # else as receipts
                s.counted[CYCLES][j] += ended
                s.counted[UNBROKEN][j] += ended * unbroken
            s.counted[SAFETY][j] += net if ended > 0.0 else 0.0
            s.counted[RECEIPTS][j] += came
            s.counted[IN_TIME][j] += came * in_time
            net += arriving[j] if came > 0.0 else 0.0
            available = net if net > 0.0 else 0.0
            short = wanted - available
            short = short if short > 0.0 else 0.0
            if lost:
                position -= wanted - short
                net = 0.0 if short > 0.0 else net - wanted
                unbroken = 1.0 if ended > 0.0 else unbroken
                in_time = 1.0 if came > 0.0 else in_time
                s.whole_cycle[j] = 0.0 if short > 0.0 else unbroken
                s.whole_order_cycle[j] = 0.0 if short > 0.0 else in_time
                s.counted[COVERED][j] += 0.0 if short > 0.0 else 1.0
            else:
                position -= wanted
                net -= wanted
                s.counted[COVERED][j] += 1.0 if net >= 0.0 else 0.0
                s.counted[BACKORDERS][j] -= net if net < 0.0 else 0.0
            s.counted[DEMAND][j] += wanted
            s.counted[SHORT][j] += short
            s.counted[READY][j] += 1.0 if net > 0.0 else 0.0
            s.counted[ON_HAND][j] += net if net > 0.0 else 0.0
            s.net[j], s.position[j] = net, position
    head[0] = top
    lanes[0] = s


cdef void _set_up(Lanes* lanes, Run* runs, int count, double* ring, Py_ssize_t size) noexcept nogil:
    cdef Run* run
    cdef Py_ssize_t i
    cdef int j
    memset(lanes, 0, sizeof(Lanes))
    lanes.alike = True
    for i in range(size * LANES):
        ring[i] = -1.0
    for j in range(LANES):
        run = &runs[j if j < count else 0]
        lanes.trigger[j], lanes.level[j] = run.item.trigger, run.item.level
        lanes.lifts[j] = 0.0 if run.item.multiple > 0.0 else 1.0
        lanes.multiple[j] = run.item.multiple if run.item.multiple > 0.0 else 1.0
        lanes.inverse[j] = 1.0 / lanes.multiple[j]
        lanes.between[j] = <double>(run.item.review - 1)
        lanes.net[j] = lanes.position[j] = run.start
        lanes.whole_order_cycle[j] = lanes.whole_cycle[j] = 1.0
        lanes.slot[j] = <Py_ssize_t>run.item.lead * LANES + j
        lanes.alike = lanes.alike and run.item.lead == runs[0].item.lead


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


cdef void _end_batch(Run* run, Lanes* lanes, int lane) noexcept nogil:
    cdef int k
    if run.batch >= 0:
        for k in range(COUNTS):
            run.counts[run.batch * COUNTS + k] = lanes.counted[k][lane]
        if not run.item.per_review:
            run.counts[run.batch * COUNTS + CYCLES] = lanes.counted[RECEIPTS][lane]
            run.counts[run.batch * COUNTS + UNBROKEN] = lanes.counted[IN_TIME][lane]
        run.counts[run.batch * COUNTS + TIME] = <double>(run.boundary - run.since)
    for k in range(COUNTS):
        lanes.counted[k][lane] = 0.0
    run.batch += 1
    run.since = run.boundary
    if run.batch < run.batches:
        run.boundary = batch_end(run.batch, run.batches, run.warm, run.periods, run.item.review)


cdef void play_lanes(Run* runs, int count, double* ring, Py_ssize_t size, double* demand, bint lost) noexcept nogil:
    # demand has room for STRETCH periods of every lane and of one more
    cdef Lanes lanes
    cdef Py_ssize_t now = 0, first, stop, end, until = 0, head = 0
    cdef const double* wanted
    cdef int j
    _set_up(&lanes, runs, count, ring, size)
    for j in range(count):
        runs[j].batch, runs[j].since, runs[j].boundary = -1, 0, runs[j].warm
        until = max(until, runs[j].warm + runs[j].periods)
        while runs[j].boundary == 0:
            _end_batch(&runs[j], &lanes, j)
    memset(demand, 0, STRETCH * LANES * sizeof(double))
    while now < until:
        first, stop = now, (now + STRETCH if now + STRETCH < until else until)
        for j in range(count):
            _supply(&runs[j], now, stop - now, demand + STRETCH * LANES, demand, j)
        while now < stop:
            end = stop
            for j in range(count):
                if runs[j].batch < runs[j].batches and runs[j].boundary < end:
                    end = runs[j].boundary
            wanted = demand + (now - first) * LANES
            if lost and runs[0].item.per_review:
                _advance(&lanes, ring, size, &head, wanted, end - now, True, True)
            elif lost:
                _advance(&lanes, ring, size, &head, wanted, end - now, True, False)
            elif runs[0].item.per_review:
                _advance(&lanes, ring, size, &head, wanted, end - now, False, True)
            else:
                _advance(&lanes, ring, size, &head, wanted, end - now, False, False)
            for j in range(count):
                while runs[j].batch < runs[j].batches and runs[j].boundary == end:
                    _end_batch(&runs[j], &lanes, j)
            now = end
