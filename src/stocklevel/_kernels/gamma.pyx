"""Gamma demand, natural parameters (shape, scale).

In u = x/scale and D = u^a e^-u / Gamma(a), one side of u (probability, E|G - u|, E[(G - u)^2]/2 there) is computed
with relative accuracy and the other follows from the moments: above the mean the upper side by Legendre's continued
fraction, below it the lower side by the fraction of its own recurrence, large shapes by quadrature of the density
relative to its value at u.  Shapes near 0 need Gamma(a, u) itself close to 0, where 1 - P would cancel.
"""
from libc.math cimport INFINITY, NAN, fabs, sqrt

from stocklevel._kernels cimport gauss
from stocklevel._kernels.gamma_lanes cimport (
    expm1_near,
    log_gamma_1p_near,
    over_log,
    peak_exponent,
    peak_front,
    peak_lift,
    steps,
)
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, Lanes
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.vmath cimport from_bits, mul_add, to_bits, vexp, vlog

cdef enum:
    STEPS = 8       # of a fraction between two looks at its lanes
    LARGE = 4000    # shapes from here on by quadrature
    CUT = 42        # e^-42 is beyond the last digit
    HALLEY = 60     # steps of a quantile; two are the rule
cdef double NEAR_SHAPE = 0.2, NEAR_U = 1.5, SMALLEST = 1e-307


cdef struct Prepared:
    double shape[16]    # 1 where a parameter is outside the domain
    double scale[16]
    double inverse[16]  # 1/shape
    double front[16]    # D = front e^(lift - ...)
    double lift[16]
    double edge[16]     # the upper side is computed above this u
    double most[16]     # every tail has underflown above this u
    double missing[16]  # NaN outside the domain, else 0


cdef struct Side:
    double u[16]      # within the reach of the formulas
    double d[16]      # D, zero off the support
    double upper[16]  # 1 where the fields below are of the upper side, else 0
    double zeroth[16]
    double first[16]
    double second[16]


cdef void prepare(const double* a, const double* b, const double* c, Prepared* rows) noexcept nogil:
    cdef double shape, root, edge
    cdef int j, valid
    for j in range(LANES):
        valid = (a[j] > 0.0) & (b[j] > 0.0) & (a[j] < INFINITY)
        shape = a[j] if valid else 1.0
        root = sqrt(shape)
        rows.missing[j] = 0.0 if valid else NAN
        rows.shape[j] = shape
        rows.scale[j] = b[j]
        rows.inverse[j] = 1.0 / shape
        rows.front[j] = peak_front(shape)
        rows.lift[j] = peak_lift(shape, rows.inverse[j])
        edge = mul_add(1.9, shape, 1.1)
        edge = edge if edge < 3.0 else 3.0
        edge = edge if shape > NEAR_SHAPE else NEAR_U
        rows.edge[j] = edge if edge > shape - 0.3 * root else shape - 0.3 * root
        rows.most[j] = mul_add(60.0, root, shape + 800.0)


cdef inline void backward(double n, double base, double growth, double top, double fall, double* q, double* p) noexcept nogil:
    # Q_n = b_n Q_(n+1) + alpha_(n+1) Q_(n+2), b_n = base + growth n, alpha_n = n (top - fall n)
    cdef double m = n + 1.0
    cdef double new = mul_add(mul_add(growth, n, base), q[0], m * mul_add(-fall, m, top) * p[0])
    p[0] = q[0]
    q[0] = new


cdef void by_fraction(const Prepared* rows, double share, Side* side) noexcept nogil:
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
        n = steps(a, u, up != 0.0) * share if a < LARGE else 1.0
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
    cdef double part[16]  # of u that is passed on the way, signed
    cdef double fall[16]  # the linear term of all the way
    cdef double zeroth[16]
    cdef double first[16]
    cdef double second[16]
    cdef double a, b, u, sign, slope, w, t, weight, reach, d
    cdef int j, i
    for j in range(LANES):
        b = rows.shape[j] - 1.0
        u = side.u[j] if side.u[j] > 1e-3 * b else 1e-3 * b  # below, D has underflown
        sign = 2.0 * side.upper[j] - 1.0
        slope = sign * (u - b)
        part[j] = 2.0 * CUT / (slope + sqrt(mul_add(slope, slope, 2.0 * CUT * b)))
        fall[j] = slope * part[j]
        part[j] *= sign
        zeroth[j] = 0.0
        first[j] = 0.0
        second[j] = 0.0
    for i in range(GAUSS_COUNT):
        t = GAUSS_NODE[i]
        for j in range(LANES):
            w = part[j] * t
            weight = GAUSS_WEIGHT[i] * vexp(-(rows.shape[j] - 1.0) * over_log(w, 1.0 + w) - fall[j] * t)
            zeroth[j] += weight
            weight *= t
            first[j] += weight
            second[j] += weight * t
    for j in range(LANES):
        d = side.d[j] * fabs(part[j])
        reach = side.u[j] * fabs(part[j])
        a = rows.shape[j]
        side.zeroth[j] = d * zeroth[j] if a >= LARGE else side.zeroth[j]
        side.first[j] = d * reach * first[j] if a >= LARGE else side.first[j]
        side.second[j] = 0.5 * d * reach * reach * second[j] if a >= LARGE else side.second[j]


cdef void near_zero(const Prepared* rows, const Side* side, double* high, double* high1, double* high2) noexcept nogil:
    # a <= 0.2, u <= 1.5: Gamma(a, u)/Gamma(a) from 1 - u^a/Gamma(1 + a) and the alternating series (DLMF 8.7.3)
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


cdef int sides(const Prepared* rows, const double* x, double share, Side* side) noexcept nogil:
    # the side of x/scale that keeps its accuracy (a share of its digits); returns how many lanes need near_zero
    cdef double a, u, d
    cdef int j, large = 0, near = 0
    for j in range(LANES):
        a = rows.shape[j]
        u = x[j] / rows.scale[j]
        d = rows.front[j] if (u > 0.0) & (u < rows.most[j]) else 0.0
        u = u if u > SMALLEST else SMALLEST
        u = u if u < rows.most[j] else rows.most[j]
        side.u[j] = u
        side.d[j] = d * vexp(peak_exponent(a, rows.inverse[j], rows.lift[j], u))
        side.upper[j] = 1.0 if u > rows.edge[j] else 0.0
        large += 1 if a >= LARGE else 0
        near += 1 if (a <= NEAR_SHAPE) & (u <= NEAR_U) else 0
    if large < LANES:
        by_fraction(rows, share, side)
    if large > 0:
        by_quadrature(rows, side)
    return near


cdef void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef double a, u, s, gap, zeroth, first, second, missing
    cdef double high[16]
    cdef double high1[16]
    cdef double high2[16]
    cdef Side side
    cdef int j, near = sides(rows, x, 1.0, &side)
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
        for j in range(LANES):
            a = side.d[j] / (x[j] if side.d[j] > 0.0 else 1.0)
            value.density[j] = a + (rows.missing[j] if x[j] == x[j] else NAN)


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


cdef inline double wilson_hilferty(double a, double z) noexcept nogil:
    cdef double t = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a))
    return a * t * t * t if t > 0.2 else 0.008 * a


cdef void start(const Prepared* rows, const double* p, const double* q, double* u) noexcept nogil:
    # Wilson-Hilferty; the first terms of P for small p and shapes, Gamma(a, u) ~ u^(a - 1) e^-u for small shapes far out
    cdef double a, low, tail
    cdef int j, other = 0
    for j in range(LANES):
        u[j] = wilson_hilferty(rows.shape[j], gauss.quantile(p[j], q[j]))
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
    cdef double steps[16]
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
        going[j] = 1.0 if x[j] > 1e-290 else 0.0  # below, the leading term is all there is
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
            steps[j] = 3.0 if step > 3.0 else step
        for j in range(LANES):
            u = x[j]
            step = steps[j]
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
    # Wilson-Hilferty, from where it is sound
    cdef int j
    for j in range(LANES):
        x[j] = rows.scale[j] * wilson_hilferty(rows.shape[j], z[j])


cdef inline double support_low(double a, double scale, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double a, double scale, double unused) noexcept nogil:
    return INFINITY


cdef enum:
    WHOLE = 0

include "rows.pxi"
