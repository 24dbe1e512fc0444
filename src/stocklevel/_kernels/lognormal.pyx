"""LogNormal demand, natural parameters (mu, sigma) of the logarithm."""
from libc.math cimport INFINITY, NAN, fabs

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, NEED_LOSS, NEED_PROBABILITY, NEED_SECOND, Lanes
from stocklevel._kernels.mills cimport near_mills2_over, wide_mills2_over
from stocklevel._kernels.vmath cimport mul_add, vexp, vexpm1, vlog

cdef enum:
    FAR = 1000  # beyond it every tail is 0, whatever its factor


cdef struct Prepared:
    double mu[16]
    double sigma[16]
    double inverse[16]  # 1/sigma
    double mean[16]
    double variance[16]


cdef inline void prepare(const double* mu, const double* sigma, const double* unused, Prepared* rows) noexcept nogil:
    cdef double square
    cdef int j
    for j in range(LANES):
        square = sigma[j] * sigma[j]
        rows.mu[j] = mu[j]
        rows.sigma[j] = sigma[j] if sigma[j] > 0.0 else NAN
        rows.inverse[j] = 1.0 / rows.sigma[j]
        rows.mean[j] = vexp(mul_add(0.5, square, mu[j]))
        rows.variance[j] = rows.mean[j] * rows.mean[j] * vexpm1(square)


cdef inline void standardise(const Prepared* rows, const double* x, double* log, double* z) noexcept nogil:
    # log x and its z.  At the ends z is so far out that every smaller side is 0.  A loop of its own: the
    # constants of these selections would be followed into the tests on z, and their loop stay out of lanes
    cdef double y, v
    cdef int j
    for j in range(LANES):
        y = x[j]
        log[j] = vlog(y)
        v = (log[j] - rows.mu[j]) * rows.inverse[j]
        v = -<double>FAR if y <= 0.0 else v
        v = FAR if y == INFINITY else v
        z[j] = v if y == y else NAN


# E[(X - x)+] = x phi(z) [M(z - sigma) - M(z)], E[((X - x)+)^2] = x^2 phi(z) [M(z - 2 sigma) - 2 M(z - sigma) + M(z)],
# z = (log x - mu)/sigma, M the normal tail over the density.  Mirrored, z -> sigma - z and z -> 2 sigma - z, they are
# those of (x - X)+, so that the smaller side is found as such: from a, the distance of z from the middle.
# M(y) = (y + 2 M2(y))/(1 + y^2) with M2 = P/Q of mills.pxd: the differences of the first part are taken in closed
# form, and M2 is small.  Where the least argument is below -1, M(y) = 1/phi(y) - M(-y).


cdef inline double first_taylor(double sigma, double b, double m1, double m2) noexcept nogil:
    # M(b - sigma) - M(b) = M1 sigma + M2 sigma^2 + ..., n M_n = M_(n-2) - b M_(n-1): for sigma < 0.03, b sigma < 1
    cdef double m3 = mul_add(-b, m2, m1) * (1.0 / 3.0)
    cdef double m4 = mul_add(-b, m3, m2) * 0.25
    cdef double m5 = mul_add(-b, m4, m3) * 0.2
    cdef double m6 = mul_add(-b, m5, m4) * (1.0 / 6.0)
    cdef double m7 = mul_add(-b, m6, m5) * (1.0 / 7.0)
    cdef double m8 = mul_add(-b, m7, m6) * 0.125
    cdef double m9 = mul_add(-b, m8, m7) * (1.0 / 9.0)
    cdef double total = mul_add(m9, sigma, m8)
    total = mul_add(total, sigma, m7)
    total = mul_add(total, sigma, m6)
    total = mul_add(total, sigma, m5)
    total = mul_add(total, sigma, m4)
    total = mul_add(total, sigma, m3)
    total = mul_add(total, sigma, m2)
    return sigma * mul_add(total, sigma, m1)


cdef inline double usual_loss(double weight, double z, double sigma) noexcept nogil:
    # the smaller loss where `is_unusual` is 0; weight: x phi(z)
    cdef double a = fabs(z - 0.5 * sigma)
    cdef double near, far, p, q, p_under, q_under, p_square, q_square, difference
    a = FAR if a > FAR else a
    near = a - 0.5 * sigma
    far = a + 0.5 * sigma
    p_square = mul_add(near, near, 1.0)
    q_square = mul_add(far, far, 1.0)
    p = near_mills2_over(near + 1.0, &p_under)
    q = near_mills2_over(far + 1.0, &q_under)
    difference = sigma * mul_add(near, far, -1.0) * (p_under * q_under)
    p_square = p_square * p_under
    q_square = q_square * q_under
    difference = difference + 2.0 * mul_add(p, q_square, -(q * p_square))
    return weight * (difference / (p_square * q_square))


cdef inline double smaller_loss(double weight, double z, double sigma, double above) noexcept nogil:
    # everywhere; above: E[X] on the upper side, x on the lower one
    cdef double a = fabs(z - 0.5 * sigma)
    cdef double near, far, turned, p, q, p_under, q_under, p_square, q_square
    cdef double scale, inverse, m2, difference, total
    a = FAR if a > FAR else a
    near = a - 0.5 * sigma
    far = a + 0.5 * sigma
    turned = fabs(near) if near < -1.0 else near
    p_square = mul_add(near, near, 1.0)
    q_square = mul_add(far, far, 1.0)
    p = wide_mills2_over(turned + 1.0, &p_under)
    q = wide_mills2_over(far + 1.0, &q_under)
    inverse = 1.0 / (p_under * q_under * (p_square * q_square))  # the one division
    scale = inverse * (p_under * q_under)
    p = p * (inverse * (q_under * q_square))  # M2(y)/(1 + y^2)
    q = q * (inverse * (p_under * p_square))
    difference = mul_add(sigma * mul_add(near, far, -1.0), scale, 2.0 * (p - q))
    m2 = q * q_square
    total = first_taylor(sigma, far, mul_add(-2.0 * far, m2, 1.0) * (scale * p_square), m2)
    total = total if far * sigma < 1.0 else difference
    difference = total if sigma < 0.03 else difference
    total = mul_add(turned * scale, q_square, 2.0 * p) + mul_add(far * scale, p_square, 2.0 * q)
    total = above - weight * total
    difference = weight * difference
    return total if near < -1.0 else difference


cdef inline double second_taylor(double sigma, double b, double m1, double m2) noexcept nogil:
    # [M(b - sigma) - 2 M(b) + M(b + sigma)]/2 = M2 sigma^2 + M4 sigma^4 + ..., n M_n = M_(n-2) - b M_(n-1):
    # for sigma < 0.2, b sigma < 1
    cdef double s = sigma * sigma
    cdef double m3 = mul_add(-b, m2, m1) * (1.0 / 3.0)
    cdef double m4 = mul_add(-b, m3, m2) * 0.25
    cdef double m5 = mul_add(-b, m4, m3) * 0.2
    cdef double m6 = mul_add(-b, m5, m4) * (1.0 / 6.0)
    cdef double m7 = mul_add(-b, m6, m5) * (1.0 / 7.0)
    cdef double m8 = mul_add(-b, m7, m6) * 0.125
    cdef double m9 = mul_add(-b, m8, m7) * (1.0 / 9.0)
    cdef double m10 = mul_add(-b, m9, m8) * 0.1
    cdef double m11 = mul_add(-b, m10, m9) * (1.0 / 11.0)
    cdef double m12 = mul_add(-b, m11, m10) * (1.0 / 12.0)
    cdef double m13 = mul_add(-b, m12, m11) * (1.0 / 13.0)
    cdef double m14 = mul_add(-b, m13, m12) * (1.0 / 14.0)
    cdef double total = mul_add(m14, s, m12)
    total = mul_add(total, s, m10)
    total = mul_add(total, s, m8)
    total = mul_add(total, s, m6)
    total = mul_add(total, s, m4)
    return s * mul_add(total, s, m2)


cdef inline double smaller_second_loss(double log, double z, double sigma, double above) noexcept nogil:
    # above: E[X^2] on the upper side, x^2 on the lower one
    cdef double b = fabs(z - sigma)
    cdef double a, c, turned, p, q, r, p_under, q_under, r_under, p_square, q_square, r_square
    cdef double scale, inverse, weight, m2, difference, total
    b = FAR if b > FAR else b
    a = b - sigma
    c = b + sigma
    turned = fabs(a) if a < -1.0 else a
    p_square = mul_add(a, a, 1.0)
    q_square = mul_add(b, b, 1.0)
    r_square = mul_add(c, c, 1.0)
    p = wide_mills2_over(turned + 1.0, &p_under)
    q = wide_mills2_over(b + 1.0, &q_under)
    r = wide_mills2_over(c + 1.0, &r_under)
    scale = p_under * q_under * r_under
    inverse = 1.0 / (scale * (p_square * q_square * r_square))  # the one division
    scale = inverse * scale
    p = p * (inverse * (q_under * r_under * (q_square * r_square)))  # M2(y)/(1 + y^2)
    q = q * (inverse * (p_under * r_under * (p_square * r_square)))
    r = r * (inverse * (p_under * q_under * (p_square * q_square)))
    weight = 0.39894228040143267794 * vexp(mul_add(-0.5 * z, z, 2.0 * log))
    difference = sigma * sigma * (a * b * c - (a + b + c)) * scale + ((p - q) + (r - q))
    m2 = q * q_square
    total = second_taylor(sigma, b, mul_add(-2.0 * b, m2, 1.0) * (scale * (p_square * r_square)), m2)
    total = total if b * sigma < 1.0 else difference
    difference = total if sigma < 0.2 else difference
    total = (mul_add(turned * scale, q_square * r_square, 2.0 * p)
             + 2.0 * mul_add(b * scale, p_square * r_square, 2.0 * q)
             - mul_add(c * scale, p_square * q_square, 2.0 * r))
    total = 0.5 * (above - weight * total)
    difference = weight * difference
    return total if a < -1.0 else difference


cdef inline bint is_unusual(double x, double z, double sigma) noexcept nogil:
    # narrow, or with an argument that is below -1 or far out; not where nothing is left
    cdef double a = fabs(z - 0.5 * sigma)
    cdef bint counts = (fabs(z) < 40.0) | (fabs(x) > 1e40)
    return (sigma < 0.03) | (a - 0.5 * sigma < -1.0) | ((a + 0.5 * sigma > 37.0) & counts)


cdef inline double lower_second(const Prepared* rows, const double* x, const double* log, const double* z,
                                int j) noexcept nogil:
    cdef double above = mul_add(rows.mean[j], rows.mean[j], rows.variance[j])
    cdef double small = smaller_second_loss(log[j], z[j], rows.sigma[j],
                                            x[j] * x[j] if z[j] < rows.sigma[j] else above)
    return 0.0 if fabs(z[j]) >= FAR else small


cdef void unusual_losses(const double* sigma, const double* mean, const double* x, const double* log, const double* z,
                         double* loss) noexcept nogil:
    cdef double above, found
    cdef int j
    for j in range(LANES):
        above = x[j] if z[j] < 0.5 * sigma[j] else mean[j]
        found = 0.39894228040143267794 * vexp(mul_add(-0.5 * z[j], z[j], log[j]))
        found = smaller_loss(found, z[j], sigma[j], above)
        found = 0.0 if fabs(z[j]) >= FAR else found
        loss[j] = found if is_unusual(x[j], z[j], sigma[j]) else loss[j]


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef double a, z, gap, far, near, other
    cdef double log[16]
    cdef double score[16]
    cdef double small[16]
    cdef double weight[16]
    cdef double sigma[16]
    cdef double mean[16]
    cdef gauss.Ratios tail
    cdef long long unusual = 0
    cdef int j
    standardise(rows, x, log, score)
    if need & NEED_DENSITY:
        for j in range(LANES):
            z = score[j]
            value.density[j] = 0.39894228040143267794 * vexp(mul_add(-0.5 * z, z, -log[j])) * rows.inverse[j]
    if need & NEED_PROBABILITY:
        for j in range(LANES):
            weight[j] = gauss.density(gauss.distance(score[j]))
        for j in range(LANES):
            a = gauss.distance(score[j])
            gauss.ratios(a, NEED_PROBABILITY, &tail)
            far = weight[j] * tail.sf
            near = 1.0 - far
            value.sf[j] = near if score[j] < 0.0 else far
            value.cdf[j] = far if score[j] < 0.0 else near
    if need & NEED_LOSS:
        for j in range(LANES):
            unusual += 1 if is_unusual(x[j], score[j], rows.sigma[j]) else 0
            weight[j] = x[j] * gauss.density(gauss.distance(score[j]))
        for j in range(LANES):
            small[j] = usual_loss(weight[j], score[j], rows.sigma[j])
        if unusual > 0:  # with copies: a call that sees the rows would have their variance computed
            for j in range(LANES):
                sigma[j] = rows.sigma[j]
                mean[j] = rows.mean[j]
            unusual_losses(sigma, mean, x, log, score, small)
        for j in range(LANES):
            gap = rows.mean[j] - x[j]
            near = small[j] + gap
            far = small[j] - gap
            value.loss[j] = near if score[j] < 0.5 * rows.sigma[j] else small[j]
            value.complementary_loss[j] = small[j] if score[j] < 0.5 * rows.sigma[j] else far
    if need & NEED_SECOND:
        for j in range(LANES):
            small[j] = lower_second(rows, x, log, score, j)
        for j in range(LANES):
            gap = rows.mean[j] - x[j]
            other = 0.5 * mul_add(gap, gap, rows.variance[j]) - small[j]
            value.second_loss[j] = other if score[j] < rows.sigma[j] else small[j]
            value.complementary_second_loss[j] = small[j] if score[j] < rows.sigma[j] else other


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef Lanes value
    cdef int j
    evaluate_lanes(rows, x, NEED_DENSITY, &value)
    for j in range(LANES):
        out[j] = value.density[j]


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = vexp(mul_add(rows.sigma[j], z[j], rows.mu[j]))


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef double z[16]
    gauss.quantiles(p, q, z)
    score_lanes(rows, z, out)


cdef inline double support_low(double mu, double sigma, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double mu, double sigma, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 0
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0
    DENSITY_PANELS = 0

include "no_growth.pxi"
include "no_swift.pxi"
include "no_bends.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
