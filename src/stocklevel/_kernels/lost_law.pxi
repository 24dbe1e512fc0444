# What the chains of lost sales share: what they report, and the law of whole demand over a time, up to the highest
# position of a row, with sums of it.
cdef enum:
    UNMET = 0        # what is filled in, in this order
    ON_HAND = 1
    LATE = 2         # periods with a lost sale
    EMPTY = 3        # period ends without stock
    FREQUENCY = 4
    STOCKOUTS = 5    # cycles with a lost sale
    PER_ORDER = 6    # order cycles with a lost sale
    UNDERSHOOT = 7
    SAFETY = 8       # stock just before a receipt
    MOVED = 9        # what the last pass moved of the law: 0 where it has settled
    OUT = 10
    UNDAMPED = 64    # passes; then half of the law stays, so that cycles of certain length die out
    PASSES = 50000


cdef struct Law:  # of the demand of a time
    double* mass   # P(X = j), j = 0..n-1
    double* above  # P(X > j)
    Py_ssize_t last  # no mass beyond


cdef void _cut(Law* law, Py_ssize_t n) noexcept nogil:
    law.last = n - 1
    while law.last > 0 and law.mass[law.last] < 1e-100:
        law.last -= 1


cdef void _nothing(Law* law, Py_ssize_t n) noexcept nogil:
    memset(law.mass, 0, n * sizeof(double))
    memset(law.above, 0, n * sizeof(double))
    law.mass[0], law.last = 1.0, 0


cdef void _add(Law* a, Law* b, Law* out, Py_ssize_t n) noexcept nogil:
    # out = a + b: P(A + B > j) = P(A > j) + sum_{i <= j} P(A = i) P(B > j - i)
    cdef Py_ssize_t i, j
    cdef double p
    memset(out.mass, 0, n * sizeof(double))
    memcpy(out.above, a.above, n * sizeof(double))
    for i in range(a.last + 1):
        p = a.mass[i]
        for j in range(n - i):
            out.mass[i + j] += p * b.mass[j]
            out.above[i + j] += p * b.above[j]
    _cut(out, n)


cdef void _copy(Law* law, Law* out, Py_ssize_t n) noexcept nogil:
    memcpy(out.mass, law.mass, n * sizeof(double))
    memcpy(out.above, law.above, n * sizeof(double))
    out.last = law.last


cdef void _sum(Law* one, Py_ssize_t periods, Law* out, Law* power, Law* spare, Py_ssize_t n) noexcept nogil:
    # demand of several periods, by doubling
    _nothing(out, n)
    _copy(one, power, n)
    while periods > 0:
        if periods & 1:
            _add(out, power, spare, n)
            _copy(spare, out, n)
        periods >>= 1
        if periods > 0:
            _add(power, power, spare, n)
            _copy(spare, power, n)
