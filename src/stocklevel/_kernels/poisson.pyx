"""Poisson demand, natural parameter (mean)."""
from libc.math cimport INFINITY, NAN

from stocklevel._kernels cimport counting
from stocklevel._kernels.measures cimport Measures


cdef void evaluate(double x, double mean, double unused, double unused2, Measures* value) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    counting.measures_at(&d, x, value)


cdef double density(double x, double mean, double unused, double unused2) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    return counting.mass_at(&d, x)


cdef double cdf(double x, double mean, double unused, double unused2) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    return counting.probability_at(&d, x, False)


cdef double sf(double x, double mean, double unused, double unused2) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    return counting.probability_at(&d, x, True)


cdef double first_guess(double p, double q, double mean, double unused, double unused2) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    return counting.guess(&d, p, q) if mean > 0.0 else NAN


cdef inline double score(double z, double mean, double unused, double unused2) noexcept nogil:
    cdef counting.Counting d = counting.poisson(mean)
    return counting.rough(&d, z)


cdef inline double support_low(double mean, double unused, double unused2) noexcept nogil:
    return 0.0


cdef inline double support_high(double mean, double unused, double unused2) noexcept nogil:
    return INFINITY


include "quantile.pxi"
include "scalar_lanes.pxi"
cdef enum:
    WHOLE = 1
    SUM_A = 2
    SUM_B = 0
    SUM_C = 0

include "rows.pxi"
