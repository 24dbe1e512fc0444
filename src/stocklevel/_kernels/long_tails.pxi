# Tails of many terms, a tail at a time: the rules of panels.py sum a panel of 64, 128, ... of them by sixteen masses
# of each demand.  From one rule to the next P(X > v) and G(m) are known; how far a panel may go, the scales of both
# masses say, and its last coefficients whether it went too far.
from libc.math cimport log as _log
from libc.math cimport sqrt as _sqrt

cdef enum:
    _RULE = 320      # numbers of a rule, in rows of 16: nodes, weights, two coefficients, and the double sums
    _RULES = 18
    _PANELS = 400    # of one tail between two looks at single terms, at most
    _LONG = 4000     # terms from which on panels pay

cdef double _SHORTEST = 64.0
cdef double _MISSES = 1e-13    # of the size: what a panel may be wrong by
cdef double _STRAYS = 3e-12    # of P(X > v): what the last coefficients of its masses may be


cdef struct _Tail:
    double size
    double y
    double v
    double exceeds
    double weight
    double total
    double added     # by the last panel
    double reach     # what panels turn out to do better, or worse, than expected
    bint over


cdef inline double _expected(double mean, double std, bint grows) noexcept nogil:
    # about how many terms a tail has from 0 on
    cdef double batch = std * std / mean
    return 37.0 * batch if grows else mean + 8.0 * std + 20.0 * batch


cdef bint _some_long(const _Cycles* c) noexcept nogil:
    cdef _Horizon y
    cdef Py_ssize_t block
    cdef int j
    for block in range(_blocks(c.n)):
        _load_moments_alone(&c.review, block * LANES, c.n, &y)
        for j in range(LANES):
            if _expected(y.mean[j], y.std[j], y.grows) > _LONG:
                return True
    return False


cdef inline double _bell(double k, double mean, double std) noexcept nogil:
    # square of the standard deviation of the bell that touches the masses at k: -(log P)'' = (r - 1)/((k + r)(k + 1/2))
    cdef double more = std * std - mean, square = mean * mean
    return (k + 0.5) * (k * more + square) / (square - more) if square > more else 1e300


cdef inline double _root_16(double x) noexcept nogil:
    return _sqrt(_sqrt(_sqrt(_sqrt(x))))


cdef int _choose_rule(const _Horizon* x, const _Horizon* y, bint some, const _Tail* t) noexcept nogil:
    # the longest panel that sixteen points can do, or -1
    cdef double mean = y.mean[0], variance = y.std[0] * y.std[0], slope, far, bell, relax
    cdef int k = 0
    relax = t.size / t.added if t.added > 0.0 else 1.0
    relax = _root_16(relax if relax > 1.0 else 1.0)
    # log P(Y = y + 1)/P(Y = y), the same for all three families in terms of mean and variance
    slope = _log(((1.0 - mean / variance) * t.y + mean * mean / variance) / (t.y + 1.0))
    slope = -slope if slope < 0.0 else slope
    far = 5.0 * relax / (slope + 1e-300)
    far = far if far < 1.6 * t.y else 1.6 * t.y
    bell = _bell(t.y, mean, y.std[0])
    if some:
        far = far if far < 0.6 * t.v else 0.6 * t.v
        slope = _bell(t.v, x.mean[0], x.std[0])
        bell = bell if bell < slope else slope
    bell = 2.5 * _sqrt(bell)
    far = (far if far < bell else bell) * t.reach
    if some and far > t.v:
        far = t.v
    if not far >= _SHORTEST:
        return -1
    while k + 1 < _RULES and far >= 2.0 * _SHORTEST:
        far *= 0.5
        k += 1
    return k


cdef bint _add_panel(const _Horizon* x, const _Horizon* y, const double* rule, double count, bint some,
                     _Tail* t) noexcept nogil:
    # whether it was not too long
    cdef double place[16]
    cdef double p[16]
    cdef double mass[16]
    cdef double weight[16]
    cdef double added = 0.0, odd = 0.0, even = 0.0, exceeds = 0.0, more = 0.0, stray = 0.0, term
    cdef double pace = y.pace[0] if GROWS and y.grows else 1.0
    cdef int a, b
    for a in range(LANES):
        place[a] = t.y + rule[a]
        mass[a] = 0.0
    continued_lanes(&y.rows, place, p)
    if some:
        for a in range(LANES):
            place[a] = t.v - rule[a]
        continued_lanes(&x.rows, place, mass)
    for a in range(LANES):
        weight[a] = t.weight + rule[a] * t.exceeds
    for b in range(LANES):
        for a in range(LANES):
            weight[a] += rule[64 + 16 * b + a] * mass[b]
    for a in range(LANES):
        term = p[a] * weight[a] * pace
        added += rule[16 + a] * term
        even += rule[32 + a] * term
        odd += rule[48 + a] * term
    if some:
        for a in range(LANES):
            term = rule[16 + a] * mass[a]
            exceeds += term
            more += term * (count - rule[a])
        for a in range(LANES):
            stray += rule[48 + a] * mass[a]
        stray = stray if stray > 0.0 else -stray
        if not stray * count <= _STRAYS * (t.exceeds + exceeds):
            return False
    # a Gauss rule misses about the square of its last coefficient
    term = (even * even + odd * odd) * count * count
    if not term <= _MISSES * t.size * added:
        return False
    t.reach = 2.0 * t.reach if term <= 1e-4 * _MISSES * t.size * added and t.reach < 4.0 else t.reach
    t.weight += count * t.exceeds + more
    t.exceeds += exceeds
    t.total += added
    t.added = added
    t.y += count
    t.v -= count
    return True


cdef void _go_far(const double* rules, const _Horizon* x, const _Horizon* y, _Tail* t) noexcept nogil:
    # panel by panel to the end of the tail, or to where single terms are better
    cdef bint some
    cdef int i, k
    t.over = False
    t.reach = 1.0
    t.added = 0.0
    for i in range(_PANELS):
        some = t.v >= 0.0 and t.v > x.mean[0] - _BELOW * x.std[0]
        k = _choose_rule(x, y, some, t)
        if k < 0:
            return
        if not _add_panel(x, y, rules + _RULE * k, _SHORTEST * (1 << k), some, t):
            t.reach *= 0.5
        elif t.y > y.mean[0] and t.added <= 1e-15 * t.size:
            t.over = True
            return


cdef bint _leap(const _Cycles* c, const Py_ssize_t* row, const double* length, _Sum* sums) noexcept nogil:
    # long tails that are still open, each by itself; whether one was moved
    cdef _Horizon x, y
    cdef _Tail t
    cdef bint moved = False
    cdef int j
    for j in range(LANES):
        if sums.open[j] == 0.0 or not length[j] > _LONG:
            continue
        _load_horizon(&c.lead, row[j], row[j] + 1, &x)
        _load_horizon(&c.review, row[j], row[j] + 1, &y)
        t.size, t.y, t.v = sums.size[j], sums.y[j], sums.v[j]
        t.exceeds, t.weight, t.total = sums.exceeds[j], sums.weight[j], sums.total[j]
        _go_far(c.rules, &x, &y, &t)
        if t.y > sums.y[j]:
            moved = True
            sums.p[j] = -1.0
        sums.y[j], sums.v[j] = t.y, t.v
        sums.exceeds[j], sums.weight[j], sums.total[j] = t.exceeds, t.weight, t.total
        if t.over:
            sums.open[j] = 0.0
    return moved


cdef void _land(const _Horizon* x, const _Horizon* y, _Sum* sums) noexcept nogil:
    # masses where the tails are that were moved
    cdef double p[16]
    cdef double mass[16]
    cdef int j
    _densities(y, sums.y, p)
    _densities(x, sums.v, mass)
    for j in range(LANES):
        if sums.p[j] < 0.0:
            sums.p[j] = p[j]
            sums.mass[j] = mass[j] if sums.v[j] >= 0.0 and x.std[j] > 0.0 else 0.0
