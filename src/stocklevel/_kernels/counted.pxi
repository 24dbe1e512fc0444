# What a family of one law of counts answers; its .pyx defines `Prepared`, `prepare`, and by enums FAMILY, a code of
# counting_lanes.pxd, and how its parameters grow with time.
from libc.math cimport INFINITY

from stocklevel._kernels.counting_lanes cimport Counts, masses, neighbours, whole_masses
from stocklevel._kernels.counting_quantile cimport Law, find_quantiles, scores
from stocklevel._kernels.counting_sides cimport evaluate
from stocklevel._kernels.counting_sums cimport BOTH, FIRST
from stocklevel._kernels.measures cimport LANES, NEED_LOSS, NEED_SECOND, Lanes

from stocklevel._kernels.vmath cimport mul_add

cdef enum:
    RATIOS = 1  # whether `ratio_top` leads from one mass to the next


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    if need & NEED_SECOND:
        evaluate(rows, x, FAMILY, BOTH, value)
    elif need & NEED_LOSS:
        evaluate(rows, x, FAMILY, FIRST, value)
    else:
        evaluate(rows, x, FAMILY, 0, value)


cdef void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    masses(rows, x, FAMILY, out)


cdef void neighbour_lanes(const Prepared* rows, const double* k, const double* mass, bint up,
                          double* out) noexcept nogil:
    neighbours(rows, k, mass, up, FAMILY, out)


cdef inline double ratio_top(const Prepared* rows, int j, double k) noexcept nogil:
    # (k + 1) P(X = k + 1)/P(X = k)
    return mul_add(rows.beta[j], k, rows.alpha[j])


cdef void continued_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    # masses, and between integers above 1 what connects them
    whole_masses(rows, x, FAMILY, out)


cdef inline void twice_lanes(const Prepared* rows, double* out) noexcept nogil:
    cdef int j
    for j in range(LANES):
        out[j] = rows.twice[j]


cdef inline Law the_law(const Prepared* rows) noexcept nogil:
    cdef Law law
    law.one = rows
    law.more = rows
    law.weight = &rows.mean[0]
    law.mean = &rows.mean[0]
    law.std = &rows.std[0]
    law.mixed = False
    return law


cdef void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef Law law = the_law(rows)
    find_quantiles(&law, p, q, FAMILY, out)


cdef void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef Law law = the_law(rows)
    scores(&law, z, x)


cdef inline double support_low(double a, double b, double c) noexcept nogil:
    return 0.0


cdef inline double support_high(double a, double b, double c) noexcept nogil:
    return INFINITY


include "no_swift.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "whole_steps.pxi"
include "whole_cycles.pxi"
