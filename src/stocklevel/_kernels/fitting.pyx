"""The size of negative binomial demand from histories, and how likely they are."""
from libc.math cimport INFINITY, NAN, exp, fabs, isinf, isnan, lgamma, log

include "variant.pxi"

cdef enum:
    DIRECT = 16  # counts up to here are summed term by term
    STEPS = 80


cdef struct Slope:
    double value
    double slope


cdef inline Slope _digamma(double x) noexcept nogil:
    # psi and psi' by recurrence up to 10, then Bernoulli terms: relative error below 1e-14 there
    cdef Slope out
    cdef double up = 0.0, up2 = 0.0, v, z
    while x < 10.0:
        v = 1.0 / x
        up += v
        up2 += v * v
        x += 1.0
    v = 1.0 / x
    z = v * v
    out.value = log(x) - up - 0.5 * v - z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (
        1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12)))))))
    out.slope = up2 + v * (1.0 + 0.5 * v + z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (
        1.0 / 30 - z * (5.0 / 66 - z * (691.0 / 2730 - z * (7.0 / 6))))))))
    return out


cdef inline Slope _score(const double* y, const double* w, const double* s, double mean, double r,
                         Py_ssize_t n) noexcept nogil:
    # d/dr of sum w log P(Y = y) for means m = mean s, and its slope:
    # psi(y+r) - psi(r) + log(r/(r+m)) + 1 - (r+y)/(r+m)
    cdef Slope out, far
    cdef Slope near = _digamma(r)
    cdef double total = 0.0, slope = 0.0, m, at, part, part2, v
    cdef double ratio = log(r / (r + mean))
    cdef Py_ssize_t i, j
    for i in range(n):
        if not w[i] > 0.0:
            continue
        m = mean if s == NULL else mean * s[i]
        at = 1.0 / (r + m)
        part = (ratio if s == NULL else log(r * at)) + 1.0 - (r + y[i]) * at
        part2 = 1.0 / r - 2.0 * at + (r + y[i]) * at * at
        if y[i] > DIRECT:
            far = _digamma(y[i] + r)
            part += far.value - near.value
            part2 += far.slope - near.slope
        else:
            for j in range(<Py_ssize_t> y[i]):
                v = 1.0 / (r + j)
                part += v
                part2 -= v * v
        total += w[i] * part
        slope += w[i] * part2
    out.value = total
    out.slope = slope
    return out


cdef inline double _solve(const double* y, const double* w, const double* s, double mean, double start,
                          Py_ssize_t n) noexcept nogil:
    # Newton in log r, inside the bracket found so far; infinite (Poisson) where the excess is not positive
    cdef double excess = 0.0, m, t, r, step, low = -INFINITY, high = INFINITY, largest
    cdef Slope f
    cdef Py_ssize_t i, _step
    if not mean > 0.0:
        return NAN if isnan(mean) else INFINITY
    for i in range(n):
        if w[i] > 0.0:
            m = mean if s == NULL else mean * s[i]
            excess += w[i] * ((y[i] - m) * (y[i] - m) - y[i])
    if not excess > 0.0:
        return INFINITY
    largest = log(1e8 * (1.0 + mean))
    t = log(start) if 0.0 < start < INFINITY else log(mean)
    for _step in range(STEPS):
        r = exp(t)
        f = _score(y, w, s, mean, r, n)
        if f.value > 0.0:
            low = t
        else:
            high = t
        step = -f.value / (f.slope * r) if f.slope < 0.0 else (2.0 if f.value > 0.0 else -1.0)
        step = 3.0 if step > 3.0 else (-3.0 if step < -3.0 else step)
        if not low < t + step < high:
            step = 0.5 * (low + high) - t
            if isinf(step):
                step = 1.0 if f.value > 0.0 else -1.0
        t += step
        if fabs(step) < 1e-10:
            break
        if t > largest:
            return INFINITY
    return exp(t)


def negative_binomial_size(const double[:, ::1] y, const double[:, ::1] w, exposure, const double[::1] mean,
                           const double[::1] start, double[::1] out):
    """Sizes of greatest weighted likelihood, one a row, for given means (times the exposure of each cell)."""
    cdef const double[:, ::1] s
    cdef const double* e = NULL
    cdef bint scaled = exposure is not None
    cdef Py_ssize_t i, n = y.shape[1]
    if scaled:
        s = exposure
    if n == 0:
        out[:] = NAN
        return
    with nogil:
        for i in range(y.shape[0]):
            if scaled:
                e = &s[i, 0]
            out[i] = _solve(&y[i, 0], &w[i, 0], e, mean[i], start[i], n)


cdef inline double _rising(double r, double y) noexcept nogil:
    # log of r (r+1) ... (r+y-1)
    cdef double product = 1.0
    cdef Py_ssize_t j
    if y > DIRECT or r > 1e15:
        return lgamma(r + y) - lgamma(r)
    for j in range(<Py_ssize_t> y):
        product *= r + j
    return log(product)


cdef inline double _likely(const double* y, const double* w, const double* s, double mean, double r,
                           Py_ssize_t n) noexcept nogil:
    # sum of w log P(Y = y): Poisson where r is infinite
    cdef double total = 0.0, m, part
    cdef Py_ssize_t i
    for i in range(n):
        if not w[i] > 0.0:
            continue
        m = mean if s == NULL else mean * s[i]
        if m == 0.0:
            part = 0.0 if y[i] == 0.0 else -INFINITY
        elif isinf(r):
            part = y[i] * log(m) - m - lgamma(y[i] + 1.0)
        else:
            part = r * log(r / (r + m))
            if y[i] > 0.0:
                part += _rising(r, y[i]) + y[i] * log(m / (r + m)) - lgamma(y[i] + 1.0)
        total += w[i] * part
    return total


def negative_binomial_likelihood(const double[:, ::1] y, const double[:, ::1] w, exposure,
                                 const double[::1] mean, const double[::1] size, double[::1] out):
    """Weighted log-likelihoods of whole histories, one a row; an infinite size is Poisson."""
    cdef const double[:, ::1] s
    cdef const double* e = NULL
    cdef bint scaled = exposure is not None
    cdef Py_ssize_t i, n = y.shape[1]
    if scaled:
        s = exposure
    if n == 0:
        out[:] = 0.0
        return
    with nogil:
        for i in range(y.shape[0]):
            if scaled:
                e = &s[i, 0]
            out[i] = _likely(&y[i, 0], &w[i, 0], e, mean[i], size[i], n)
