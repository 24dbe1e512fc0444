"""Weibull demand, natural parameters (shape, scale)."""
from libc.math cimport INFINITY, NAN, exp, expm1, fabs, lgamma, log, log1p, sqrt, tgamma

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport (
    LANES,
    NEED_DENSITY,
    NEED_LOSS,
    NEED_PROBABILITY,
    NEED_SECOND,
    ONLY_CDF,
    ONLY_SF,
    Lanes,
    Measures,
)
from stocklevel._kernels.vmath cimport vexp, vexpm1, vlog


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


cdef extern from *:
    """
    static const double sl_weibull_start[19] = {  /* from the highest power down */
        -3.0510546121763103e-06, 1.106457765174227e-05, 4.4199343324858006e-05, -1.8611718019140694e-05,
        -0.00017410179053821878, -0.0001519424728393515, 0.00014071504695025653, 0.0005154182747623712,
        0.0007829681272779492, 0.0004916804320145696, -0.0012407833155277607, -0.004875035475861172,
        -0.00832375541052664, -0.0031070373343072117, 0.029113052051071616, 0.10844118146079608,
        0.21966666031231608, 2.0191493481570957, -1.340160622374564,
    };
    """
    const double _START "sl_weibull_start"[19]


cdef double _from_near(double target) noexcept nogil:
    # log a at log log(1 + cv^2) = target in [-6, 1], cv from 0.05 to 3.7: a polynomial through Chebyshev's points,
    # right to 1e-10, and a step of Newton's along its slope
    cdef double x = (target + 2.5) / 3.5, a = _START[0], slope = 0.0
    cdef int i
    for i in range(1, 19):
        slope = slope * x + a
        a = a * x + _START[i]
    return a - (log(log_excess(exp(a))) - target) * slope / 3.5


cdef double inverse_shape(double cv) noexcept nogil:
    # secant on log_excess over a, logarithms of both: nearly straight; 1.3 cv is near for small cv, above for large
    cdef double target, a, older, error, older_error, slope
    cdef int _
    if not (cv > 0.0 and cv < INFINITY):
        return NAN
    target = log(log1p(cv * cv))
    if -6.0 <= target <= 1.0:
        return exp(_from_near(target))
    older = log(0.78 * cv if cv < 1.0 else 0.78 + 0.75 * log(cv))
    older_error = log(log_excess(exp(older))) - target
    a = older - 0.6 * older_error
    for _ in range(60):
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


cdef struct Prepared:
    double shape[16]
    double scale[16]


cdef inline void prepare(const double* k, const double* scale, const double* unused, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.shape[j] = k[j] if k[j] > 0.0 else NAN
        rows.scale[j] = scale[j] if scale[j] > 0.0 else NAN


cdef inline void standardise(const Prepared* rows, const double* x, double* logs, double* u) noexcept nogil:
    # log(x/scale), and u = (x/scale)^shape: 0 below the support, NaN stays
    cdef double y, v
    cdef int j
    for j in range(LANES):
        y = x[j]
        logs[j] = vlog(y / rows.scale[j])
        v = vexp(rows.shape[j] * logs[j])
        v = 0.0 if y <= 0.0 else v
        v = INFINITY if y == INFINITY else v
        u[j] = v if y == y else NAN


cdef void lower_series(double a, double u, bint seconds, double* first, double* second) noexcept nogil:
    # E[(x - X)+] = a x e^-u sum g_n u^n, E[((x - X)+)^2]/2 = a^2 x^2 e^-u sum p_n u^n with
    # (n + a) g_n = g_(n-1) + 1/n!,  (n + 2a) p_n = p_(n-1) + g_n: all terms positive.  Here g and p hold u^n too.
    cdef double g = 0.0, p = 0.0, power = 1.0, g_total = 0.0, p_total = 0.0
    cdef int n
    for n in range(1, 2000):
        power *= u / n
        g = (g * u + power) / (n + a)
        g_total += g
        if seconds:
            p = (p * u + g) / (n + 2.0 * a)
            p_total += p
        if n > u and g <= 1e-17 * g_total and p <= 1e-17 * p_total:
            break
    first[0] = g_total
    second[0] = p_total


cdef double upper(double a, double u, double whole) noexcept nogil:
    # Gamma(a, u) / (u^a e^-u), whole that of u = 0: by Legendre's continued fraction, from its tail, or below
    # a + 1 as the rest of the series for the other side
    cdef int n, count
    cdef double b, f, last = 1.0, next, term, total
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
    for n in range(count, 0, -1):  # f/last is the fraction so far
        next = (u + 2.0 * n - 1.0 - a) * f - n * (n - a) * last
        last, f = f, next
        if n % 16 == 0:  # no overflow
            last, f = last / f, 1.0
    return last / f


cdef void losses(double x, double u, double a, double mean, double variance, bint seconds,
                 Measures* value) noexcept nogil:
    # x > 0; both sides as such where heavy tails (large a) leave no complement accurate
    cdef double tail = exp(-u), gap = mean - x, both = 0.5 * (variance + gap * gap)
    cdef double weight = a * x * tail, first = 0.0, second = 0.0
    cdef bint low = u < 1.0 + 2.0 * a
    if low:
        lower_series(a, u, seconds, &first, &second)
        value.complementary_loss = weight * first
        value.complementary_second_loss = a * x * weight * second
        if x < 2.0 * mean:
            value.loss = gap + value.complementary_loss
            value.second_loss = both - value.complementary_second_loss
            return
    first = second = 0.0
    if weight > 0.0 and u < INFINITY:
        first = weight * upper(a, u, mean / weight)
        if seconds:
            second = weight * x * upper(2.0 * a, u, 0.5 * (variance + mean * mean) / (weight * x)) - x * first
    value.loss = first
    value.second_loss = second
    if not low:
        value.complementary_loss = first - gap
        value.complementary_second_loss = both - second


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    # densities and probabilities in vector lanes, losses row by row
    cdef double logs[16]
    cdef double us[16]
    cdef double k, a, mean, variance, gap, flat
    cdef Measures one
    cdef int j
    standardise(rows, x, logs, us)
    if need & NEED_DENSITY:
        for j in range(LANES):
            k = rows.shape[j]
            flat = vexp((k - 1.0) * logs[j] - us[j]) * k / rows.scale[j]
            value.density[j] = 0.0 * k if x[j] <= 0.0 else flat
    if need & NEED_PROBABILITY:
        for j in range(LANES):
            if not need & ONLY_CDF:
                value.sf[j] = vexp(-us[j])
            if not need & ONLY_SF:
                value.cdf[j] = 0.0 - vexpm1(-us[j])
    if need & (NEED_LOSS | NEED_SECOND):
        for j in range(LANES):
            a = 1.0 / rows.shape[j]
            mean = rows.scale[j] * tgamma(1.0 + a)
            variance = mean * mean * expm1(log_excess(a)) if need & NEED_SECOND else 0.0
            gap = mean - x[j]
            if us[j] > 0.0:
                losses(x[j], us[j], a, mean, variance, need & NEED_SECOND != 0, &one)
            else:  # nothing below x; or NaN
                one.loss = gap
                one.second_loss = 0.5 * (variance + gap * gap)
                one.complementary_loss = one.complementary_second_loss = 0.0 * us[j]
            value.loss[j] = one.loss
            value.complementary_loss[j] = one.complementary_loss
            value.second_loss[j] = one.second_loss
            value.complementary_second_loss[j] = one.complementary_second_loss


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    # at 0 itself the limit from above
    cdef double k
    cdef Lanes value
    cdef int j
    evaluate_lanes(rows, x, NEED_DENSITY, &value)
    for j in range(LANES):
        out[j] = value.density[j]
    for j in range(LANES):
        if x[j] == 0.0:
            k = rows.shape[j]
            out[j] = INFINITY if k < 1.0 else (1.0 / rows.scale[j] if k == 1.0 else 0.0 * k)


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    # u = -log q, with what q lost when it was rounded from 1 - p
    cdef double u
    cdef int j
    for j in range(LANES):
        u = ((q[j] - 1.0) + p[j]) / q[j] - vlog(q[j])
        out[j] = rows.scale[j] * vexp(vlog(u) / rows.shape[j])


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef double p[16]
    cdef double q[16]
    cdef int j
    for j in range(LANES):
        p[j] = gauss.sf(-z[j])
        q[j] = gauss.sf(z[j])
    quantile_lanes(rows, p, q, x)


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


cdef enum:
    WHOLE = 0
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0

include "no_growth.pxi"
include "rows.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
