# Shares of cycles that lose a sale.
cdef double _onward(Chain* c, Py_ssize_t g, double* next) noexcept nogil:
    # from a receipt, c.merged, to the decision of the next review; returns the share that lost a sale and stays behind
    cdef Py_ssize_t i = c.net.widest[g], high = _highest(&c.net, c.net.widest[g])
    cdef double lost = 0.0
    if c.after.steps == 0:
        _review(&c.net, i, c.merged, next)
        return 0.0
    lost = _lost(c.merged, high, &c.after.whole)
    _fall(c.merged, 0, high, &c.after, c.n, c.left)
    _spare(c.left, c.merged, 0, high, &c.after)
    _review(&c.net, i, c.left, next)
    return lost


cdef void _start_cycles(Chain* c, const double* law, double* next, bint every, double* lost) noexcept nogil:
    # from receipts, or where one may come, to the next review
    cdef Py_ssize_t g, k, i
    memset(next, 0, c.net.states * sizeof(double))
    for g in range(c.net.groups):
        memset(c.merged, 0, c.n * sizeof(double))
        for k in range(c.net.begin[g], c.net.begin[g + 1]):
            i = c.net.line[k]
            if every or c.net.due[i] > 0:
                _load(c, i, law)
                _fall(c.stock, c.net.low[i], c.net.low[i] + c.net.width[i] - 1, &c.before, c.n, c.left)
                _arrive(c, i)
        lost[0] += _onward(c, g, next)


cdef double _end_cycles(Chain* c, const double* law, double* next, double* lost) noexcept nogil:
    # a review period on: those with a receipt end; returns the share of the others that has lost no sale
    cdef Py_ssize_t g, k, i, high
    cdef double alive = 0.0
    memset(next, 0, c.net.states * sizeof(double))
    for g in range(c.net.groups):
        memset(c.merged, 0, c.n * sizeof(double))
        for k in range(c.net.begin[g], c.net.begin[g + 1]):
            i = c.net.line[k]
            high = c.net.low[i] + c.net.width[i] - 1
            _load(c, i, law)
            lost[0] += _lost(c.stock, high, &c.before.whole)
            if c.net.due[i] == 0:
                _fall(c.stock, c.net.low[i], high, &c.before, c.n, c.left)
                _spare(c.left, c.stock, c.net.low[i], high, &c.before)
                _arrive(c, i)
        lost[0] += _onward(c, g, next)
    for i in range(c.net.states):
        alive += next[i]
    return alive


cdef void _cycles(Chain* c, const double* law, double* one, double* two, bint per_review, double* out) noexcept nogil:
    # shares of cycles that lose a sale: of those from receipt to receipt, or of all review periods
    cdef Py_ssize_t i, _
    cdef double alive = 1.0, lost = 0.0
    _start_cycles(c, law, one, False, &lost)
    for _ in range(PASSES):
        alive = _end_cycles(c, one, two, &lost)
        one, two = two, one
        if alive < 1e-17:
            break
    out[PER_ORDER] = out[STOCKOUTS] = lost / out[FREQUENCY]
    if per_review:
        lost = 0.0
        _start_cycles(c, law, one, True, &lost)
        for i in range(c.net.count):
            _load(c, i, one)
            lost += _lost(c.stock, c.net.low[i] + c.net.width[i] - 1, &c.before.whole)
        out[STOCKOUTS] = lost
