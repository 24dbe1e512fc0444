"""Normal demand, natural parameters (mean, std)."""
from libc.math cimport INFINITY

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures


cdef inline double density(double x, double mean, double std, double unused) noexcept nogil:
    return gauss.pdf((x - mean) / std) / std


cdef inline double cdf(double x, double mean, double std, double unused) noexcept nogil:
    return gauss.sf((mean - x) / std)


cdef inline double sf(double x, double mean, double std, double unused) noexcept nogil:
    return gauss.sf((x - mean) / std)


cdef inline void evaluate(double x, double mean, double std, double unused, Measures* value) noexcept nogil:
    cdef double z = (x - mean) / std
    value.sf = gauss.sf(z)
    value.loss = std * gauss.loss(z)
    value.complementary_loss = std * gauss.loss(-z)
    value.second_loss = std * std * gauss.second_loss(z)


cdef inline double quantile(double p, double q, double mean, double std, double unused) noexcept nogil:
    return mean + std * gauss.quantile(p, q)


cdef inline double support_low(double mean, double std, double unused) noexcept nogil:
    return -INFINITY


cdef inline double support_high(double mean, double std, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    IN_LANES = 1

include "rows.pxi"
