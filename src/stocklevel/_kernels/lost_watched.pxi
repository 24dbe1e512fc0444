# Continuous review: a review at every customer, whose batch stands for the demand of a review period.
cdef void _occupy(const double* batch, Law* lead, double rate, double time, Py_ssize_t n, double* spent) noexcept nogil:
    # spent[k]: time within the lead time in which demand so far is k.  What is left of k: P(X_L = k) less the start
    # is rate (sum_j P(B = j) spent[k - j] - spent[k])
    cdef Py_ssize_t j, k
    cdef double inflow
    spent[0] = -expm1(-rate * time) / rate
    for k in range(1, n):
        inflow = 0.0
        for j in range(1, k + 1):
            inflow += batch[j] * spent[k - j]
        inflow -= lead.mass[k] / rate
        spent[k] = inflow if inflow > 0.0 else 0.0


cdef void _report_watched(Chain* c, const double* batch_loss, const double* lead_loss, double demand, double rate,
                          double time, double* room, double* out) noexcept nogil:
    # all measures from the stationary law of the stock that triggers an order
    cdef double* a = room
    cdef double* z = room + c.n
    cdef double* v = room + 2 * c.n
    cdef double* spent = room + 3 * c.n
    cdef double left, stocked, held, cycle, quiet = 0.0, lost
    cdef Py_ssize_t x
    cdef int k
    for k in range(OUT):
        out[k] = 0.0
    out[MOVED] = _settle(c, a, z, v)
    _occupy(c.review.mass, &c.lead, rate, time, c.s + 1, spent)
    stocked = held = left = 0.0  # of a lead time that starts with x: time with stock, stock times time, stock left
    for x in range(c.s + 1):
        out[EMPTY] += a[x] * (time - stocked if time > stocked else 0.0)
        out[ON_HAND] += a[x] * held
        out[SAFETY] += a[x] * left
        out[UNMET] += a[x] * lead_loss[x]
        out[UNDERSHOOT] += a[x] * (c.s - x)
        stocked += spent[x]
        held += stocked
        left += 1.0 - c.lead.above[x]
    memcpy(v, z, c.n * sizeof(double))
    _descend(c, v, False)
    for x in range(c.s + 1, c.n):  # until the next order
        quiet += v[x]
        out[ON_HAND] += v[x] * x / rate
        out[UNMET] += v[x] * batch_loss[x]
    cycle = time + quiet / rate
    out[UNMET] /= demand * cycle
    out[ON_HAND] /= cycle
    out[EMPTY] /= cycle
    out[FREQUENCY] = 1.0 / cycle
    memcpy(v, z, c.n * sizeof(double))
    lost = _descend(c, v, True)
    for x in range(c.s + 1):
        lost += v[x] * c.lead.above[x]
    out[PER_ORDER] = out[STOCKOUTS] = lost
    out[LATE] = NAN


def watched(const long long[:, ::1] rules, const double[::1] demand, const double[::1] rate, const double[::1] time,
            const long long[::1] starts, double[::1] batch, double[::1] batch_above, const double[::1] batch_loss,
            double[::1] lead, double[::1] lead_above, const double[::1] lead_loss, double[:, ::1] out):
    """Fill out as `chains` does, for whole demand that is watched continuously; the share of periods stays NaN.

    Rules are s, S or s + Q, and Q (0: orders up to S), s < Q; demand a period, the rate of customers and the lead time;
    batch and lead are the laws of what a customer takes and of the demand of the lead time, as those of `chains`.
    """
    cdef Py_ssize_t row, most = 1
    cdef Chain c
    cdef double* room
    for row in range(rules.shape[0]):
        most = max(most, <Py_ssize_t>rules[row, 1] + 1)
    room = <double*>malloc(8 * most * sizeof(double))
    if room == NULL:
        raise MemoryError
    with nogil:
        for row in range(rules.shape[0]):
            c.s, c.top, c.quantity, c.n, c.even = rules[row, 0], rules[row, 1], rules[row, 2], rules[row, 1] + 1, 0.0
            c.review.mass, c.review.above = &batch[starts[row]], &batch_above[starts[row]]
            c.lead.mass, c.lead.above = &lead[starts[row]], &lead_above[starts[row]]
            c.rest.mass, c.rest.above, c.late, c.work = room, room + c.n, room + 2 * c.n, room + 3 * c.n
            _cut(&c.review, c.n)
            _cut(&c.lead, c.n)
            _nothing(&c.rest, c.n)
            _report_watched(&c, &batch_loss[starts[row]], &lead_loss[starts[row]], demand[row], rate[row], time[row],
                            room + 4 * c.n, &out[row, 0])
    free(room)
