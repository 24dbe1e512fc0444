"""Negative binomial demand, natural parameters (mean, size); the size may be infinite (Poisson)."""
from libc.math cimport INFINITY

from stocklevel._kernels.counting_lanes cimport NEGATIVE_BINOMIAL, Counts, masses, neighbours, prepare_negative_binomial
from stocklevel._kernels.counting_quantile cimport Law, find_quantiles, scores
from stocklevel._kernels.counting_sides cimport evaluate
from stocklevel._kernels.measures cimport LANES, NEED_LOSS, NEED_SECOND, Lanes

ctypedef Counts Prepared


cdef void prepare(const double* mean, const double* size, const double* unused, Prepared* rows) noexcept nogil:
    prepare_negative_binomial(mean, size, rows)


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    if need & (NEED_LOSS | NEED_SECOND):
        evaluate(rows, x, NEGATIVE_BINOMIAL, True, value)
    else:
        evaluate(rows, x, NEGATIVE_BINOMIAL, False, value)


cdef void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    masses(rows, x, NEGATIVE_BINOMIAL, out)


cdef void neighbour_lanes(const Prepared* rows, const double* k, const double* mass, bint up,
                          double* out) noexcept nogil:
    neighbours(rows, k, mass, up, NEGATIVE_BINOMIAL, out)


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
    find_quantiles(&law, p, q, NEGATIVE_BINOMIAL, out)


cdef void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef Law law = the_law(rows)
    scores(&law, z, x)


cdef inline double support_low(double mean, double size, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double mean, double size, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 1
    SUM_A = 2
    SUM_B = 2
    SUM_C = 0

include "rows.pxi"
include "whole_steps.pxi"
