"""Gamma demand, natural parameters (shape, scale).

In u = x/scale and D = u^a e^-u / Gamma(a), one side of u (probability, E|G - u|, E[(G - u)^2]/2 there) is computed
with relative accuracy and the other follows from the moments: above the mean the upper side by Legendre's continued
fraction, below it the lower side by the fraction of its own recurrence, large shapes by quadrature of the density
relative to its value at u.  Shapes near 0 need Gamma(a, u) itself close to 0, where 1 - P would cancel.
"""
from libc.math cimport INFINITY, NAN, fabs, sqrt

from stocklevel._kernels cimport gauss
from stocklevel._kernels.gamma_lanes cimport (
    density_at_shape,
    expm1_near,
    log_gamma_1p_near,
    over_log,
    peak,
    steps_above,
    steps_below,
)
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, Lanes
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.vmath cimport from_bits, mul_add, to_bits, vexp, vlog

cdef enum:
    STEPS = 8       # of a fraction between two looks at its lanes
    LARGE = 4000    # shapes from here on by quadrature
    CUT = 42        # e^-42 is beyond the last digit
    HALLEY = 60     # steps of a quantile; two are the rule
cdef double NEAR_SHAPE = 0.2, NEAR_U = 2.0, SMALLEST = 1e-300


cdef struct Prepared:
    double shape[16]    # 1 where a parameter is outside the domain
    double scale[16]
    double inverse[16]  # 1/shape
    double front[16]    # D at the shape
    double missing[16]  # NaN outside the domain, else 0


cdef struct Side:
    double u[16]      # within the reach of the formulas
    double d[16]      # D, zero off the support
    double upper[16]  # 1 where the fields below are of the upper side, else 0
    double zeroth[16]
    double first[16]
    double second[16]


cdef void prepare(const double* a, const double* b, const double* c, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.missing[j] = 0.0 if (a[j] > 0.0) & (b[j] > 0.0) & (a[j] < INFINITY) else NAN
        rows.shape[j] = a[j] if (a[j] > 0.0) & (b[j] > 0.0) & (a[j] < INFINITY) else 1.0
        rows.scale[j] = b[j]
        rows.inverse[j] = 1.0 / rows.shape[j]
        rows.front[j] = density_at_shape(rows.shape[j])


cdef inline void backward(double n, double base, double growth, double top, double fall, double* q, double* p) noexcept nogil:
    # Q_n = b_n Q_(n+1) + alpha_(n+1) Q_(n+2), b_n = base + growth n, alpha_n = n (top - fall n)
    cdef double m = n + 1.0
    cdef double new = mul_add(mul_add(growth, n, base), q[0], m * mul_add(-fall, m, top) * p[0])
    p[0] = q[0]
    q[0] = new


cdef void by_fraction(const Prepared* rows, Side* side) noexcept nogil:
    # y_n = b_n + alpha_(n+1)/y_(n+1) backward, y_n = Q_n/Q_(n+1).  Upper side: Legendre, b_n = u - a + 1 + 2n,
    # alpha_n = n (a - n).  Lower side, E[(u - G)+^n]/n! of shape a + 1: b_n = a + 1 - u + n, alpha_n = n u.
    cdef double base[16]
    cdef double growth[16]
    cdef double top[16]
    cdef double blocks[16]
    cdef double start[16]
    cdef double q[16]
    cdef double p[16]
    cdef double a, u, up, n, b, root, y, k, new, old, shrink, q1, q0, first, second, d
    cdef int j, most = 0, count, block
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        up = side.upper[j]
        base[j] = 1.0 + (u - a if up != 0.0 else a - u)
        growth[j] = 1.0 + up
        top[j] = a if up != 0.0 else u
        n = steps_above(a, u) if up != 0.0 else steps_below(a + 1.0, u)
        n = n if a < LARGE else 1.0
        count = <int>(n * (1.0 / STEPS)) + 1
        blocks[j] = count
        most = count if count > most else most
        # y_n for n past the steps: as if b and alpha stood still, and a correction for their drift
        n = 2.0 + STEPS * blocks[j]
        b = base[j] + growth[j] * n
        y = (n + 1.0) * (top[j] - up * (n + 1.0))
        root = sqrt(b * b + 4.0 * y)
        y = 0.5 * (b + root)
        start[j] = y - (y - b) * (growth[j] * y + top[j] - 2.0 * up * (n + 1.0)) / (root * root)
        q[j] = start[j]
        p[j] = 1.0
    for block in range(most - 1, -1, -1):
        k = block
        n = STEPS * k + 2.0
        for j in range(LANES):
            new = q[j]
            old = p[j]
            backward(n + 7.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 6.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 5.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 4.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 3.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 2.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n + 1.0, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            backward(n, base[j], growth[j], top[j], growth[j] - 1.0, &new, &old)
            shrink = from_bits(<unsigned long long>0x7FE0000000000000
                               - (to_bits(new) & <unsigned long long>0x7FF0000000000000))
            q[j] = new * shrink if k < blocks[j] else start[j]
            p[j] = old * shrink if k < blocks[j] else 1.0
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        up = side.upper[j]
        new = top[j] - up
        q1 = mul_add(base[j] + growth[j], q[j], 2.0 * (new - up) * p[j])
        q0 = mul_add(base[j], q1, new * q[j])
        d = side.d[j] * rows.inverse[j]
        y = (side.d[j] if up != 0.0 else d * u) / q0
        first = u * y * q[j]
        second = u * u * y * p[j]
        side.zeroth[j] = y * q1 if up != 0.0 else y * q1 + d
        side.first[j] = y * mul_add(new, q[j], q1) if up != 0.0 else first + y * q1
        side.second[j] = y * mul_add(new, mul_add(a - 2.0, p[j], 2.0 * q[j]), q1) if up != 0.0 else second + first


cdef void by_quadrature(const Prepared* rows, Side* side) noexcept nogil:
    # density at u +- t over that at u is exp(-fall(t)), nearly Gaussian; cut where it has fallen by about CUT
    cdef double slope[16]
    cdef double zeroth[16]
    cdef double first[16]
    cdef double second[16]
    cdef double reach[16]
    cdef double a, b, u, sign, t, w, weight, d
    cdef int j, i
    for j in range(LANES):
        b = rows.shape[j] - 1.0
        u = side.u[j]
        sign = 2.0 * side.upper[j] - 1.0
        slope[j] = sign * (u - b) / u
        reach[j] = 2.0 * CUT / (slope[j] + sqrt(mul_add(slope[j], slope[j], 2.0 * CUT * b / (u * u))))
        zeroth[j] = 0.0
        first[j] = 0.0
        second[j] = 0.0
    for i in range(GAUSS_COUNT):
        for j in range(LANES):
            a = rows.shape[j]
            t = reach[j] * GAUSS_NODE[i]
            w = (2.0 * side.upper[j] - 1.0) * t / side.u[j]
            weight = GAUSS_WEIGHT[i] * vexp(-(a - 1.0) * over_log(w, 1.0 + w) - slope[j] * t)
            zeroth[j] += weight
            first[j] += weight * t
            second[j] += weight * t * t
    for j in range(LANES):
        d = side.d[j] * reach[j] / side.u[j]
        a = rows.shape[j]
        side.zeroth[j] = d * zeroth[j] if a >= LARGE else side.zeroth[j]
        side.first[j] = d * first[j] if a >= LARGE else side.first[j]
        side.second[j] = 0.5 * d * second[j] if a >= LARGE else side.second[j]


cdef void near_zero(const Prepared* rows, const Side* side, double* high, double* high1, double* high2) noexcept nogil:
    # a <= 0.2, u <= 2: Gamma(a, u)/Gamma(a) from 1 - u^a/Gamma(1 + a) and the alternating series (DLMF 8.7.3)
    cdef double top[16]
    cdef double bottom[16]
    cdef double term[16]
    cdef double a, u, power, tail, first, second
    cdef int j, n, here
    for j in range(LANES):
        top[j] = 0.0
        bottom[j] = 1.0
        term[j] = -1.0
    for n in range(1, 27):
        for j in range(LANES):
            a = rows.shape[j]
            term[j] *= side.u[j] * (-1.0 / n)
            top[j] = mul_add(top[j], a + n, term[j] * bottom[j])
            bottom[j] *= a + n
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        here = (a <= NEAR_SHAPE) & (u <= NEAR_U) & (side.d[j] > 0.0)
        power = expm1_near(a * vlog(u) - log_gamma_1p_near(a))
        tail = a * (1.0 + power) * (top[j] / bottom[j]) - power
        first = mul_add(a - u, tail, side.d[j])
        second = 0.5 * mul_add(a - u + 1.0, first, u * tail)
        high[j] = tail if here else high[j]
        high1[j] = first if here else high1[j]
        high2[j] = second if here else high2[j]


cdef int sides(const Prepared* rows, const double* x, Side* side) noexcept nogil:
    # the side of x/scale that keeps its accuracy; returns how many lanes need near_zero
    cdef double a, u, most, edge
    cdef int j, large = 0, near = 0
    for j in range(LANES):
        a = rows.shape[j]
        u = x[j] / rows.scale[j]
        most = a + 800.0 + 60.0 * sqrt(a)  # every tail has underflown
        side.d[j] = 1.0 if u > 0.0 else 0.0
        u = u if u > SMALLEST else SMALLEST
        u = u if u < most else most
        side.u[j] = u
        side.d[j] *= peak(a, rows.front[j], rows.inverse[j], u)
        edge = 1.2 + 1.8 * a
        edge = edge if edge < 3.0 else 3.0
        edge = edge if a > NEAR_SHAPE else NEAR_U
        most = a - 0.3 * sqrt(a)
        edge = edge if edge > most else most
        side.upper[j] = 1.0 if u > edge else 0.0
        large += 1 if a >= LARGE else 0
        near += 1 if (a <= NEAR_SHAPE) & (u <= NEAR_U) else 0
    if large < LANES:
        by_fraction(rows, side)
    if large > 0:
        by_quadrature(rows, side)
    return near


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef double a, u, s, gap, zeroth, first, second, missing
    cdef double high[16]
    cdef double high1[16]
    cdef double high2[16]
    cdef Side side
    cdef int j, near = sides(rows, x, &side)
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
        near_zero(rows, &side, high, high1, high2)
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
        density_lanes(rows, x, value.density)


cdef void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef double a, u, most, at_zero, d
    cdef int j
    for j in range(LANES):
        a = rows.shape[j]
        u = x[j] / rows.scale[j]
        at_zero = INFINITY if a < 1.0 else (1.0 / rows.scale[j] if a == 1.0 else 0.0)
        most = a + 800.0 + 60.0 * sqrt(a)
        d = peak(a, rows.front[j], rows.inverse[j], u if (u > SMALLEST) & (u < most) else a) / x[j]
        d = d if u < most else 0.0
        d = d if u > SMALLEST else (at_zero if u >= 0.0 else 0.0)
        out[j] = d + (rows.missing[j] if x[j] == x[j] else NAN)


cdef inline double wilson_hilferty(double a, double z) noexcept nogil:
    cdef double t = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a))
    return a * t * t * t if t > 0.2 else 0.008 * a


cdef void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    # Halley in log u on the logarithm of the smaller tail, concave both ways; lanes that are done stand still
    cdef double v[16]
    cdef double x[16]
    cdef double high[16]
    cdef double high1[16]
    cdef double high2[16]
    cdef double low_end[16]
    cdef double high_end[16]
    cdef double going[16]
    cdef double a, u, tiny, z, f, slope, ratio, step, new, tail, middle
    cdef Side side
    cdef int j, _, near, active, done
    cdef Prepared unit = rows[0]
    for j in range(LANES):
        a = rows.shape[j]
        unit.scale[j] = 1.0
        z = gauss.quantile(p[j], q[j])
        tiny = vlog(p[j] * a / rows.front[j]) * rows.inverse[j] - 1.0 + vlog(a)  # P ~ u^a/Gamma(a + 1)
        u = vexp(tiny)
        new = u * (1.0 + u / (a + 1.0))
        u = new if (new < 0.3 * (a + 1.0)) & ((p[j] <= 0.5) | (a < 0.5)) else wilson_hilferty(a, z)
        x[j] = u
        going[j] = 1.0 if u > 1e-290 else 0.0
        low_end[j] = 0.0
        high_end[j] = 1e300
    for _ in range(HALLEY):
        near = sides(&unit, x, &side)
        for j in range(LANES):
            high[j] = side.zeroth[j] if side.upper[j] != 0.0 else 1.0 - side.zeroth[j]
        if near > 0:
            near_zero(&unit, &side, high, high1, high2)
        active = 0
        for j in range(LANES):
            a = rows.shape[j]
            u = x[j]
            tail = high[j]
            if p[j] <= q[j]:
                tail = side.zeroth[j] if side.upper[j] == 0.0 else 1.0 - side.zeroth[j]
            tail = tail if tail > 1e-307 else 1e-307
            f = vlog(tail / (p[j] if p[j] <= q[j] else q[j]))
            slope = side.d[j] / tail
            slope = slope if p[j] <= q[j] else -slope
            ratio = 1.0 - 0.5 * f * (a - u - slope) / slope
            ratio = ratio if ratio > 0.5 else 0.5
            step = -f / (slope * (ratio if ratio < 2.0 else 2.0))
            low_end[j] = u if step > 0.0 else low_end[j]
            high_end[j] = u if step < 0.0 else high_end[j]
            step = step if step < 3.0 else 3.0
            new = u * vexp(step)
            middle = 0.5 * (low_end[j] + high_end[j]) if high_end[j] < 1e300 else 2.0 * u + 1.0
            new = new if (new > low_end[j]) & (new < high_end[j]) else middle
            x[j] = new if going[j] != 0.0 else u
            done = (fabs(step) * sqrt(a + 1.0) <= 1e-5) | (high_end[j] - low_end[j] <= 4e-16 * u)
            going[j] = 0.0 if done else going[j]
            active += 1 if going[j] != 0.0 else 0
        if active == 0:
            break
    for j in range(LANES):
        out[j] = x[j] * rows.scale[j] + rows.missing[j]


cdef void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    # Wilson-Hilferty, from where it is sound
    cdef int j
    for j in range(LANES):
        x[j] = rows.scale[j] * wilson_hilferty(rows.shape[j], z[j])


cdef inline double support_low(double a, double scale, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double a, double scale, double unused) noexcept nogil:
    return INFINITY


include "rows.pxi"
