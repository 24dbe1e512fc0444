"""Gamma demand, natural parameters (shape, scale).

In u = x/scale and D = u^a e^-u / Gamma(a), one side of u (probability, E|G - u|, E[(G - u)^2]/2 there) is computed
with relative accuracy and the other follows from the moments: above the mean the upper side by Legendre's continued
fraction, below it the lower side by the fraction of its own recurrence, large shapes by quadrature of the density
relative to its value at u.  Shapes near 0 need Gamma(a, u) itself close to 0, where 1 - P would cancel.
"""
from libc.math cimport INFINITY, NAN, fabs, sqrt

from stocklevel._kernels cimport gauss
from stocklevel._kernels.gamma_lanes cimport (
    drift,
    expm1_near,
    log_gamma_1p_near,
    over_log,
    peak_exponent,
    peak_front,
    peak_lift,
)
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, ROUGHLY, Lanes
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.saddle cimport digamma_gap
from stocklevel._kernels.vmath cimport mul_add, vexp, vlog

cdef enum:
    HALLEY = 60  # steps of a quantile; two are the rule

include "gamma_sides.pxi"

cdef inline void fill(const Prepared* rows, const double* x, int need, const Side* side, int near,
                      Lanes* value) noexcept nogil:
    # the other side by complement
    cdef double a, s, gap, second, missing
    cdef double high[16]
    cdef double high1[16]
    cdef double high2[16]
    cdef int j
    for j in range(LANES):
        a = rows.shape[j]
        gap = a - x[j] / rows.scale[j]
        second = 0.5 * mul_add(gap, gap, a) - side.second[j]
        high[j] = side.zeroth[j] if side.upper[j] != 0.0 else 1.0 - side.zeroth[j]
        high1[j] = side.first[j] if side.upper[j] != 0.0 else side.first[j] + gap
        high2[j] = side.second[j] if side.upper[j] != 0.0 else second
        value.cdf[j] = 1.0 - side.zeroth[j] if side.upper[j] != 0.0 else side.zeroth[j]
        value.complementary_loss[j] = side.first[j] - gap if side.upper[j] != 0.0 else side.first[j]
        value.complementary_second_loss[j] = second if side.upper[j] != 0.0 else side.second[j]
    if near > 0:
        near_zero(rows, side, high, high1, high2)
    for j in range(LANES):
        s = rows.scale[j]
        missing = rows.missing[j] if x[j] == x[j] else NAN
        value.cdf[j] += missing
        value.sf[j] = high[j] + missing
        value.loss[j] = s * (high1[j] + missing)
        value.complementary_loss[j] = s * (value.complementary_loss[j] + missing)
        value.second_loss[j] = s * s * (high2[j] + missing)
        value.complementary_second_loss[j] = s * s * (value.complementary_second_loss[j] + missing)
    if need & NEED_DENSITY:
        for j in range(LANES):
            a = side.d[j] / (x[j] if side.d[j] > 0.0 else 1.0)
            value.density[j] = a + (rows.missing[j] if x[j] == x[j] else NAN)


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef Side side
    cdef int near = sides(rows, x, 0.75 if need & ROUGHLY else 1.0, &side)
    fill(rows, x, need, &side, near, value)


include "gamma_growth.pxi"
include "gamma_jumps.pxi"
include "gamma_quick.pxi"


cdef void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef double a, u, at_zero, d
    cdef int j, inside, low
    for j in range(LANES):
        a = rows.shape[j]
        u = x[j] / rows.scale[j]
        inside = (u >= SMALLEST) & (u < rows.most[j])
        d = peak_exponent(a, rows.inverse[j], rows.lift[j], u if inside else a)
        low = d < -600.0  # D may underflow where D/x does not
        d = rows.front[j] * vexp(d + 690.0 if low else d)
        d = (d if inside else 1.0) / (x[j] if inside else rows.scale[j])
        d = d * 2.1717382813898270085e-300 if low else d  # e^-690
        at_zero = INFINITY if a < 1.0 else (d if a == 1.0 else 0.0)
        d = d if u >= SMALLEST else (at_zero if u >= 0.0 else 0.0)
        d = d if u < rows.most[j] else 0.0
        out[j] = d + (rows.missing[j] if x[j] == x[j] else NAN)


cdef inline double wilson_hilferty(double a, double inverse, double z) noexcept nogil:
    cdef double t = mul_add(z * (1.0 / 3.0), sqrt(inverse), 1.0 - inverse * (1.0 / 9.0))
    t = t if t > 0.2 else 0.2
    t = t if t < 1e40 else 1e40
    return a * t * t * t


cdef void start(const Prepared* rows, const double* p, const double* q, double* u) noexcept nogil:
    # Wilson-Hilferty; first terms of P for small p and shapes; for small shapes far out Gamma(a, u) ~ u^(a - 1) e^-u
    cdef double a, low, tail
    cdef int j, other = 0
    gauss.quantiles(p, q, u)
    for j in range(LANES):
        u[j] = wilson_hilferty(rows.shape[j], rows.inverse[j], u[j])
        other += 1 if (p[j] < 0.5) | (rows.shape[j] < 0.4) else 0
    if other == 0:
        return
    for j in range(LANES):
        a = rows.shape[j]
        low = vexp((vlog(p[j] * a / rows.front[j]) - rows.lift[j]) * rows.inverse[j] - 1.0 + vlog(a))
        low = low * (1.0 + low / (a + 1.0))
        tail = vlog(a / q[j])
        tail = tail - (1.0 - a) * vlog(tail if tail > 1.5 else 1.5)
        u[j] = low if (p[j] < 0.5) & (low < 0.3 * (a + 1.0)) else u[j]
        low = low if low < 2.0 else 2.0
        u[j] = (tail if q[j] < 0.22 * a else low) if (p[j] >= 0.5) & (a < 0.4) else u[j]


cdef void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    # Halley in log u on the logarithm of the smaller tail, concave both ways; lanes that are done stand still
    cdef double x[16]
    cdef double sign[16]    # of the tail's slope
    cdef double wanted[16]
    cdef double low[16]     # u is in between
    cdef double high[16]
    cdef double going[16]
    cdef double root[16]
    cdef double move[16]
    cdef double tail[16]
    cdef double first[16]
    cdef double second[16]
    cdef double a, u, t, f, slope, bend, step, new, middle, best, whole, back, exact
    cdef Side side
    cdef int j, turn, near, active
    cdef Prepared unit = rows[0]
    start(rows, p, q, x)
    for j in range(LANES):
        unit.scale[j] = 1.0
        sign[j] = 1.0 if p[j] <= q[j] else -1.0
        wanted[j] = p[j] if p[j] <= q[j] else q[j]
        root[j] = sqrt(rows.shape[j] + 1.0)
        going[j] = 1.0 if (x[j] > 1e-290) & (wanted[j] > 0.0) else 0.0  # below, the leading term is all there is
        low[j] = 0.0
        high[j] = 1e300
    for turn in range(HALLEY):
        exact = 1.0 if turn > 0 else 0.0  # the first step is only as good as the start
        near = sides(&unit, x, 0.6 + 0.4 * exact, &side)
        for j in range(LANES):
            tail[j] = side.zeroth[j] if side.upper[j] != 0.0 else 1.0 - side.zeroth[j]
        if near > 0:
            near_zero(&unit, &side, tail, first, second)
        active = 0
        for j in range(LANES):
            a = rows.shape[j]
            u = x[j]
            t = 1.0 - side.zeroth[j] if side.upper[j] != 0.0 else side.zeroth[j]
            t = t if sign[j] > 0.0 else tail[j]
            whole = 1e-306 if t < 1e-306 else t
            slope = sign[j] * side.d[j] / whole
            f = vlog(whole / wanted[j])
            bend = 1.0 - 0.5 * f * (a - u - slope) / slope
            bend = 0.5 if bend < 0.5 else bend
            bend = 2.0 if bend > 2.0 else bend
            step = -f / (slope * bend)
            back = 0.25 * sign[j]
            step = back if t < 1e-306 else step  # underflown: back by quarters
            move[j] = 3.0 if step > 3.0 else step
        for j in range(LANES):
            u = x[j]
            step = move[j]
            new = u * vexp(step)
            low[j] = u * exact if step > 0.0 else low[j]
            high[j] = u + (1.0 - exact) * 1e300 if step < 0.0 else high[j]
            middle = 0.5 * (low[j] + high[j])
            middle = middle if high[j] < 1e300 else 2.0 * u + 1.0
            best = new if new <= high[j] else middle
            best = best if new >= low[j] else middle
            x[j] = best if going[j] != 0.0 else u
            best = fabs(step) * root[j] + (1.0 - exact)  # what is left after the step is its cube
            going[j] = 0.0 if best <= 1e-5 else going[j]
            going[j] = 0.0 if high[j] - low[j] <= 4e-16 * u else going[j]
            active += 1 if going[j] != 0.0 else 0
        if active == 0:
            break
    for j in range(LANES):
        out[j] = x[j] * rows.scale[j] + rows.missing[j]


cdef void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = rows.scale[j] * wilson_hilferty(rows.shape[j], rows.inverse[j], z[j])


cdef inline void slope_lanes(const Prepared* rows, const double* x, const double* density, double* slope,
                             double* bent) noexcept nogil:
    # p' = p ((a - 1)/x - 1/scale), p'' = p'^2/p - p (a - 1)/x^2; nothing below 0
    cdef double more, inverse, steep, p
    cdef int j
    for j in range(LANES):
        p = density[j] if x[j] > 0.0 else 0.0
        inverse = 1.0 / (x[j] if x[j] > 0.0 else 1.0)
        more = (rows.shape[j] - 1.0) * inverse
        steep = more - 1.0 / rows.scale[j]
        slope[j] = p * steep
        bent[j] = p * (steep * steep - more * inverse)


cdef inline double support_low(double a, double scale, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double a, double scale, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 0
    BENDS = 1
    SUM_A = 2
    SUM_B = 0
    SUM_C = 0
    DENSITY_PANELS = 1
    GROWS = 1

include "no_swift.pxi"
include "rows.pxi"
include "gamma_levels.pxi"
include "smooth_steps.pxi"
include "smooth_cycles.pxi"
