# Tails of integer demands of large spread by quadrature: partial moments of a gamma variable (Poisson), a beta prime
# (negative binomial) or a beta (binomial) in b.  With b = t exp(-v) the integrand is smooth over any scale, so 24 Gauss
# nodes replace hundreds of terms.  The nodes of a row are the lanes here.
from libc.math cimport fabs, sqrt

from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.saddle cimport exp_rest, log1p_minus
from stocklevel._kernels.vmath cimport mul_add, vexp, vlog

cdef struct Integrals:
    # per lane; with size r and odds t = mean/r as in counting.pxd: r = -trials, t = -prob for the binomial
    double k[16]
    double mean[16]
    double odds[16]
    double count[16]      # k + r; 1 for Poisson
    double beta[16]
    double success[16]
    double direction[16]  # 1 above k, -1 below
    double reach[16]      # of v, where the integrand has fallen by exp(-42)


cdef struct Point:
    double fall   # minus the logarithm of the integrand, relative to v = 0
    double shift  # exp(-v) - 1


cdef inline Point point(double k, double mean, double count, double beta, double success, double v,
                        bint single) noexcept nogil:
    # the fall is success (k - mean) v + curvature; the curvature is written about the smaller of beta and success,
    # where its two terms do not cancel
    cdef bint small = beta <= success
    cdef double u = -v if small else v, c = beta if small else success
    cdef double g = exp_rest(u), e = g + u
    cdef Point at
    if single:  # Poisson
        at.fall = mul_add(mean, g, (k - mean) * v)
        at.shift = e
    else:
        at.fall = mul_add(count, mul_add(c, g, log1p_minus(c * e)), success * (k - mean) * v)
        at.shift = e if small else -e / (1.0 + e)
    return at


cdef inline void find_reach(Integrals* rows, bint single) noexcept nogil:
    # the parabola's answer, stretched or bent as the curvature changes, then two Newton steps
    cdef double slope, curve, y, b, rate
    cdef Point at
    cdef bint grows
    cdef int j, _
    for j in range(LANES):
        slope = rows.direction[j] * rows.success[j] * (rows.k[j] - rows.mean[j])
        curve = rows.mean[j] if single else fabs(rows.count[j] * rows.beta[j] * rows.success[j])
        y = 84.0 / (slope + sqrt(slope * slope + 84.0 * curve))
        grows = (rows.direction[j] > 0.0) != (rows.beta[j] <= rows.success[j])
        rows.reach[j] = vlog(1.0 + y + 0.5 * y * y) if grows else y + y * y * (1.0 / 6.0)
    for _ in range(2):
        for j in range(LANES):
            y = rows.reach[j]
            at = point(rows.k[j], rows.mean[j], rows.count[j], rows.beta[j], rows.success[j],
                       rows.direction[j] * y, single)
            b = mul_add(rows.odds[j], at.shift, rows.odds[j])
            rate = rows.direction[j] * (rows.k[j] - (b if single else rows.count[j] * b / (1.0 + b)))
            y = y - (at.fall - 42.0) / rate
            y = y if y > 1e-12 else 1e-12
            rows.reach[j] = y if y < 4.5 else 4.5


cdef inline double total(const double* values) noexcept nogil:
    cdef double eight[8]
    cdef int j
    for j in range(8):
        eight[j] = values[j] + values[j + 8] + values[j + 16]
    return ((eight[0] + eight[1]) + (eight[2] + eight[3])) + ((eight[4] + eight[5]) + (eight[6] + eight[7]))


cdef inline void integrate(const Integrals* rows, int row, double p, bint single, double* side) noexcept nogil:
    # probability, first and second moment of the side, p = P(X = k)
    cdef double zeroth[24]
    cdef double first[24]
    cdef double second[24]
    cdef double k = rows.k[row], mean = rows.mean[row], t = rows.odds[row], n = rows.count[row]
    cdef double beta = rows.beta[row], success = rows.success[row], sign = rows.direction[row]
    cdef double reach = rows.reach[row], weight, gap, one
    cdef Point at
    cdef int j
    for j in range(GAUSS_COUNT):
        at = point(k, mean, n, beta, success, sign * reach * GAUSS_NODE[j], single)
        weight = GAUSS_WEIGHT[j] * vexp(-at.fall)
        gap = -t * at.shift
        one = 1.0 if single else 1.0 / ((1.0 + t) - gap)
        weight = weight * one
        zeroth[j] = weight * (t - gap)
        first[j] = weight * gap
        second[j] = weight * gap * gap * one
    side[0] = p * n * reach * total(zeroth)
    side[1] = sign * p * k * n * reach * total(first)
    side[2] = 0.5 * p * k * n * (1.0 if single else n + 1.0) * reach * total(second)
