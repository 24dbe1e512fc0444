"""Binomial demand and its two-point mixture, natural parameters (trials, prob, weight).

With the weight the number of trials is `trials`, else trials + 1: the law that Adan, van Eenige and Resing
fit to an integer demand whose variance is below its mean.  A plain binomial has weight 1.
"""
from libc.math cimport NAN, floor, sqrt

from stocklevel._kernels.counting_lanes cimport BINOMIAL, Counts, masses, prepare_binomial, whole_masses
from stocklevel._kernels.counting_quantile cimport Law, find_quantiles, scores
from stocklevel._kernels.counting_sides cimport evaluate
from stocklevel._kernels.counting_sums cimport BOTH
from stocklevel._kernels.measures cimport LANES, NEED_LOSS, NEED_SECOND, Lanes

cdef struct Prepared:
    double mean[16]
    double std[16]
    double weight[16]
    double trials[16]
    double prob[16]
    double plain[16]  # 0 where a component is a constant: no trial, or none that fails
    Counts one        # of `trials` trials
    Counts more       # of a trial more
    bint mixed        # whether any row is a mixture
    bint constants    # whether any row is not plain


cdef void prepare(const double* trials, const double* prob, const double* weight, Prepared* rows) noexcept nogil:
    cdef double more[16]
    cdef double n, p, w, valid
    cdef long long mixed = 0, constants = 0
    cdef int j
    for j in range(LANES):
        n = trials[j]
        p = prob[j]
        w = weight[j]
        valid = 1.0 if n >= 0.0 and p > 0.0 and p <= 1.0 and w >= 0.0 and w <= 1.0 else NAN
        rows.trials[j] = n
        rows.prob[j] = p
        rows.weight[j] = w
        more[j] = n + 1.0
        rows.mean[j] = (n + (1.0 - w)) * p * valid
        rows.std[j] = sqrt(p * (1.0 - p) * (n + (1.0 - w)) + p * p * w * (1.0 - w)) * valid
        rows.plain[j] = 0.0 if (n == 0.0 or p == 1.0) and valid == valid else 1.0
        mixed += 1 if w != 1.0 else 0
        constants += 1 if rows.plain[j] == 0.0 else 0
    rows.mixed = mixed > 0
    rows.constants = constants > 0
    prepare_binomial(trials, prob, &rows.one)
    prepare_binomial(more, prob, &rows.more)


cdef inline double between(double weight, double one, double more) noexcept nogil:
    return weight * one + (1.0 - weight) * more


# A constant component leaves two neighbours: `trials` of them where none fails, or 0 and 1.
cdef inline double lower_of_two(const Prepared* rows, int j) noexcept nogil:
    return rows.trials[j] if rows.prob[j] == 1.0 else 0.0


cdef inline double share_of_lower(const Prepared* rows, int j) noexcept nogil:
    if rows.prob[j] == 1.0:
        return rows.weight[j]
    return between(rows.weight[j], 1.0, 1.0 - rows.prob[j])


cdef inline double above(double x) noexcept nogil:
    return x if x > 0.0 else 0.0


cdef void evaluate_two(const Prepared* rows, int j, double x, Lanes* value) noexcept nogil:
    cdef double k = floor(x), a = lower_of_two(rows, j), w = share_of_lower(rows, j), b = a + 1.0
    cdef double whole = 0.0 if k == x else NAN, valid = 0.0 if x == x else NAN
    value.density[j] = (w if x == a else (1.0 - w if x == b else 0.0)) + valid
    value.cdf[j] = (0.0 if k < a else (w if k < b else 1.0)) + valid
    value.sf[j] = (1.0 if k < a else (1.0 - w if k < b else 0.0)) + valid
    value.loss[j] = between(w, above(a - x), above(b - x)) + valid
    value.complementary_loss[j] = between(w, above(x - a), above(x - b)) + valid
    value.second_loss[j] = 0.5 * between(w, above(a - x) * (a - x - 1.0), above(b - x) * (b - x - 1.0)) + whole
    value.complementary_second_loss[j] = (
        0.5 * between(w, above(x - a) * (x - a + 1.0), above(x - b) * (x - b + 1.0)) + whole)


cdef void mix(const Prepared* rows, const Lanes* more, bint moments, Lanes* value) noexcept nogil:
    cdef double w
    cdef int j
    for j in range(LANES):
        w = rows.weight[j]
        value.density[j] = between(w, value.density[j], more.density[j])
        value.cdf[j] = between(w, value.cdf[j], more.cdf[j])
        value.sf[j] = between(w, value.sf[j], more.sf[j])
    if moments:
        for j in range(LANES):
            w = rows.weight[j]
            value.loss[j] = between(w, value.loss[j], more.loss[j])
            value.complementary_loss[j] = between(w, value.complementary_loss[j], more.complementary_loss[j])
            value.second_loss[j] = between(w, value.second_loss[j], more.second_loss[j])
            value.complementary_second_loss[j] = between(w, value.complementary_second_loss[j],
                                                         more.complementary_second_loss[j])


cdef void component(const Counts* rows, const double* x, bint moments, Lanes* value) noexcept nogil:
    if moments:
        evaluate(rows, x, BINOMIAL, BOTH, value)
    else:
        evaluate(rows, x, BINOMIAL, 0, value)


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef bint moments = need & (NEED_LOSS | NEED_SECOND)
    cdef Lanes more
    cdef int j
    component(&rows.one, x, moments, value)
    if rows.mixed:
        component(&rows.more, x, moments, &more)
        mix(rows, &more, moments, value)
    if rows.constants:
        for j in range(LANES):
            if rows.plain[j] == 0.0:
                evaluate_two(rows, j, x[j], value)


cdef void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef double more[16]
    cdef Lanes value
    cdef int j
    masses(&rows.one, x, BINOMIAL, out)
    if rows.mixed:
        masses(&rows.more, x, BINOMIAL, more)
        for j in range(LANES):
            out[j] = between(rows.weight[j], out[j], more[j])
    if rows.constants:
        for j in range(LANES):
            if rows.plain[j] == 0.0:
                evaluate_two(rows, j, x[j], &value)
                out[j] = value.density[j]


cdef void neighbour_lanes(const Prepared* rows, const double* k, const double* mass, bint up,
                          double* out) noexcept nogil:
    # anew: a mass beyond the last trial is 0, from which no ratio leads back
    cdef double beside[16]
    cdef int j
    for j in range(LANES):
        beside[j] = k[j] + 1.0 if up else k[j] - 1.0
    density_lanes(rows, beside, out)


cdef inline double ratio_top(const Prepared* rows, int j, double k) noexcept nogil:
    return 0.0  # of no use


cdef void continued_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    # masses, and between integers above 1 what connects them; of rows that are no constants
    cdef double more[16]
    cdef int j
    whole_masses(&rows.one, x, BINOMIAL, out)
    whole_masses(&rows.more, x, BINOMIAL, more)
    for j in range(LANES):
        out[j] = between(rows.weight[j], out[j], more[j])


cdef inline void twice_lanes(const Prepared* rows, double* out) noexcept nogil:
    cdef double n, p
    cdef int j
    for j in range(LANES):
        n, p = rows.trials[j], rows.prob[j]
        out[j] = between(rows.weight[j], n * (n - 1.0), (n + 1.0) * n) * p * p


cdef inline Law the_law(const Prepared* rows) noexcept nogil:
    cdef Law law
    law.one = &rows.one
    law.more = &rows.more
    law.weight = &rows.weight[0]
    law.mean = &rows.mean[0]
    law.std = &rows.std[0]
    law.mixed = rows.mixed
    return law


cdef void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef Law law = the_law(rows)
    cdef double share
    cdef int j
    find_quantiles(&law, p, q, BINOMIAL, out)
    if rows.constants:
        for j in range(LANES):
            if rows.plain[j] == 0.0:
                share = share_of_lower(rows, j)
                out[j] = lower_of_two(rows, j)
                if share < p[j] * (1.0 - 4e-15) if p[j] <= q[j] else 1.0 - share > q[j] * (1.0 + 4e-15):
                    out[j] += 1.0


cdef void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef Law law = the_law(rows)
    cdef int j
    scores(&law, z, x)
    for j in range(LANES):
        x[j] = x[j] if rows.plain[j] > 0.0 else lower_of_two(rows, j)


cdef inline double support_low(double trials, double prob, double weight) noexcept nogil:
    return 0.0


cdef inline double support_high(double trials, double prob, double weight) noexcept nogil:
    return trials if weight == 1.0 else trials + 1.0


cdef enum:
    WHOLE = 1
    RATIOS = 0
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0

include "no_growth.pxi"
include "no_swift.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "whole_steps.pxi"
include "whole_cycles.pxi"
