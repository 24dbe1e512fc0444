"""Poisson demand, natural parameter (mean)."""
from stocklevel._kernels.counting_lanes cimport POISSON, Counts, prepare_poisson

ctypedef Counts Prepared

cdef enum:
    FAMILY = POISSON
    WHOLE = 1
    SUM_A = 2
    SUM_B = 0
    SUM_C = 0


cdef void prepare(const double* mean, const double* unused, const double* unused2, Prepared* rows) noexcept nogil:
    prepare_poisson(mean, rows)


include "no_growth.pxi"
include "counted.pxi"
