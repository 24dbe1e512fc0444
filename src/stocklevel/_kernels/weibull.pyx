"""Weibull demand, natural parameters (shape, scale)."""
from libc.math cimport INFINITY, NAN, exp, expm1, fabs, lgamma, log, log1p, sqrt, tgamma

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures
from stocklevel._kernels.vmath cimport vexp, vlog


cdef double log_excess(double a) noexcept nogil:
    # log of (1 + cv^2), a = 1/shape: log Gamma(1 + 2a) - 2 log Gamma(1 + a), which cancels for small a;
    # there by log Gamma(1 + a) = -log(1 + a) + (1 - gamma) a + sum (-1)^n (zeta(n) - 1) a^n / n
    cdef double total
    if a > 0.2:
        return lgamma(1.0 + 2.0 * a) - 2.0 * lgamma(1.0 + a)
    total = 0.038462553329314739917
    total = total * a - 0.040001582897486156394
    total = total * a + 0.041669139327726552458
    total = total * a - 0.043482129837920185191
    total = total * a + 0.045460610022360724338
    total = total * a - 0.047628572059145158292
    total = total * a + 0.050014989285306665578
    total = total * a - 0.052655221700589390715
    total = total * a + 0.055592938392977112203
    total = total * a - 0.058882793788207167129
    total = total * a + 0.062594224255411985133
    total = total * a - 0.066816943389055566114
    total = total * a + 0.071669067752264465208
    total = total * a - 0.077309408974448162454
    total = total * a + 0.083956529103595811219
    total = total * a - 0.091919080366220407919
    total = total * a + 0.10164557806300832146
    total = total * a - 0.11380892681132548368
    total = total * a + 0.12945605928473277527
    total = total * a - 0.15028699287461088312
    total = total * a + 0.17921164050597444372
    total = total * a - 0.22156653086021955799
    total = total * a + 0.28813131798898367031
    total = total * a - 0.4041138063191885708
    total = total * a + 0.64493406684822643647
    return log1p(a * a / (1.0 + 2.0 * a)) + total * a * a


cdef double inverse_shape(double cv) noexcept nogil:
    # secant on log_excess over a, logarithms of both: nearly straight; 1.3 cv is near for small cv, above for large
    cdef double target, a, older, error, older_error, slope
    cdef int i
    if not (cv > 0.0 and cv < INFINITY):
        return NAN
    target = log(log1p(cv * cv))
    older = log(0.78 * cv if cv < 1.0 else 0.78 + 0.75 * log(cv))
    older_error = log(log_excess(exp(older))) - target
    a = older - 0.6 * older_error
    for i in range(60):
        error = log(log_excess(exp(a))) - target
        if fabs(error) <= 1e-16 or a == older or error == older_error:
            break
        slope = (error - older_error) / (a - older)
        older = a
        older_error = error
        a -= error / slope
        if fabs(a - older) <= 1e-16 * (1.0 + fabs(a)):
            break
    return exp(a)


cdef double density(double x, double k, double scale, double unused) noexcept nogil:
    cdef double v
    if not (k > 0.0 and scale > 0.0) or x != x:
        return NAN
    if x < 0.0 or x == INFINITY:
        return 0.0
    if x == 0.0:
        return INFINITY if k < 1.0 else (1.0 / scale if k == 1.0 else 0.0)
    v = log(x / scale)
    return exp((k - 1.0) * v - exp(k * v)) * k / scale


cdef void lower_series(double a, double u, double* first, double* second) noexcept nogil:
    # E[(x - X)+] = a x e^-u sum g_n u^n, E[((x - X)+)^2]/2 = a^2 x^2 e^-u sum p_n u^n with
    # (n + a) g_n = g_(n-1) + 1/n!,  (n + 2a) p_n = p_(n-1) + g_n: all terms positive.  Here g and p hold u^n too.
    cdef double g = 0.0, p = 0.0, power = 1.0, g_total = 0.0, p_total = 0.0
    cdef int n
    for n in range(1, 2000):
        power *= u / n
        g = (g * u + power) / (n + a)
        p = (p * u + g) / (n + 2.0 * a)
        g_total += g
        p_total += p
        if n > u and g <= 1e-17 * g_total and p <= 1e-17 * p_total:
            break
    first[0] = g_total
    second[0] = p_total


cdef double upper(double a, double u, double whole) noexcept nogil:
    # Gamma(a, u) / (u^a e^-u), whole that of u = 0: by Legendre's continued fraction, from its tail, or below
    # a + 1 as the rest of the series for the other side
    cdef int n, count
    cdef double b, f, term, total
    if u < 1.0 + a:
        term = total = 1.0 / a
        for n in range(1, 1000):
            term *= u / (a + n)
            total += term
            if term <= 1e-17 * total:
                break
        return whole - total
    count = <int>(8.0 + a + 90.0 / u)
    b = u + 2.0 * count + 1.0 - a
    f = 0.5 * (b + sqrt(b * b - 4.0 * count * (count - a)))
    for n in range(count, 0, -1):
        f = (u + 2.0 * n - 1.0 - a) - n * (n - a) / f
    return 1.0 / f


cdef void evaluate(double x, double k, double scale, double unused, Measures* value) noexcept nogil:
    cdef double a, mean, variance, gap, both, u, tail, weight, first, second
    if not (k > 0.0 and scale > 0.0) or x != x:
        value.cdf = value.sf = NAN
        value.loss = value.complementary_loss = value.second_loss = value.complementary_second_loss = NAN
        return
    a = 1.0 / k
    mean = scale * tgamma(1.0 + a)
    variance = mean * mean * expm1(log_excess(a))
    gap = mean - x
    both = 0.5 * (variance + gap * gap)
    if x <= 0.0:
        value.cdf = value.complementary_loss = value.complementary_second_loss = 0.0
        value.sf = 1.0
        value.loss = gap
        value.second_loss = both
        return
    u = exp(k * log(x / scale))
    tail = exp(-u)
    value.sf = tail
    value.cdf = -expm1(-u)
    if u < 1.0 + 2.0 * a and x < 2.0 * mean:
        lower_series(a, u, &first, &second)
        value.complementary_loss = a * x * tail * first
        value.complementary_second_loss = a * a * x * x * tail * second
        value.loss = gap + value.complementary_loss
        value.second_loss = both - value.complementary_second_loss
    elif tail > 0.0:
        weight = a * x * tail
        first = upper(a, u, mean / weight)
        second = upper(2.0 * a, u, 0.5 * (variance + mean * mean) / (weight * x)) - first
        value.loss = weight * first
        value.second_loss = weight * x * second
        value.complementary_loss = value.loss - gap
        value.complementary_second_loss = both - value.second_loss
    else:
        value.loss = value.second_loss = 0.0
        value.complementary_loss = -gap
        value.complementary_second_loss = both


cdef inline double quantile(double p, double q, double k, double scale, double unused) noexcept nogil:
    # u = -log q, with what q lost when it was rounded from 1 - p
    cdef double u = ((q - 1.0) + p) / q - vlog(q)
    return scale * vexp(vlog(u) / k)


cdef inline double score(double z, double k, double scale, double unused) noexcept nogil:
    return quantile(gauss.sf(-z), gauss.sf(z), k, scale, unused)


cdef inline double support_low(double k, double scale, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double k, double scale, double unused) noexcept nogil:
    return INFINITY


def shapes(const double[::1] cv, double[::1] out):
    """Fill out with the shape at which the coefficient of variation is cv; NaN unless 0 < cv < inf."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(cv.shape[0]):
            out[i] = 1.0 / inverse_shape(cv[i])


def variations(const double[::1] shape, double[::1] out):
    """Fill out with the coefficient of variation of every shape."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(shape.shape[0]):
            out[i] = sqrt(expm1(log_excess(1.0 / shape[i])))


include "scalar_lanes.pxi"
cdef enum:
    WHOLE = 0
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0

include "rows.pxi"
