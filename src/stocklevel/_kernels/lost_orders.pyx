"""Lost sales with several orders on their way: the Markov chain of the stock on hand and the orders by age, at reviews.

An order of a review is received before a later one, the rest of a review period later: of the orders on their way after
the decision the oldest comes in between two reviews, after the first of two stretches.  States are the patterns of
orders on their way, each with the few stocks that the position, between s + 1 and the top, leaves.  Every step is a
sum of positive terms.
"""
from libc.math cimport NAN, fabs
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

include "variant.pxi"
include "lost_law.pxi"
include "lost_stretch.pxi"
include "lost_patterns.pxi"

cdef double STILL = 1e-14  # what a pass moves of a law that has settled


cdef struct Chain:
    Net net
    Py_ssize_t n         # top + 1
    Stretch before       # from a review to the receipt, and from there to the next review
    Stretch after
    double* stock        # work space: n each
    double* left
    double* merged       # stocks after a receipt, of a group of patterns


cdef void _review(Net* net, Py_ssize_t i, const double* stock, double* next) noexcept nogil:
    # order, from stocks at the next review of a pattern; next holds states after the decision
    cdef Py_ssize_t kept = net.ordered[i] - net.due[i], high = net.top - kept, split = net.s - kept, x, n, at, low
    cdef Py_ssize_t* follower = net.follower + net.first[i]
    cdef double* to
    if split + 1 <= high and follower[0] >= 0:  # no order
        at = follower[0]
        low = split + 1 if split >= 0 else 0
        to = next + net.start[at] - net.low[at]
        for x in range(low, high + 1):
            to[x] += stock[x]
    if net.quantity == 0:
        for x in range(split, -1, -1):
            if stock[x] > 0.0:
                next[net.start[follower[1 + split - x]]] += stock[x]
        return
    n = 1
    while split >= 0:
        low = split - net.quantity + 1 if split + 1 > net.quantity else 0
        for x in range(split, low - 1, -1):
            if stock[x] > 0.0:
                at = follower[n]
                next[net.start[at] - net.low[at] + x] += stock[x]
        split -= net.quantity
        n += 1


cdef inline void _arrive(Chain* c, Py_ssize_t i) noexcept nogil:
    # c.left, just before the receipt, to what its group has just after it
    cdef Py_ssize_t x
    cdef double* to = c.merged + c.net.due[i]
    for x in range(c.net.low[i] + c.net.width[i]):
        to[x] += c.left[x]


cdef inline Py_ssize_t _highest(Net* net, Py_ssize_t i) noexcept nogil:
    # stock after the receipt, the same of all its group
    return net.top - net.ordered[i] + net.due[i]


cdef void _load(Chain* c, Py_ssize_t i, const double* law) noexcept nogil:
    memset(c.stock, 0, c.net.low[i] * sizeof(double))
    memcpy(c.stock + c.net.low[i], law + c.net.start[i], c.net.width[i] * sizeof(double))


cdef void _pass(Chain* c, const double* law, double* next) noexcept nogil:
    # from review to review
    cdef Net* net = &c.net
    cdef Py_ssize_t g, k, i, high
    memset(next, 0, net.states * sizeof(double))
    for g in range(net.groups):
        i = net.widest[g]
        high = _highest(net, i)
        memset(c.merged, 0, (high + 1) * sizeof(double))
        for k in range(net.begin[g], net.begin[g + 1]):
            i = net.line[k]
            _load(c, i, law)
            _fall(c.stock, net.low[i], net.low[i] + net.width[i] - 1, &c.before, c.n, c.left)
            _arrive(c, i)
        i = net.widest[g]
        if c.after.steps == 0:
            _review(net, i, c.merged, next)
        else:
            _fall(c.merged, 0, high, &c.after, c.n, c.left)
            _review(net, i, c.left, next)


cdef double _settle(Chain* c, double* law, double* next) noexcept nogil:
    # the stationary law; returns what the last pass moved
    cdef Py_ssize_t x, states = c.net.states
    cdef int i
    cdef double moved = 1.0, before, pace, total, keep
    memset(law, 0, states * sizeof(double))
    for x in range(c.net.width[0]):
        law[x] = 1.0 / c.net.width[0] if c.net.quantity > 0 else 0.0
    if c.net.quantity == 0:
        law[c.net.width[0] - 1] = 1.0
    for i in range(PASSES):
        _pass(c, law, next)
        before, moved, total = moved, 0.0, 0.0
        for x in range(states):
            total += next[x]
        keep = 0.0 if i < UNDAMPED else 0.5
        for x in range(states):
            moved += fabs(next[x] / total - law[x])
            law[x] = keep * law[x] + (1.0 - keep) * (next[x] / total)
        pace = moved / before if moved < before else 1.0
        if moved < STILL or (i > 3 and pace < 1.0 and moved * pace / (1.0 - pace) < STILL):
            break
    return moved


cdef void _foresee(Stretch* way, double* spare, Py_ssize_t n) noexcept nogil:
    # what all steps of a stretch see from each stock on, from the last step back
    cdef Py_ssize_t x, d, _
    cdef int k
    cdef double rest, p
    cdef const double* later
    memset(way.seen, 0, 4 * n * sizeof(double))
    for _ in range(way.steps):
        memcpy(spare, way.seen, 4 * n * sizeof(double))
        for x in range(n):
            rest = way.part.above[x - 1] if x > 0 else 1.0
            way.seen[UNMET * n + x] = way.loss[x]
            way.seen[LATE * n + x] = way.part.above[x]
            way.seen[ON_HAND * n + x] = 0.0
            way.seen[EMPTY * n + x] = rest
            for k in range(4):
                way.seen[k * n + x] += rest * spare[k * n]
            for d in range((x - 1 if x - 1 < way.part.last else way.part.last) + 1):
                p = way.part.mass[d]
                later = spare + x - d
                way.seen[ON_HAND * n + x] += p * <double>(x - d)
                for k in range(4):
                    way.seen[k * n + x] += p * later[k * n]


cdef inline void _watch(Stretch* way, const double* stock, Py_ssize_t low, Py_ssize_t high, Py_ssize_t n,
                        double* out) noexcept nogil:
    # add up what the steps of a stretch see
    cdef Py_ssize_t x
    cdef int k
    for x in range(low, high + 1):
        if stock[x] > 0.0:
            for k in range(4):
                out[k] += stock[x] * way.seen[k * n + x]


cdef void _averages(Chain* c, const double* law, bint per_review, double* out) noexcept nogil:
    # all but the shares of cycles, from the stationary law
    cdef Net* net = &c.net
    cdef Py_ssize_t g, k, i, x, high, kept
    cdef double mass
    cdef const double* left
    for g in range(net.groups):
        memset(c.merged, 0, (_highest(net, net.widest[g]) + 1) * sizeof(double))
        for k in range(net.begin[g], net.begin[g + 1]):
            i = net.line[k]
            _load(c, i, law)
            high = net.low[i] + net.width[i] - 1
            _watch(&c.before, c.stock, net.low[i], high, c.n, out)
            _fall(c.stock, net.low[i], high, &c.before, c.n, c.left)
            if per_review or net.due[i] > 0:
                for x in range(high + 1):
                    out[SAFETY] += c.left[x] * x
            _arrive(c, i)
        i = net.widest[g]
        high = _highest(net, i)
        kept = net.ordered[i] - net.due[i]
        left = c.merged
        if c.after.steps > 0:
            _watch(&c.after, c.merged, 0, high, c.n, out)
            _fall(c.merged, 0, high, &c.after, c.n, c.left)
            left = c.left
        for x in range(min(net.s - kept, high) + 1):
            mass = left[x]
            out[FREQUENCY] += mass
            out[UNDERSHOOT] += mass * (net.s - kept - x)


include "lost_cycles.pxi"


cdef void _report(Chain* c, double rate, bint per_review, double* room, double* out) noexcept nogil:
    # all measures; room for three laws
    cdef double* law = room
    cdef double* one = room + c.net.states
    cdef double* two = room + 2 * c.net.states
    cdef double steps = c.before.steps + c.after.steps
    cdef int k
    for k in range(OUT):
        out[k] = 0.0
    out[MOVED] = _settle(c, law, one)
    _averages(c, law, per_review, out)
    _cycles(c, law, one, two, per_review, out)
    out[UNMET] /= rate
    out[ON_HAND] /= steps
    out[LATE] /= steps
    out[EMPTY] /= steps
    out[UNDERSHOOT] /= out[FREQUENCY]
    if not per_review:
        out[SAFETY] /= out[FREQUENCY]
    out[FREQUENCY] /= steps


cdef void _prepare(Stretch* way, Py_ssize_t steps, const double* mass, const double* above, const double* loss,
                   double* room, Law* power, Law* spare, Py_ssize_t n) noexcept nogil:
    # room for seven times n
    way.part.mass, way.part.above, way.loss, way.steps = <double*>mass, <double*>above, loss, steps
    _cut(&way.part, n)
    way.whole.mass, way.whole.above, way.turned, way.seen = room, room + n, room + 2 * n, room + 3 * n
    _sum(&way.part, steps, &way.whole, power, spare, n)


def chains(const long long[:, ::1] rules, const double[::1] rate, const long long[::1] starts,
           const double[::1] mass, const double[::1] above, const double[::1] loss, bint per_review,
           Py_ssize_t limit, double tail, double[:, ::1] out):
    """Fill out with nine measures and what the last pass moved, a line a row; NaN beyond the limit of states.

    Rules are s >= 0, S or s + Q, Q (0: orders up to S), the reviews in a lead time m, and the steps before and after a
    receipt between two reviews.  mass, above and loss are P(X = j), P(X > j) and E(X - j)+ of the demand of a step,
    j = 0 up to S or s + Q, from starts[row] on; rate is the demand between two reviews.  Per review: replenishment
    cycles are review cycles.  Demand less likely than the tail, on either side, is rounded off.
    """
    cdef Py_ssize_t row, most = 1, n, at
    cdef Py_ssize_t[2] least
    cdef Py_ssize_t[2] last
    cdef Chain c
    cdef Law power, spare
    cdef Stretch* way
    cdef double* room
    cdef double* states
    for row in range(rules.shape[0]):
        most = max(most, <Py_ssize_t>rules[row, 1] + 1)
    room = <double*>malloc(25 * most * sizeof(double))
    states = <double*>malloc(3 * (limit + 1) * sizeof(double))
    if not _open(&c.net, limit) or room == NULL or states == NULL:
        _close(&c.net)
        free(room)
        free(states)
        raise MemoryError
    with nogil:
        for row in range(rules.shape[0]):
            n = c.n = rules[row, 1] + 1
            at = starts[row]
            power.mass, power.above, spare.mass, spare.above = room, room + n, room + 2 * n, room + 3 * n
            c.stock, c.left, c.merged = room + 4 * n, room + 5 * n, room + 24 * n
            _prepare(&c.before, rules[row, 4], &mass[at], &above[at], &loss[at], room + 6 * n, &power, &spare, n)
            _prepare(&c.after, rules[row, 5], &mass[at], &above[at], &loss[at], room + 13 * n, &power, &spare, n)
            for at in range(2):
                way = &c.before if at == 0 else &c.after
                _round_off(way, tail, n)
                least[at], last[at] = way.least, way.whole.last
            if _explore(&c.net, rules[row, 0], rules[row, 1], rules[row, 2], rules[row, 3], least, last):
                _foresee(&c.before, room + 20 * n, n)
                _foresee(&c.after, room + 20 * n, n)
                _report(&c, rate[row], per_review, states, &out[row, 0])
            else:
                for at in range(OUT):
                    out[row, at] = NAN
    _close(&c.net)
    free(room)
    free(states)
