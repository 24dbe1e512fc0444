"""Lost sales with one order on its way at most: the Markov chain of the stock on hand at reviews, row by row.

The state of the chain is the stock on hand at reviews that order, 0..s.  An order cycle lasts the receipt's L periods,
the rest until the next review, and reviews without an order, in which the stock only falls: their visits follow from
the top down, without a system of equations.  Every step is a sum of positive terms.
"""
from libc.math cimport NAN, expm1, fabs
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

include "variant.pxi"
include "lost_law.pxi"

cdef struct Chain:
    Py_ssize_t s         # trigger
    Py_ssize_t top       # highest position
    Py_ssize_t quantity  # orders are multiples of it; 0: up to the top
    Py_ssize_t n         # top + 1
    Law lead             # demand from order to receipt, from there to the next review, and between reviews
    Law rest
    Law review
    double even          # 1/2 on a grid: of demand that meets the stock to the cell, half loses a sale
    double* late         # work space
    double* work


cdef inline double _lost(Law* law, Py_ssize_t x, double even) noexcept nogil:
    # P(X > x) of whole units; on a grid all demand of what continues from 0 is lost
    if even == 0.0:
        return law.above[x]
    return law.above[x] + even * law.mass[x] if x > 0 else 1.0


cdef double _fall(const double* v, Py_ssize_t n, Law* law, double even, double* out) noexcept nogil:
    # out, beside v: the law of (x - X)+; what reaches 0 stays there.  Returns P(X > x), the share that lost a sale
    cdef Py_ssize_t x, d, last
    cdef double mass, lost = 0.0
    memset(out, 0, n * sizeof(double))
    for x in range(n):
        mass = v[x]
        if mass == 0.0:
            continue
        last = x - 1 if x - 1 < law.last else law.last
        for d in range(last + 1):
            out[x - d] += mass * law.mass[d]
        out[0] += mass * (law.above[x - 1] if x > 0 else 1.0)
        lost += mass * _lost(law, x, even)
    return lost


cdef double _fall_alive(const double* v, Py_ssize_t n, Law* law, double even, double* out) noexcept nogil:
    # the same of those that lose no sale
    cdef double lost = _fall(v, n, law, even, out)
    cdef Py_ssize_t x
    out[0] = 0.0
    for x in range(n):
        if x <= law.last:
            out[0] += v[x] * law.mass[x] * (1.0 - even)
    return lost


cdef void _receive(Chain* c, const double* a, double* z) noexcept nogil:
    # z: stock just after the receipt of what reviews at stock a ordered
    cdef Py_ssize_t x, low, high, lift, j
    cdef double beyond = 0.0
    memset(z, 0, c.n * sizeof(double))
    if c.quantity == 0:  # S - x arrives: what is there is S less what was sold, min(x, X_L)
        for j in range(c.s, -1, -1):
            z[c.top - j] = beyond * c.lead.mass[j] + a[j] * (c.lead.above[j - 1] if j > 0 else 1.0)
            beyond += a[j]
        return
    high = c.s
    lift = c.quantity
    while high >= 0:  # reviews that order as much
        low = high - c.quantity + 1 if high - c.quantity + 1 > 0 else 0
        memset(c.work, 0, c.n * sizeof(double))
        memcpy(c.work + low, a + low, (high - low + 1) * sizeof(double))
        _fall(c.work, high + 1, &c.lead, 0.0, c.late)
        for x in range(high + 1):
            z[x + lift] += c.late[x]
        high, lift = low - 1, lift + c.quantity


cdef double _descend(Chain* c, double* g, bint alive) noexcept nogil:
    # g, stock at a review: above s the expected visits of reviews without an order, up to s where they end
    cdef Py_ssize_t x, d, last
    cdef double visits, lost = 0.0
    for x in range(c.top, c.s, -1):
        visits = g[x] / c.review.above[0]
        g[x] = visits
        if visits == 0.0:
            continue
        last = x - 1 if x - 1 < c.review.last else c.review.last
        for d in range(1, last + 1):
            g[x - d] += visits * c.review.mass[d]
        lost += visits * _lost(&c.review, x, c.even)
        if not alive:
            g[0] += visits * c.review.above[x - 1] if x > 0 else 0.0
        elif x <= c.review.last:
            g[0] += visits * c.review.mass[x] * (1.0 - c.even)
    return lost


cdef double _settle(Chain* c, double* a, double* z, double* g) noexcept nogil:
    # the stationary law of the stock at reviews that order; returns what the last pass moved
    cdef Py_ssize_t x
    cdef int i
    cdef double moved = 1.0, before, pace, total, keep
    memset(g, 0, c.n * sizeof(double))
    if c.quantity == 0:
        g[c.top] = 1.0
    else:
        for x in range(c.s + 1, c.n):
            g[x] = 1.0 / c.quantity
    _descend(c, g, False)
    memset(a, 0, c.n * sizeof(double))
    memcpy(a, g, (c.s + 1) * sizeof(double))
    for i in range(PASSES):
        _receive(c, a, z)
        _fall(z, c.n, &c.rest, 0.0, g)
        _descend(c, g, False)
        before, moved, total = moved, 0.0, 0.0
        for x in range(c.s + 1):
            total += g[x]
        keep = 0.0 if i < UNDAMPED else 0.5
        for x in range(c.s + 1):
            moved += fabs(g[x] / total - a[x])
            a[x] = keep * a[x] + (1.0 - keep) * (g[x] / total)
        pace = moved / before if moved < before else 1.0
        if moved < 1e-15 or (i > 3 and pace < 1.0 and moved * pace / (1.0 - pace) < 1e-15):
            break
    return moved


cdef void _watch(Chain* c, Law* one, const double* loss, double* v, double* spare, Py_ssize_t periods,
                 double* out) noexcept nogil:
    # add up what each of the periods sees from stock v on, which moves along
    cdef Py_ssize_t x, _
    for _ in range(periods):
        for x in range(c.n):
            out[UNMET] += v[x] * loss[x]
        out[LATE] += _fall(v, c.n, one, c.even, spare)
        memcpy(v, spare, c.n * sizeof(double))
        for x in range(c.n):
            out[ON_HAND] += v[x] * x
        out[EMPTY] += v[0]


cdef void _report(Chain* c, Law* one, const double* loss, double rate, Py_ssize_t lead, Py_ssize_t rest,
                  Py_ssize_t review, bint per_review, double* room, double* out) noexcept nogil:
    # all measures from the stationary law
    cdef double* a = room
    cdef double* z = room + c.n
    cdef double* g = room + 2 * c.n
    cdef double* v = room + 3 * c.n
    cdef double* spare = room + 4 * c.n
    cdef double cycle = lead + rest, quiet = 0.0, lost
    cdef Py_ssize_t x
    cdef int k
    for k in range(OUT):
        out[k] = 0.0
    if c.s < 0:  # nothing is ever on hand
        out[UNMET] = out[EMPTY] = out[STOCKOUTS] = out[PER_ORDER] = 1.0
        out[LATE] = one.above[0]
        return
    out[MOVED] = _settle(c, a, z, g)
    memcpy(v, a, c.n * sizeof(double))
    _watch(c, one, loss, v, spare, lead, out)
    for x in range(c.n):
        out[SAFETY] += v[x] * x
    _receive(c, a, z)
    memcpy(v, z, c.n * sizeof(double))
    _watch(c, one, loss, v, spare, rest, out)
    _descend(c, v, False)
    memset(v, 0, (c.s + 1) * sizeof(double))  # what is left are the visits of reviews without an order
    for x in range(c.s + 1, c.n):
        quiet += v[x]
    memcpy(g, v, c.n * sizeof(double))
    _watch(c, one, loss, v, spare, review, out)
    for x in range(c.s + 1):
        out[UNDERSHOOT] += a[x] * (c.s - x)
    cycle += review * quiet
    out[UNMET] /= rate * cycle
    out[ON_HAND] /= cycle
    out[LATE] /= cycle
    out[EMPTY] = out[EMPTY] / cycle if c.even == 0.0 else out[LATE]
    out[FREQUENCY] = 1.0 / cycle
    lost = 0.0
    memcpy(v, z, c.n * sizeof(double))
    if rest > 0:
        lost = _fall_alive(z, c.n, &c.rest, c.even, v)
    lost += _descend(c, v, True)
    for x in range(c.s + 1):
        lost += v[x] * (_lost(&c.lead, x, c.even) if lead > 0 else 0.0)
    out[PER_ORDER] = out[STOCKOUTS] = lost
    if per_review:  # from receipt to receipt there are R periods, whether something is received or not
        _fall(g, c.n, &c.lead, 0.0, spare)
        out[STOCKOUTS] = 0.0
        for x in range(c.n):
            out[STOCKOUTS] += (z[x] + spare[x]) * _lost(&c.review, x, c.even)
            out[SAFETY] += spare[x] * x
        out[STOCKOUTS] /= 1.0 + quiet
        out[SAFETY] /= 1.0 + quiet


def chains(const long long[:, ::1] rules, const double[::1] rate, const long long[::1] starts, double[::1] mass,
           double[::1] above, const double[::1] loss, const double[::1] even, bint per_review, double[:, ::1] out):
    """Fill out with nine measures and what the last pass moved, a line a row.

    Rules are s, S or s + Q, Q (0: orders up to S), L and R, all whole; mass, above and loss are P(X = j), P(X > j) and
    E(X - j)+ of the demand of a period, j = 0 up to S or s + Q, from starts[row] on; even is 1/2 where they are
    those of a grid.  Per review: replenishment cycles are review cycles, for which L <= R.
    """
    cdef Py_ssize_t row, most = 1, lead, rest, review, cycle
    cdef Chain c
    cdef Law one, power, spare
    cdef double* room
    for row in range(rules.shape[0]):
        most = max(most, <Py_ssize_t>rules[row, 1] + 1)
    room = <double*>malloc(17 * most * sizeof(double))
    if room == NULL:
        raise MemoryError
    with nogil:
        for row in range(rules.shape[0]):
            c.s, c.top, c.quantity, lead, review = (rules[row, 0], rules[row, 1], rules[row, 2], rules[row, 3],
                                                    rules[row, 4])
            c.n, c.even = c.top + 1, even[row]
            cycle = review * ((lead + review - 1) // review if lead > 0 else 1)
            rest = cycle - lead
            one.mass, one.above = &mass[starts[row]], &above[starts[row]]
            _cut(&one, c.n)
            c.lead.mass, c.lead.above, c.rest.mass, c.rest.above = room, room + c.n, room + 2 * c.n, room + 3 * c.n
            c.review.mass, c.review.above, power.mass, power.above = (room + 4 * c.n, room + 5 * c.n, room + 6 * c.n,
                                                                      room + 7 * c.n)
            spare.mass, spare.above, c.late, c.work = (room + 8 * c.n, room + 9 * c.n, room + 10 * c.n,
                                                       room + 11 * c.n)
            _sum(&one, lead, &c.lead, &power, &spare, c.n)
            _sum(&one, rest, &c.rest, &power, &spare, c.n)
            _sum(&one, review, &c.review, &power, &spare, c.n)
            _report(&c, &one, &loss[starts[row]], rate[row], lead, rest, review, per_review, room + 12 * c.n,
                    &out[row, 0])
    free(room)


include "lost_watched.pxi"
