"""Uniform demand, natural parameters (low, high)."""
from libc.math cimport NAN

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport (
    LANES,
    NEED_DENSITY,
    NEED_LOSS,
    NEED_PROBABILITY,
    NEED_SECOND,
    ONLY_CDF,
    ONLY_SF,
    Lanes,
)


cdef struct Prepared:
    double low[16]
    double high[16]
    double width[16]


cdef inline void prepare(const double* low, const double* high, const double* unused, Prepared* rows) noexcept nogil:
    cdef double width
    cdef int j
    for j in range(LANES):
        width = high[j] - low[j]
        rows.low[j] = low[j]
        rows.high[j] = high[j]
        rows.width[j] = width if width > 0.0 else NAN


cdef inline double positive(double x) noexcept nogil:
    return 0.0 if x < 0.0 else x


cdef inline double within(double x, double width) noexcept nogil:
    # NaN stays
    cdef double y = 0.0 if x < 0.0 else x
    return width if y > width else y


cdef inline double first(double inside, double outside, double width) noexcept nogil:
    return 0.5 * inside * (inside / width) + outside


cdef inline double second(double inside, double outside, double width) noexcept nogil:
    return inside * inside * (inside / width) * (1.0 / 6.0) + 0.5 * outside * (width + outside)


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    # how far x lies from each end: inside the support, and beyond the other end; every term is positive
    cdef double y, low, high, width, above, below, beyond_high, beyond_low, flat
    cdef int j
    for j in range(LANES):
        y = x[j]
        low = rows.low[j]
        high = rows.high[j]
        width = rows.width[j]
        above = within(high - y, width)
        below = within(y - low, width)
        beyond_low = positive(low - y)
        beyond_high = positive(y - high)
        if need & NEED_DENSITY:
            flat = 1.0 / width + 0.0 * y  # NaN stays, and at the ends gives way to 0
            flat = 0.0 if y < low else flat
            value.density[j] = 0.0 if y > high else flat
        if need & NEED_PROBABILITY:
            if not need & ONLY_SF:
                value.cdf[j] = below / width
            if not need & ONLY_CDF:
                value.sf[j] = above / width
        if need & NEED_LOSS:
            value.loss[j] = first(above, beyond_low, width)
            value.complementary_loss[j] = first(below, beyond_high, width)
        if need & NEED_SECOND:
            value.second_loss[j] = second(above, beyond_low, width)
            value.complementary_second_loss[j] = second(below, beyond_high, width)


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef Lanes value
    cdef int j
    evaluate_lanes(rows, x, NEED_DENSITY, &value)
    for j in range(LANES):
        out[j] = value.density[j]


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    # from the nearer end
    cdef double up, down
    cdef int j
    for j in range(LANES):
        up = rows.low[j] + rows.width[j] * p[j]
        down = rows.high[j] - rows.width[j] * q[j]
        out[j] = up if p[j] < q[j] else down


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = rows.low[j] + rows.width[j] * gauss.sf(-z[j])


cdef inline void slope_lanes(const Prepared* rows, const double* x, const double* density, double* slope,
                             double* bent) noexcept nogil:
    cdef int j
    for j in range(LANES):
        slope[j] = bent[j] = 0.0


cdef inline double support_low(double low, double high, double unused) noexcept nogil:
    return low


cdef inline double support_high(double low, double high, double unused) noexcept nogil:
    return high


cdef enum:
    WHOLE = 0
    BENDS = 1
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0
    DENSITY_PANELS = 0

include "no_growth.pxi"
include "no_swift.pxi"
include "rows.pxi"
include "no_refining.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
