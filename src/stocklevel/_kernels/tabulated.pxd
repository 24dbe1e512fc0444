# Demand given by a table on a lattice start + step*k: its functions at one x, from sums of its probabilities.
# In lattice units, of K = (X - start)/step: at node k, P(K <= k), P(K > k), E(K-k)+, E(k-K)+ and the second losses.
# Rows of probabilities have E C(K-k, 2) and E C(k-K, 2) for these; smooth rows (a density, an atom at their first
# node) E[((K-k)+)^2]/2 and E[((k-K)+)^2]/2, and cubics between nodes.  Scattered rows have values of their own in place
# of a lattice, and the losses and second losses of X at these.  Every term added is positive.
from libc.math cimport INFINITY, NAN, fabs, floor, rint

from stocklevel._kernels.measures cimport CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SECOND_LOSS, SF

cdef inline double _rounding() noexcept nogil:
    return 1e-14  # of sums of probabilities that are asked for exactly


cdef inline double _touch() noexcept nogil:
    return 1e-9  # of a step: so near a node x is on it


cdef enum:  # the rows of the values of a table
    MASS = 0
    BELOW = 1       # P(K <= k)
    ABOVE = 2       # P(K > k)
    SHORT = 3       # E(K - k)+
    LEFT = 4        # E(k - K)+
    SHORT_TWICE = 5
    LEFT_TWICE = 6
    VALUE = 7       # scattered rows alone


cdef struct Tables:
    const double* values[8]
    const long long* offsets
    const double* start
    const double* step
    const double* std
    double unit     # 1 where demand comes in whole units
    bint smooth
    bint scattered


cdef struct Table:  # one row
    const double* mass
    const double* below
    const double* above
    const double* excess
    const double* left
    const double* excess_twice
    const double* left_twice
    const double* value  # NULL on a lattice
    Py_ssize_t last
    double start
    double step
    double std
    double unit
    bint smooth


cdef inline bint take(const Tables* every, long long which, Table* t) noexcept nogil:
    # the row's table; whether its numbers are known
    cdef long long at = every.offsets[which]
    t.mass = every.values[MASS] + at
    t.below = every.values[BELOW] + at
    t.above = every.values[ABOVE] + at
    t.excess = every.values[SHORT] + at
    t.left = every.values[LEFT] + at
    t.excess_twice = every.values[SHORT_TWICE] + at
    t.left_twice = every.values[LEFT_TWICE] + at
    t.value = every.values[VALUE] + at if every.scattered else NULL
    t.last = <Py_ssize_t> (every.offsets[which + 1] - at - 1)
    t.start = every.start[which]
    t.step = every.step[which]
    t.std = every.std[which]
    t.unit = every.unit
    t.smooth = every.smooth
    return t.excess[0] == t.excess[0]


cdef inline double _place_among(const Table* t, double x) noexcept nogil:
    # x in places: a whole number on a value, parts of a place between two, units outside
    cdef Py_ssize_t low = 0, high = t.last, middle
    if x < t.value[0]:
        return x - t.value[0]
    if x >= t.value[high]:
        return high + (x - t.value[high])
    while high - low > 1:
        middle = (low + high) // 2
        if t.value[middle] <= x:
            low = middle
        else:
            high = middle
    return low + (x - t.value[low]) / (t.value[high] - t.value[low])


cdef inline double node_of(const Table* t, Py_ssize_t k) noexcept nogil:
    return t.start + t.step * k if t.value == NULL else t.value[k]


cdef inline double place(const Table* t, double x) noexcept nogil:
    # x in steps from the start; on a node where it is within rounding of one
    cdef double u, node
    if t.value != NULL:
        return _place_among(t, x)
    u = (x - t.start) / t.step
    node = rint(u)
    return node if fabs(u - node) <= _touch() else u


cdef inline double _curve(double at, double slope, double rise, double bend, double v, int order) noexcept nogil:
    # the cubic with value and slope at 0 and (rise over its tangent, change of slope) at 1: slope, value, integral
    cdef double cube = bend - 2.0 * rise
    cdef double square = 3.0 * rise - bend
    if order == 0:
        return slope + v * (2.0 * square + v * 3.0 * cube)
    if order == 1:
        return at + v * (slope + v * (square + v * cube))
    return v * (at + v * (0.5 * slope + v * (square / 3.0 + v * 0.25 * cube)))


cdef inline double _upper_curve(const Table* t, Py_ssize_t k, double v, int order) noexcept nogil:
    # sf, loss or the integral of the loss at k + 1 - v, from the node above
    cdef double rise = t.excess[k] - t.excess[k + 1] - t.above[k + 1]
    return _curve(t.excess[k + 1], t.above[k + 1], rise, t.above[k] - t.above[k + 1], v, order)


cdef inline double _lower_curve(const Table* t, Py_ssize_t k, double v, int order) noexcept nogil:
    # cdf, complementary loss or its integral at k + v, from the node below
    cdef double rise = t.left[k + 1] - t.left[k] - t.below[k]
    return _curve(t.left[k], t.below[k], rise, t.below[k + 1] - t.below[k], v, order)


cdef inline double _clip(double value, double low, double high) noexcept nogil:
    value = value if value > low else low
    return value if value < high else high


cdef inline double sf_at(const Table* t, double u) noexcept nogil:
    cdef Py_ssize_t k
    if u < 0.0:
        return 1.0
    if u >= t.last:
        return 0.0
    k = <Py_ssize_t> floor(u)
    if not t.smooth or u == k:
        return t.above[k]
    return _clip(_upper_curve(t, k, k + 1 - u, 0), t.above[k + 1], t.above[k])


cdef inline double cdf_at(const Table* t, double u) noexcept nogil:
    cdef Py_ssize_t k
    if u < 0.0:
        return 0.0
    if u >= t.last:
        return 1.0
    k = <Py_ssize_t> floor(u)
    if not t.smooth or u == k:
        return t.below[k]
    return _clip(_lower_curve(t, k, u - k, 0), t.below[k], t.below[k + 1])


cdef inline double reach_at(const Table* t, double u) noexcept nogil:
    # P(K >= u)
    if u <= 0.0:
        return 1.0
    if t.smooth or u > t.last or u != floor(u):
        return sf_at(t, u)
    return t.above[<Py_ssize_t> u - 1]


cdef inline double density_at(const Table* t, double u) noexcept nogil:
    # smooth: the cubic through the densities of two nodes, its slopes from their neighbours
    cdef Py_ssize_t k
    cdef double low, high, before, after, v
    if u < 0.0 or u > t.last or (u != floor(u) and not t.smooth):
        return 0.0
    k = <Py_ssize_t> floor(u)
    if not t.smooth:
        return t.mass[k]
    if u == 0.0 and t.below[0] > 0.0:
        return INFINITY
    if k == t.last:
        return t.mass[k] / t.step
    v = u - k
    low, high = t.mass[k], t.mass[k + 1]
    before = 0.5 * (high - t.mass[k - 1]) if k > 0 else high - low
    after = 0.5 * (t.mass[k + 2] - low) if k + 2 <= t.last else high - low
    low = _curve(low, before, high - low - before, after - before, v, 1)
    return (low if low > 0.0 else 0.0) / t.step


cdef inline double loss_at(const Table* t, double u) noexcept nogil:
    cdef Py_ssize_t k
    if u <= 0.0:
        return t.step * (t.excess[0] - u)
    if u >= t.last:
        return 0.0
    k = <Py_ssize_t> floor(u)
    if t.smooth:
        return t.step * _upper_curve(t, k, k + 1 - u, 1)
    return t.step * ((k + 1 - u) * t.excess[k] + (u - k) * t.excess[k + 1])


cdef inline double left_at(const Table* t, double u) noexcept nogil:
    cdef Py_ssize_t k
    if u <= 0.0:
        return 0.0
    if u >= t.last:
        return t.step * (t.left[t.last] + (u - t.last))
    k = <Py_ssize_t> floor(u)
    if t.smooth:
        return t.step * _lower_curve(t, k, u - k, 1)
    return t.step * ((k + 1 - u) * t.left[k] + (u - k) * t.left[k + 1])


cdef inline double second_at(const Table* t, double u) noexcept nogil:
    # with s to the next node m and J = K - m: (dJ + s)(dJ + s - w)/2 = d^2 C(J, 2) + dJ (d + 2s - w)/2 + s (s - w)/2
    cdef double d = t.step, w = t.unit, s, share = 1.0
    cdef Py_ssize_t m = 0
    if u >= t.last:
        return 0.0
    if u == -INFINITY:
        return INFINITY
    if t.smooth:
        if u <= 0.0:
            return d * d * (t.excess_twice[0] - u * (t.excess[0] - 0.5 * u))
        m = <Py_ssize_t> floor(u)
        return d * d * (t.excess_twice[m + 1] + _upper_curve(t, m, m + 1 - u, 2))
    if u >= 0.0:
        m = <Py_ssize_t> floor(u) + 1
        share = t.above[m - 1]
    s = d * (m - u)
    if t.value != NULL and m > 0:
        s *= t.value[m] - t.value[m - 1]
    if w > 0.0:
        s = rint(s)
    if t.value != NULL:
        return t.excess_twice[m] + s * t.excess[m] + 0.5 * share * s * (s - w)
    return d * d * t.excess_twice[m] + 0.5 * d * t.excess[m] * (d + 2.0 * s - w) + 0.5 * share * s * (s - w)


cdef inline double left_twice_at(const Table* t, double u) noexcept nogil:
    # with x = node k + r and J = k - K: (dJ + r)(dJ + r + w)/2
    cdef double d = t.step, w = t.unit, r
    cdef Py_ssize_t k
    if u <= 0.0:
        return 0.0
    if u == INFINITY:
        return INFINITY
    k = <Py_ssize_t> floor(u) if u < t.last else t.last
    if t.smooth:
        if k == t.last:
            r = u - k
            return d * d * (t.left_twice[k] + r * (t.left[k] + 0.5 * r))
        return d * d * (t.left_twice[k] + _lower_curve(t, k, u - k, 2))
    r = d * (u - k)
    if t.value != NULL and k < t.last:
        r *= t.value[k + 1] - t.value[k]
    if w > 0.0:
        r = rint(r)
    if t.value != NULL:
        return t.left_twice[k] + r * t.left[k] + 0.5 * t.below[k] * r * (r + w)
    return d * d * t.left_twice[k] + 0.5 * d * t.left[k] * (d + 2.0 * r + w) + 0.5 * t.below[k] * r * (r + w)


cdef inline double answer_at(int slot, const Table* t, double x) noexcept nogil:
    cdef double u
    if x != x:
        return NAN
    if slot == SECOND_LOSS and t.unit > 0.0 and x != floor(x):
        return NAN
    u = place(t, x)
    if slot == DENSITY:
        return density_at(t, u)
    if slot == CDF:
        return cdf_at(t, u)
    if slot == SF:
        return sf_at(t, u)
    if slot == LOSS:
        return loss_at(t, u)
    if slot == COMPLEMENTARY_LOSS:
        return left_at(t, u)
    return second_at(t, u)


cdef inline Py_ssize_t _node(const Table* t, double below, double above, double slack) noexcept nogil:
    # least node with P(K <= k) >= below or P(K > k) <= above, by the smaller of the two
    cdef Py_ssize_t low = -1, high = t.last, middle
    cdef bint by_above = above < below
    cdef bint meets
    while high - low > 1:
        middle = (low + high) // 2
        if by_above:
            meets = t.above[middle] <= above * (1.0 + _rounding()) + slack
        else:
            meets = t.below[middle] >= below * (1.0 - _rounding())
        if meets:
            high = middle
        else:
            low = middle
    return high


cdef inline double quantile_of(const Table* t, double below, double above, double slack) noexcept nogil:
    cdef Py_ssize_t k = _node(t, below, above, slack if above > 0.0 else 0.0)
    cdef double low, high, middle
    cdef bint meets
    if not t.smooth or k == 0:
        return node_of(t, k)
    low, high = k - 1, k
    while True:
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            return t.start + t.step * high
        meets = sf_at(t, middle) <= above if above < below else cdf_at(t, middle) >= below
        if meets:
            high = middle
        else:
            low = middle
