# Elementary pieces of the gamma function and of saddle-point densities that keep relative accuracy.
from libc.math cimport exp, expm1, fabs, log, log1p, sqrt


cdef inline double log1p_minus(double w) noexcept nogil:
    # log(1 + w) - w: by 2 atanh(r), r = w/(2 + w), where the plain difference cancels
    cdef double r, y, p
    if fabs(w) > 0.6:
        return log1p(w) - w
    r = w / (2.0 + w)
    y = r * r
    p = 0.0
    if fabs(w) > 0.12:  # up to 2/39 y^18, else up to 2/17 y^7
        p = 2.0 / 39.0
        p = p * y + 2.0 / 37.0
        p = p * y + 2.0 / 35.0
        p = p * y + 2.0 / 33.0
        p = p * y + 2.0 / 31.0
        p = p * y + 2.0 / 29.0
        p = p * y + 2.0 / 27.0
        p = p * y + 2.0 / 25.0
        p = p * y + 2.0 / 23.0
        p = p * y + 2.0 / 21.0
        p = p * y + 2.0 / 19.0
    p = p * y + 2.0 / 17.0
    p = p * y + 2.0 / 15.0
    p = p * y + 2.0 / 13.0
    p = p * y + 2.0 / 11.0
    p = p * y + 2.0 / 9.0
    p = p * y + 2.0 / 7.0
    p = p * y + 2.0 / 5.0
    p = p * y + 2.0 / 3.0
    return r * (p * y - w)


cdef inline double exp_minus(double v) noexcept nogil:
    # exp(-v) - 1 + v
    cdef double p = 1.0
    cdef int j
    if fabs(v) > 0.7:
        return expm1(-v) + v
    for j in range(17 if fabs(v) > 0.1 else 10, 2, -1):
        p = 1.0 - p * v * (1.0 / j)
    return 0.5 * v * v * p


cdef inline double stirling_series(double a) noexcept nogil:
    cdef double y = 1.0 / (a * a)
    cdef double p = -3617.0 / 122400.0
    p = p * y + 1.0 / 156.0
    p = p * y - 691.0 / 360360.0
    p = p * y + 1.0 / 1188.0
    p = p * y - 1.0 / 1680.0
    p = p * y + 1.0 / 1260.0
    p = p * y - 1.0 / 360.0
    p = p * y + 1.0 / 12.0
    return p / a


cdef inline double stirling_error(double a) noexcept nogil:
    # log Gamma(a) - [(a - 1/2) log a - a + log(2 pi)/2]; below 10 through Gamma(a + 10)
    cdef double b, product
    cdef int j
    if a >= 10.0:
        return stirling_series(a)
    b = a + 10.0
    product = a
    for j in range(1, 10):
        product *= a + j
    return stirling_series(b) + (b - 0.5) * log(b) - 10.0 - (a - 0.5) * log(a) - log(product)
