# The smallest integer k with P(X <= k) >= p, or with P(X > k) <= q where that tail is the smaller one.
# A family's .pyx defines `density`, `evaluate` and `first_guess` (scalar) and includes this before rows.pxi.
from libc.math cimport INFINITY as _INFINITY
from libc.math cimport NAN as _MISSING
from libc.math cimport floor as _floor
from libc.math cimport log as _log

cdef double _SLACK = 4e-15  # a probability that was itself computed as cdf(k) comes back to k


cdef inline double _short(double k, double p, double q, double a, double b, double c, Measures* value) noexcept nogil:
    # > 0 where k is too small: the logarithm of the smaller tail against what is asked
    if k < 0.0:
        return _INFINITY
    evaluate(k, a, b, c, value)
    if p <= q:
        return _log(p / value.cdf) - _SLACK
    return _log(value.sf / q) - _SLACK if value.sf > 0.0 else -_INFINITY


cdef double quantile(double p, double q, double a, double b, double c) noexcept nogil:
    cdef double k, low = -1.0, high = _INFINITY, error, step, new, slope
    cdef Measures value
    cdef int i
    k = first_guess(p, q, a, b, c)
    if not (k >= 0.0) or not (p > 0.0 and q > 0.0):
        return _MISSING
    for i in range(200):
        error = _short(k, p, q, a, b, c, &value)
        if error > 0.0:
            low = k
        else:
            high = k
        if high - low <= 1.0:
            break
        slope = density(k, a, b, c)
        step = error * (value.cdf if p <= q else value.sf) / slope if slope > 0.0 else 0.0
        new = k + (_floor(step) + 1.0 if step > 0.0 else _floor(step))
        if not (new > low and new < high):
            if high == _INFINITY:
                new = 2.0 * k + 1.0
            elif error > 0.0:
                new = low + 1.0 if i < 4 else _floor(0.5 * (low + high))
            else:
                new = high - 1.0 if i < 4 else _floor(0.5 * (low + high))
        k = new
    return high
