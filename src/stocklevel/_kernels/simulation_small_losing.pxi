# Steps of lost sales in single precision.

cdef inline void _lose_small(Small* s, read_alone demand, read_alone arriving, alone into, const float* due,
                             const float* idle, const int n, const bint per_review, const bint lifts,
                             const bint at_once) noexcept nogil:
    # lost sales, which the position knows of: orders take n periods or more, or are received at once; due is 1 in
    # periods with a review, and idle what stands for an order in the others
    cdef Tally one
    cdef float at, below, quantity, undershoot, short, wanted, came
    cdef int j, i, placed, no_loss, no_loss_in_cycle
    cdef bint kept, received, ended
    for j in range(LANES):
        at, undershoot, placed = s.below[j], s.undershoot[j], s.orders[j]
        no_loss, no_loss_in_cycle = s.no_loss[j], s.no_loss_in_cycle[j]
        one.net, one.wanted, one.safety = s.net[j], s.wanted[j], s.safety[j]
        one.before, one.balance = s.before[j], s.balance[j]
        one.receipts, one.in_time, one.covered, one.ready = s.receipts[j], s.in_time[j], s.covered[j], s.ready[j]
        one.cycles, one.unbroken = s.cycles[j], s.unbroken[j]
        for i in range(n):
            below = at - s.half[j]
            quantity = _quantity(s, j, at, below, lifts)
            quantity *= due[i]
            placed += quantity > <float>0.0
            undershoot += below if quantity > <float>0.0 else <float>0.0
            came = quantity + idle[i]
            into[i * LANES + j] = came
            came = came if at_once else arriving[i * LANES + j]
            received, ended = came > <float>0.0, came >= <float>0.0
            one.receipts += received
            one.in_time += received & no_loss
            if per_review:
                one.cycles += ended
                one.unbroken += ended & no_loss_in_cycle
                one.safety += one.net if came >= <float>0.0 else <float>0.0
            else:
                one.safety += one.net if came > <float>0.0 else <float>0.0
            one.net += came if came > <float>0.0 else <float>0.0
            wanted = demand[i * LANES + j]
            short = wanted - one.net
            kept = short <= <float>0.0
            short = short if short > <float>0.0 else <float>0.0
            one.wanted += wanted
            one.before += short
            one.net -= wanted - short
            at = (at + (wanted - short)) - quantity
            no_loss = kept & (received | no_loss)
            no_loss_in_cycle = kept & (ended | no_loss_in_cycle)
            one.balance += one.net
            one.covered += kept
            one.ready += one.net > <float>0.0
        s.below[j], s.undershoot[j], s.orders[j] = at, undershoot, placed
        s.no_loss[j], s.no_loss_in_cycle[j] = no_loss, no_loss_in_cycle
        s.net[j], s.wanted[j], s.safety[j] = one.net, one.wanted, one.safety
        s.before[j], s.balance[j] = one.before, one.balance
        s.receipts[j], s.in_time[j], s.covered[j], s.ready[j] = one.receipts, one.in_time, one.covered, one.ready
        s.cycles[j], s.unbroken[j] = one.cycles, one.unbroken


cdef inline void _step_losing(Small* s, const float* demand, float* orders, const int n, const bint per_review,
                              const bint lifts, const bint at_once) noexcept nogil:
    cdef float due[4]
    cdef float idle[4]
    cdef float none = <float>-1.0 if per_review else <float>0.0
    cdef int i
    for i in range(n):
        due[i] = <float>1.0 if s.until_review == 0 else <float>0.0
        idle[i] = <float>0.0 if s.until_review == 0 else none
        s.until_review = (s.review if s.until_review == 0 else s.until_review) - 1
    _lose_small(s, demand, orders, orders + s.lead * LANES, due, idle, n, per_review, lifts, at_once)


cdef inline void _advance_losing(Small* s, const double** rows, const double** coming, Py_ssize_t now,
                                 const float* demand, float* orders, Py_ssize_t n, const bint per_review,
                                 const bint lifts) noexcept nogil:
    cdef Py_ssize_t i = 0
    while s.lead >= 4 and i + 4 <= n:
        _fetch_small(s, rows, coming, now + i)
        _step_losing(s, demand + i * LANES, orders + i * LANES, 4, per_review, lifts, False)
        i += 4
    while s.lead >= 2 and i + 2 <= n:
        _fetch_small(s, rows, coming, now + i)
        _step_losing(s, demand + i * LANES, orders + i * LANES, 2, per_review, lifts, False)
        i += 2
    while i < n:
        _fetch_small(s, rows, coming, now + i)
        if s.lead > 0:
            _step_losing(s, demand + i * LANES, orders + i * LANES, 1, per_review, lifts, False)
        else:
            _step_losing(s, demand + i * LANES, orders + i * LANES, 1, per_review, lifts, True)
        i += 1
