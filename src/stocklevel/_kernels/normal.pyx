"""Normal demand, natural parameters (mean, std)."""
from libc.math cimport INFINITY, fabs

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, NEED_LOSS, NEED_PROBABILITY, NEED_SECOND, Lanes
from stocklevel._kernels.mills cimport mills2_over
from stocklevel._kernels.vmath cimport mul_add


cdef struct Prepared:
    double mean[16]
    double std[16]
    double inverse[16]


cdef inline void prepare(const double* mean, const double* std, const double* unused, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.mean[j] = mean[j]
        rows.std[j] = std[j]
        rows.inverse[j] = 1.0 / std[j]


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    # each tail over the density is a rational function of |z|; the other side of the mean is its mirror
    # stages of their own, so that a processor has several rows at hand while one waits
    cdef double s, a, gap, far, near, square
    cdef double z[16]
    cdef double distance[16]
    cdef double density[16]
    cdef gauss.Ratios tail
    cdef int j
    for j in range(LANES):
        z[j] = (x[j] - rows.mean[j]) * rows.inverse[j]
        distance[j] = gauss.distance(z[j])
    for j in range(LANES):
        density[j] = gauss.density(distance[j])
    for j in range(LANES):
        s = rows.std[j]
        gauss.ratios(distance[j], need, &tail)
        if need & NEED_DENSITY:
            value.density[j] = density[j] * rows.inverse[j]
        if need & NEED_PROBABILITY:
            far = density[j] * tail.sf
            near = 1.0 - far
            value.sf[j] = near if z[j] < 0.0 else far
            value.cdf[j] = far if z[j] < 0.0 else near
        if need & NEED_LOSS:
            gap = rows.mean[j] - x[j]
            far = density[j] * tail.loss
            value.loss[j] = mul_add(s, far, 0.0 if gap < 0.0 else gap)
            value.complementary_loss[j] = mul_add(s, far, 0.0 if gap > 0.0 else -gap)
        if need & NEED_SECOND:
            a = fabs(z[j])
            far = density[j] * tail.second
            near = 0.5 * a * a + 0.5 - far
            square = s * s
            value.second_loss[j] = square * (near if z[j] < 0.0 else far)
            value.complementary_second_loss[j] = square * (far if z[j] < 0.0 else near)


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef int j
    for j in range(LANES):
        out[j] = gauss.pdf((x[j] - rows.mean[j]) * rows.inverse[j]) * rows.inverse[j]


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef double z[16]
    gauss.quantiles(p, q, z)
    score_lanes(rows, z, out)


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = rows.mean[j] + rows.std[j] * z[j]


cdef inline void slope_lanes(const Prepared* rows, const double* x, const double* density, double* slope,
                             double* bent) noexcept nogil:
    # p' = -z p/s, p'' = (z^2 - 1) p/s^2
    cdef double z, p
    cdef int j
    for j in range(LANES):
        z = (x[j] - rows.mean[j]) * rows.inverse[j]
        p = density[j] * rows.inverse[j]
        slope[j] = -z * p
        bent[j] = (z * z - 1.0) * p * rows.inverse[j]


cdef inline double support_low(double mean, double std, double unused) noexcept nogil:
    return -INFINITY


cdef inline double support_high(double mean, double std, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 0
    BENDS = 1
    SUM_A = 2
    SUM_B = 1
    SUM_C = 0
    DENSITY_PANELS = 0

include "no_growth.pxi"
include "normal_levels.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
