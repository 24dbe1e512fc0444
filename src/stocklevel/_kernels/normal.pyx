"""Normal demand, natural parameters (mean, std)."""
from libc.math cimport INFINITY

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures


cdef inline void evaluate(double x, double mean, double std, double unused, Measures* value) noexcept nogil:
    cdef double z = (x - mean) / std
    value.density = gauss.pdf(z) / std
    value.cdf = gauss.sf(-z)
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


include "rows.pxi"
