"""Negative binomial demand, natural parameters (mean, size); the size may be infinite (Poisson)."""
from stocklevel._kernels.counting_lanes cimport NEGATIVE_BINOMIAL, Counts, prepare_negative_binomial

ctypedef Counts Prepared

cdef enum:
    FAMILY = NEGATIVE_BINOMIAL
    WHOLE = 1
    SUM_A = 2
    SUM_B = 2
    SUM_C = 0


cdef void prepare(const double* mean, const double* size, const double* unused, Prepared* rows) noexcept nogil:
    prepare_negative_binomial(mean, size, rows)


include "counted.pxi"
