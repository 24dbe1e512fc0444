"""Negative binomial demand, natural parameters (mean, size); the size may be infinite (Poisson)."""
from stocklevel._kernels.counting_growth cimport grow, grown_neighbours, masses_growth
from stocklevel._kernels.counting_lanes cimport NEGATIVE_BINOMIAL, Counts, prepare_negative_binomial
from stocklevel._kernels.measures cimport Lanes

ctypedef Counts Prepared

cdef enum:
    FAMILY = NEGATIVE_BINOMIAL
    WHOLE = 1
    SUM_A = 2
    SUM_B = 2
    SUM_C = 0
    GROWS = 1


cdef void prepare(const double* mean, const double* size, const double* unused, Prepared* rows) noexcept nogil:
    prepare_negative_binomial(mean, size, rows)


cdef void growth_lanes(const Prepared* rows, const double* x, Lanes* value) noexcept nogil:
    grow(rows, x, False, NULL, value)


cdef void grown_lanes(const Prepared* rows, const double* x, Lanes* value, Lanes* growth) noexcept nogil:
    grow(rows, x, True, value, growth)


cdef void density_growth_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    masses_growth(rows, x, out)


cdef void growth_neighbour_lanes(const Prepared* rows, const double* k, const double* pace, bint up, double* mass,
                                 double* growth) noexcept nogil:
    grown_neighbours(rows, k, pace, up, mass, growth)


include "counted.pxi"
