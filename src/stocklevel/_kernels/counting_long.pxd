# Sides of integer demand that are sums of too many terms: quadrature, for the lanes that need it.
from libc.math cimport expm1

from stocklevel._kernels cimport counting
from stocklevel._kernels.counting_lanes cimport BINOMIAL, NEGATIVE_BINOMIAL, POISSON, Counts
from stocklevel._kernels.counting_quadrature cimport PANEL, Integrals, integrate
from stocklevel._kernels.counting_sums cimport Terms
from stocklevel._kernels.measures cimport LANES


cdef inline void transform(const Counts* rows, const double* k, const Terms* terms, int kind,
                           Integrals* rest) noexcept nogil:
    # the lower side of a binomial is the upper one of its failures
    cdef double prob, fails, succeeds
    cdef int j
    for j in range(LANES):
        rest.k[j] = k[j]
        rest.gap[j] = k[j] - rows.mean[j]
        rest.mean[j] = rest.odds[j] = rows.mean[j]
        rest.count[j] = rest.success[j] = 1.0
        rest.beta[j] = 0.0
        rest.direction[j] = 1.0 if terms.up[j] > 0.0 else -1.0
        if kind == NEGATIVE_BINOMIAL:
            rest.odds[j] = rows.odds[j]
            rest.count[j] = k[j] + rows.size[j]
            rest.beta[j] = rows.beta[j]
            rest.success[j] = rows.success[j]
        elif kind == BINOMIAL:
            fails = rows.success[j]  # 1 - prob, and prob from the odds: a small one is lost in 1 - (1 - prob)
            succeeds = rows.odds[j] * fails
            prob = succeeds if terms.up[j] > 0.0 else fails
            fails = fails if terms.up[j] > 0.0 else succeeds
            rest.k[j] = k[j] if terms.up[j] > 0.0 else rows.size[j] - k[j]
            rest.gap[j] = k[j] - rows.mean[j] if terms.up[j] > 0.0 else rows.mean[j] - k[j]
            rest.odds[j] = -prob
            rest.count[j] = rest.k[j] - rows.size[j]
            rest.beta[j] = -prob / fails
            rest.success[j] = 1.0 / fails
            rest.direction[j] = 1.0


cdef inline bint hard_below(const Counts* rows, int j, int kind) noexcept nogil:
    # few large gammas, or failures so many that a success is lost among them
    if kind == NEGATIVE_BINOMIAL:
        return rows.size[j] <= 8.0
    return kind == BINOMIAL and rows.odds[j] < 0.01


cdef inline void long_side(const Counts* rows, int j, double k, double p, bint up, const Integrals* rest, int kind,
                           bint grows, double drift, double* side) noexcept nogil:
    # one lane of too many terms
    cdef counting.Counting d
    cdef counting.Sides scalar
    cdef double mean = rows.mean[j]
    if up and k == 0.0:
        side[0] = -expm1(rows.log_none[j])
        side[1] = mean
        side[2] = 0.5 * rows.twice[j]
        if grows:
            side[3] = -p * drift
            side[4] = mean
            side[5] = 0.5 * (rows.twice[j] + mean * mean)
    elif rest.reach[j] < 2.0 * PANEL and (up or not hard_below(rows, j, kind)):
        integrate(rest, j, p, kind == POISSON, grows, drift, side)
        if kind == BINOMIAL and not up:
            side[0] += p
            side[2] += side[1]
    else:
        if kind == POISSON:
            d = counting.poisson(rows.mean[j])
        elif kind == NEGATIVE_BINOMIAL:
            d = counting.negative_binomial(rows.mean[j], rows.size[j])
        else:
            d = counting.binomial(rows.size[j], rows.mean[j] / rows.size[j])
        counting.long_side(&d, k, p, up, grows, drift, &scalar)
        side[0] = scalar.probability
        side[1] = scalar.first
        side[2] = scalar.second
        if grows:
            side[3] = scalar.growth[0]
            side[4] = scalar.growth[1]
            side[5] = scalar.growth[2]
