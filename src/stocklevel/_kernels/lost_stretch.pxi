# A stretch of time without a receipt, and what it does to the stock.
cdef struct Stretch:
    Law whole            # demand of all of it
    double* turned       # its mass, the last first
    Py_ssize_t least     # no mass below
    Law part             # of each of its steps
    const double* loss   # E(X - j)+ of a step
    Py_ssize_t steps
    double* seen         # by all steps from each stock on: four times n, of what is filled in first


cdef void _round_off(Stretch* way, double tail, Py_ssize_t n) noexcept nogil:
    # demand that is less likely than the tail, on either side, is at the last place that is likelier, so that few
    # states follow from each
    cdef Law* law = &way.whole
    cdef Py_ssize_t j = 0
    cdef double below = 0.0
    while j < n - 1 and below + law.mass[j] < tail:
        below += law.mass[j]
        law.mass[j] = 0.0
        j += 1
    law.mass[j] += below
    way.least = j
    while j < n - 1 and law.above[j] >= tail:
        j += 1
    law.last = j
    if law.above[j] < tail:
        law.mass[j] += law.above[j]
    for j in range(n):
        way.turned[j] = law.mass[n - 1 - j]


cdef void _fall(const double* v, Py_ssize_t low, Py_ssize_t high, Stretch* way, Py_ssize_t n,
                double* out) noexcept nogil:
    # out, beside v: the law of (x - X)+ from stocks of low to high
    cdef Py_ssize_t x, j, last = way.whole.last
    cdef double mass
    cdef const double* turned
    memset(out, 0, (high + 1) * sizeof(double))
    for x in range(low, high + 1):
        mass = v[x]
        if mass == 0.0:
            continue
        turned = way.turned + n - 1 - x
        for j in range(x - last if x > last else 1, x - way.least + 1):
            out[j] += mass * turned[j]
        if x <= last:
            out[0] += mass * (way.whole.above[x - 1] if x > way.least else 1.0)


cdef double _lost(const double* v, Py_ssize_t high, Law* law) noexcept nogil:
    # of stocks v the share that loses a sale
    cdef Py_ssize_t x
    cdef double lost = 0.0
    for x in range(high + 1):
        lost += v[x] * law.above[x]
    return lost


cdef void _spare(double* v, const double* from_, Py_ssize_t low, Py_ssize_t high, Stretch* way) noexcept nogil:
    # after a fall: those that lost no sale alone
    cdef Py_ssize_t x
    v[0] = 0.0
    for x in range(low, high + 1):
        if x <= way.whole.last:
            v[0] += from_[x] * way.whole.mass[x]
