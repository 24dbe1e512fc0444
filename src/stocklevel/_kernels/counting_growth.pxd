# How what is asked of sixteen negative binomial demands grows with the time T that they are of: T d/dT, which is
# r d/dr, since the size r is in proportion to it.  Each side of k is a sum of positive terms p(k + i) c(i), and
#     r d/dr log p(k + i) = drift(k) + sum over j < i of r/(r + k + j),
# below k likewise: terms of one sign again, added up beside those of the side itself.
from libc.math cimport NAN, fabs, floor

from stocklevel._kernels.counting_lanes cimport NEGATIVE_BINOMIAL, Counts, down_ratio, up_ratio, whole_masses
from stocklevel._kernels.counting_sides cimport (
    choose_other,
    choose_smaller,
    complete,
    fill,
    one_side,
    take_other,
)
from stocklevel._kernels.counting_sums cimport BOTH, Sides, Terms
from stocklevel._kernels.measures cimport LANES, Lanes
from stocklevel._kernels.saddle cimport digamma_gap, log1p_minus_series
from stocklevel._kernels.vmath cimport mul_add, vexp, vexpm1, vlog


cdef inline void drifts(const Counts* rows, const double* k, double* out) noexcept nogil:
    # r d/dr log P(X = k) = r (psi(r + k) - psi(r) + log(1 - beta)): log((r + k)/(r + mean)) and the gaps of psi
    cdef double r, n, w, at, near, far
    cdef int j
    for j in range(LANES):
        r = rows.size[j]
        at = k[j] if k[j] > 0.0 else 0.0
        at = at if at < 1e280 else 1e280
        n = r + at
        w = rows.success[j] / r
        far = vlog(n * w)
        w = w * (at - rows.mean[j])
        near = w + log1p_minus_series(w)
        w = near if fabs(w) < 0.4 else far
        w = r * (w + (digamma_gap(r) - digamma_gap(n)))
        out[j] = w if k[j] > 0.0 else rows.log_none[j]


cdef inline void masses_growth(const Counts* rows, const double* x, double* out) noexcept nogil:
    # of P(X = x)
    cdef double k[16]
    cdef double p[16]
    cdef double drift[16]
    cdef double value, valid
    cdef int j
    for j in range(LANES):
        k[j] = floor(x[j])
    whole_masses(rows, k, NEGATIVE_BINOMIAL, p)
    drifts(rows, k, drift)
    for j in range(LANES):
        value = p[j] * drift[j] if x[j] == k[j] else 0.0
        valid = NAN if x[j] != x[j] else rows.mean[j]
        out[j] = value if valid == valid else NAN


cdef inline void grown_neighbours(const Counts* rows, const double* k, const double* pace, bint up, double* mass,
                                  double* growth) noexcept nogil:
    # P(X = k) and its growth, both times the pace, become those of k + 1 or k - 1
    cdef double r, ratio, rise, before = -1.0 if up else 1.0
    cdef long long enter = 0
    cdef int j
    for j in range(LANES):
        r = rows.size[j]
        ratio = up_ratio(rows, j, k[j], NEGATIVE_BINOMIAL) if up else down_ratio(rows, j, k[j], NEGATIVE_BINOMIAL)
        rise = r / (r + k[j]) if up else -r / (r + k[j] - 1.0)
        ratio = ratio if k[j] >= (0.0 if up else 1.0) else 0.0
        mass[j] *= ratio
        growth[j] = mul_add(growth[j], ratio, mass[j] * (rise if ratio > 0.0 else 0.0))
        enter += 1 if k[j] == before else 0
    if enter > 0:
        for j in range(LANES):  # at 0 the ratios would cancel
            ratio = pace[j] * vexp(rows.log_none[j])
            mass[j] = ratio if k[j] == before else mass[j]
            growth[j] = ratio * rows.log_none[j] if k[j] == before else growth[j]


cdef inline void fill_growth(const Counts* rows, const double* x, const double* k, const double* p,
                             const double* drift, const Terms* terms, const Sides* found, Lanes* value) noexcept nogil:
    # the side away from the mean as such, the other by complement
    cdef double m, up, gap, whole, early, part, lost
    cdef double low0, low1, low2, high0, high1, high2
    cdef int j
    for j in range(LANES):
        m = rows.mean[j]
        up = terms.up[j]
        gap = m - k[j]
        # growth of E[(X - k)(X - k - 1)]/2
        whole = 0.5 * (rows.variance[j] + m * (2.0 * gap - 1.0))
        early = 0.5 * (rows.twice[j] + m * m) - k[j] * m
        whole = early if k[j] <= 0.0 else whole
        high0 = found.growth[0][j] if up > 0.0 else -found.growth[0][j]
        high1 = found.growth[1][j] if up > 0.0 else found.growth[1][j] + m
        high2 = found.growth[2][j] if up > 0.0 else whole - found.growth[2][j]
        low0 = -high0
        low1 = found.growth[1][j] - m if up > 0.0 else found.growth[1][j]
        low2 = whole - found.growth[2][j] if up > 0.0 else found.growth[2][j]
        part = x[j] - k[j]
        part = part if part > 0.0 else 0.0  # infinite x
        lost = 0.0 if m > 0.0 else NAN
        lost = lost if x[j] == x[j] else NAN
        value.mass[j] = p[j]
        value.density[j] = (p[j] * drift[j] if part == 0.0 else 0.0) + lost
        value.cdf[j] = low0 + lost
        value.sf[j] = high0 + lost
        value.loss[j] = high1 - part * high0 + lost
        value.complementary_loss[j] = low1 + part * low0 + lost
        lost = lost if part == 0.0 else NAN
        value.second_loss[j] = high2 + lost
        value.complementary_second_loss[j] = low2 + lost


cdef inline void fill_demand(const Counts* rows, const double* x, const double* k, const double* p, Terms* terms,
                             Sides* found, Lanes* value) noexcept nogil:
    # what counting_sides.evaluate answers, from the same sums
    cdef Sides low
    cdef Sides high
    cdef int j
    complete(rows, k, terms, found, NEGATIVE_BINOMIAL, BOTH, &low, &high)
    for j in range(LANES):
        high.probability[j] = -vexpm1(rows.log_none[j]) if k[j] == 0.0 else high.probability[j]
    if choose_other(rows, k, p, BOTH, &low, &high, terms):
        one_side(rows, k, p, NEGATIVE_BINOMIAL, BOTH, False, NULL, terms, found)
        take_other(terms, found, &low, &high)
    fill(rows, x, k, p, &low, &high, BOTH, value)


cdef inline void grow(const Counts* rows, const double* x, bint both, Lanes* demand, Lanes* growth) noexcept nogil:
    # growth of all that counting_sides.evaluate answers, and if both that as well
    cdef double k[16]
    cdef double p[16]
    cdef double drift[16]
    cdef Terms terms
    cdef Sides found
    cdef double up
    cdef int j
    for j in range(LANES):
        k[j] = floor(x[j])
    whole_masses(rows, k, NEGATIVE_BINOMIAL, p)
    drifts(rows, k, drift)
    choose_smaller(rows, k, &terms)
    for j in range(LANES):  # up to 0 the lower side is known without a sum
        up = terms.up[j]
        terms.up[j] = up if k[j] > 0.0 else 0.0
    one_side(rows, k, p, NEGATIVE_BINOMIAL, BOTH, True, drift, &terms, &found)
    fill_growth(rows, x, k, p, drift, &terms, &found, growth)
    if both:
        fill_demand(rows, x, k, p, &terms, &found, demand)
