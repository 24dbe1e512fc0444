"""Weibull demand, natural parameters (shape, scale)."""
from libc.math cimport INFINITY, NAN, exp, expm1, sqrt, tgamma

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
from stocklevel._kernels.vmath cimport mul_add, raised, split_log2, vexp2, vexp2_small, vexpm1, vlog2, vlog_less

include "weibull_shape.pxi"

cdef double LOG2_E = 1.4426950408889634074


cdef struct Prepared:
    double shape[16]
    double scale[16]
    double inverse[16]  # 1/shape


cdef inline void prepare(const double* k, const double* scale, const double* unused, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.shape[j] = k[j] if k[j] > 0.0 else NAN
        rows.inverse[j] = 1.0 / rows.shape[j]
        rows.scale[j] = scale[j] if scale[j] > 0.0 else NAN


cdef inline void standardise(const Prepared* rows, const double* x, double* logs, double* u) noexcept nogil:
    # log2(x/scale), and u = (x/scale)^shape: 0 below the support, NaN stays.  Stages of their own, so that a
    # processor has several rows at hand while one waits
    cdef double whole[16]
    cdef double part[16]
    cdef double y, v
    cdef int j
    for j in range(LANES):
        part[j] = split_log2(x[j] / rows.scale[j], &whole[j])
        logs[j] = whole[j] + part[j]
    for j in range(LANES):
        y = x[j]
        v = raised(whole[j], part[j], rows.shape[j])
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
            flat = vexp2(mul_add(-LOG2_E, us[j], (k - 1.0) * logs[j])) * (k / rows.scale[j])
            value.density[j] = 0.0 * k if x[j] <= 0.0 else flat
    if need & NEED_PROBABILITY:
        for j in range(LANES):
            if not need & ONLY_CDF:
                value.sf[j] = vexp2_small(-LOG2_E * us[j])
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
    # u = -log q, less what q gained when it was rounded from 1 - p
    cdef double u[16]
    cdef int j
    for j in range(LANES):
        u[j] = -vlog_less(q[j], (q[j] - 1.0) + p[j])
    for j in range(LANES):
        u[j] = vlog2(u[j]) * rows.inverse[j]
    for j in range(LANES):
        out[j] = rows.scale[j] * vexp2(u[j])


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
    DENSITY_PANELS = 1

include "no_growth.pxi"
include "no_swift.pxi"
include "no_bends.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
