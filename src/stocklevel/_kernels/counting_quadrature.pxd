# Tails of integer demands of large spread by quadrature: partial moments of a gamma variable (Poisson), a beta prime
# (negative binomial) or a beta (binomial) in b.  With b = t exp(-v) the integrand is smooth over any scale, so 24 Gauss
# nodes replace hundreds of terms.  The nodes of a row are the lanes here.
from libc.math cimport fabs, sqrt

from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.saddle cimport exp_rest, log1p_minus, log1p_minus_series
from stocklevel._kernels.vmath cimport mul_add, vexp, vlog

cdef enum:
    PANEL = 4  # of v at most in one rule: 1 + b has its nearest zeros pi off the axis

cdef struct Integrals:
    # per lane; with size r and odds t = mean/r as in counting.pxd: r = -trials, t = -prob for the binomial
    double k[16]
    double gap[16]        # k - mean
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
    double lift   # log((1 + b)/(1 + t)); not of Poisson


cdef inline Point point(double gap, double mean, double count, double beta, double success, double v,
                        bint single, bint near) noexcept nogil:
    # the fall is success gap v + curvature; the curvature is written about the smaller of beta and success,
    # where its two terms do not cancel
    cdef bint small = beta <= success
    cdef double u = -v if small else v, c = beta if small else success, w, rest
    cdef double g = exp_rest(u), e = g + u
    cdef Point at
    if single:  # Poisson
        at.fall = mul_add(mean, g, gap * v)
        at.shift = e
    else:
        w = c * e
        rest = log1p_minus_series(w) if near else log1p_minus(w)
        at.fall = mul_add(count, mul_add(c, g, rest), success * gap * v)
        at.shift = e if small else -e / (1.0 + e)
        at.lift = rest + w if small else rest + (w - v)
    return at


cdef inline void find_reach(Integrals* rows, bint single) noexcept nogil:
    # the parabola's answer, stretched or bent as the curvature changes, then two Newton steps
    cdef double slope, curve, y, b, rate
    cdef Point at
    cdef bint grows
    cdef int j, _
    for j in range(LANES):
        slope = rows.direction[j] * rows.success[j] * rows.gap[j]
        curve = rows.mean[j] if single else fabs(rows.count[j] * rows.beta[j] * rows.success[j])
        y = 84.0 / (slope + sqrt(slope * slope + 84.0 * curve))
        grows = (rows.direction[j] > 0.0) != (rows.beta[j] <= rows.success[j])
        rows.reach[j] = vlog(1.0 + y + 0.5 * y * y) if grows else y + y * y * (1.0 / 6.0)
    for _ in range(2):
        for j in range(LANES):
            y = rows.reach[j]
            at = point(rows.gap[j], rows.mean[j], rows.count[j], rows.beta[j], rows.success[j],
                       rows.direction[j] * y, single, False)
            b = mul_add(rows.odds[j], at.shift, rows.odds[j])
            rate = rows.direction[j] * (rows.k[j] - (b if single else rows.count[j] * b / (1.0 + b)))
            y = y - (at.fall - 42.0) / rate
            y = y if y > 1e-12 else 1e-12
            rows.reach[j] = y if y < 2.0 * PANEL else 2.0 * PANEL


cdef inline double total(const double* values) noexcept nogil:
    cdef double eight[8]
    cdef int j
    for j in range(8):
        eight[j] = values[j] + values[j + 8] + values[j + 16]
    return ((eight[0] + eight[1]) + (eight[2] + eight[3])) + ((eight[4] + eight[5]) + (eight[6] + eight[7]))


cdef inline void integrate_form(const Integrals* rows, int row, double p, bint single, bint near, bint grows,
                                double drift, double* side) noexcept nogil:
    cdef double zeroth[24]
    cdef double first[24]
    cdef double second[24]
    cdef double grown[3][24]
    cdef double k = rows.k[row], mean = rows.mean[row], t = rows.odds[row], n = rows.count[row], offset = rows.gap[row]
    cdef double beta = rows.beta[row], success = rows.success[row], sign = rows.direction[row]
    cdef double width = rows.reach[row], weight, gap, one, r = n - k
    cdef Point at
    cdef int i, j, panel, panels = 1 if width <= PANEL else 2
    width = width / panels
    for i in range(6 if grows else 3):
        side[i] = 0.0
    for panel in range(panels):
        for j in range(GAUSS_COUNT):
            at = point(offset, mean, n, beta, success, sign * width * (panel + GAUSS_NODE[j]), single, near)
            weight = GAUSS_WEIGHT[j] * vexp(-at.fall)
            gap = -t * at.shift
            one = 1.0 if single else 1.0 / ((1.0 + t) - gap)
            weight = weight * one
            zeroth[j] = weight * (t - gap)
            first[j] = weight * gap
            second[j] = weight * gap * gap * one
            if grows:
                grown[0][j] = at.lift * zeroth[j]
                grown[1][j] = at.lift * first[j]
                grown[2][j] = at.lift * second[j]
        side[0] += total(zeroth)
        side[1] += total(first)
        side[2] += total(second)
        if grows:
            for i in range(3):
                side[3 + i] += total(grown[i])
    weight = p * n * width
    if grows:
        gap = drift + r / n
        side[3] = weight * (gap * side[0] - r * side[3])
        side[4] = sign * weight * k * (gap * side[1] - r * side[4])
        side[5] = 0.5 * weight * k * (n + 1.0) * ((gap + r / (n + 1.0)) * side[2] - r * side[5])
    side[0] *= weight
    side[1] *= sign * weight * k
    side[2] *= 0.5 * weight * k * (1.0 if single else n + 1.0)


cdef inline void integrate(const Integrals* rows, int row, double p, bint single, bint grows, double drift,
                           double* side) noexcept nogil:
    # probability, first and second moment of the side, p = P(X = k); near: where the series of log(1 + w) will do.
    # Their growth with the time that the demand is of, r d/dr, from that of log p, the drift
    cdef double c = rows.beta[row] if rows.beta[row] <= rows.success[row] else rows.success[row]
    cdef double y = rows.reach[row]
    if single or (fabs(c) * (y + y * y) < 0.39 and y < 1.7):
        integrate_form(rows, row, p, single, True, grows, drift, side)
    else:
        integrate_form(rows, row, p, single, False, grows, drift, side)
