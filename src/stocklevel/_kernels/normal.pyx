"""Normal demand, natural parameters (mean, std)."""
from libc.math cimport INFINITY, fabs

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, NEED_LOSS, NEED_PROBABILITY, NEED_SECOND, Lanes
from stocklevel._kernels.mills cimport mills0, mills1, mills2


cdef struct Prepared:
    double mean[16]
    double std[16]


cdef inline void prepare(const double* mean, const double* std, const double* unused, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.mean[j] = mean[j]
        rows.std[j] = std[j]


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    # each tail over the density is a polynomial in |z| (mills.pxd); the other side of the mean is its mirror
    cdef double s, inverse, z, a, density, far, near, high, low, square
    cdef int j
    for j in range(LANES):
        s = rows.std[j]
        inverse = 1.0 / s
        z = (x[j] - rows.mean[j]) * inverse
        a = fabs(z)
        density = gauss.pdf(z)
        if need & NEED_DENSITY:
            value.density[j] = density * inverse
        if need & NEED_PROBABILITY:
            far = density * mills0(a)
            near = 1.0 - far
            value.sf[j] = near if z < 0.0 else far
            value.cdf[j] = far if z < 0.0 else near
        if need & NEED_LOSS:
            far = density * mills1(a)
            high = gauss.depth(z)
            low = gauss.depth(-z)
            value.loss[j] = s * (high + far)
            value.complementary_loss[j] = s * (low + far)
        if need & NEED_SECOND:
            far = density * mills2(a)
            near = 0.5 * a * a + 0.5 - far
            square = s * s
            value.second_loss[j] = square * (near if z < 0.0 else far)
            value.complementary_second_loss[j] = square * (far if z < 0.0 else near)


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef int j
    cdef double inverse
    for j in range(LANES):
        inverse = 1.0 / rows.std[j]
        out[j] = gauss.pdf((x[j] - rows.mean[j]) * inverse) * inverse


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef int j
    for j in range(LANES):
        out[j] = rows.mean[j] + rows.std[j] * gauss.quantile(p[j], q[j])


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = rows.mean[j] + rows.std[j] * z[j]


cdef inline double support_low(double mean, double std, double unused) noexcept nogil:
    return -INFINITY


cdef inline double support_high(double mean, double std, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 0
    SUM_A = 2
    SUM_B = 1
    SUM_C = 0

include "no_growth.pxi"
include "rows.pxi"
include "smooth_steps.pxi"
