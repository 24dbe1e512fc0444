# The smallest integer k with P(X <= k) >= p, or with P(X > k) <= q where that tail is the smaller one.
# A family's .pyx defines `density`, `cdf`, `sf` and `first_guess` (scalar) and includes this before rows.pxi.
from libc.math cimport INFINITY as _INFINITY
from libc.math cimport NAN as _MISSING
from libc.math cimport floor as _floor
from libc.math cimport log as _log

cdef double _SLACK = 4e-15  # a probability that was itself computed as cdf(k) comes back to k


cdef double quantile(double p, double q, double a, double b, double c) noexcept nogil:
    # Newton on the logarithm of the smaller tail, then single steps; error > 0 where k is too small
    cdef double k, low = -1.0, high = _INFINITY, error, step, new, slope, tail
    cdef int i
    k = first_guess(p, q, a, b, c)
    if not (k >= 0.0) or not (p > 0.0 and q > 0.0):
        return _MISSING
    for i in range(200):
        tail = cdf(k, a, b, c) if p <= q else sf(k, a, b, c)
        error = _log(p / tail) if p <= q else (_log(tail / q) if tail > 0.0 else -_INFINITY)
        error -= _SLACK
        if error > 0.0:
            low = k
        else:
            high = k
        if high - low <= 1.0:
            break
        slope = density(k, a, b, c)
        step = error * tail / slope if slope > 0.0 else 0.0
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
