"""Gamma demand, natural parameters (shape, scale).

In u = x/scale and D = u^a e^-u / Gamma(a), one side of x is computed with positive terms only and the
other follows: u <= a the lower side by series, above it the upper side by Legendre's continued fraction;
shapes beyond LARGE by quadrature of the density relative to its value at u; shapes below 1 near zero
from Gamma(a, u) itself, where 1 - P would cancel.
"""
from libc.math cimport INFINITY, NAN, exp, expm1, fabs, log, sqrt

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.special cimport log1p_minus, log_gamma_1p, stirling_error

cdef double LARGE = 400.0
cdef double CUT = 42.0  # e^-42 is beyond the last digit


cdef struct Sides:
    double probability  # one side of u for scale 1: probability, E|G - u|, E[(G - u)^2]/2 there
    double first
    double second


cdef double peak(double a, double u) noexcept nogil:
    # D, by the saddle form: the exponent is small where the density is not
    cdef double w = (u - a) / a
    if a < 1.0:
        return a * exp(a * log(u) - u - log_gamma_1p(a))
    if w < -0.6:
        return sqrt(a) * 0.39894228040143267794 * exp(a * log(u / a) - (u - a) - stirling_error(a))
    return sqrt(a) * 0.39894228040143267794 * exp(a * log1p_minus(w) - stirling_error(a))


cdef void lower_series(double a, double u, double d, Sides* side) noexcept nogil:
    # sum over n of u^n/(a+1)_n times 1, n, n(n-1)/2
    cdef double term = 1.0, zeroth = 1.0, first = 0.0, second = 0.0
    cdef int n
    for n in range(1, 100000):
        term *= u / (a + n)
        zeroth += term
        first += n * term
        second += 0.5 * n * (n - 1.0) * term
        if n > 1 and term * n * n <= 1e-17 * second:
            break
    side.probability = d / a * zeroth
    side.first = d / a * first
    side.second = d / a * second


cdef void upper_fraction(double a, double u, double d, Sides* side) noexcept nogil:
    # r_n = 1/(u + 2n + 1 - a + (n+1)(a-n-1) r_(n+1)); r_2 by forward recurrence, rescaled every four terms
    cdef double older_top = 0.0, old_top = 1.0, older_bottom = 1.0, old_bottom = u + 5.0 - a
    cdef double ratio = 1.0 / old_bottom, previous, numerator, denominator, top, bottom, scale, r1, r2, tail
    cdef double n = 3.0
    cdef int _block, _
    for _block in range(25000):
        for _ in range(4):
            numerator = n * (a - n)
            denominator = u + 2.0 * n + 1.0 - a
            top = denominator * old_top + numerator * older_top
            bottom = denominator * old_bottom + numerator * older_bottom
            older_top = old_top
            older_bottom = old_bottom
            old_top = top
            old_bottom = bottom
            n += 1.0
        scale = 1.0 / old_bottom
        older_top *= scale
        older_bottom *= scale
        old_top *= scale
        old_bottom = 1.0
        previous = ratio
        ratio = old_top
        if fabs(ratio - previous) <= 2e-16 * fabs(ratio):
            break
    r2 = ratio
    r1 = 1.0 / (u + 3.0 - a + 2.0 * (a - 2.0) * r2)
    tail = d / (u + 1.0 - a + (a - 1.0) * r1)
    side.probability = tail
    side.first = tail * (1.0 + (a - 1.0) * r1)
    side.second = tail * (1.0 + (a - 1.0) * r1 * (2.0 + (a - 2.0) * r2))


cdef void by_quadrature(double a, double u, double d, double direction, Sides* side) noexcept nogil:
    # density at u + direction t over that at u is exp(-fall(t)); cut where it has fallen by CUT
    cdef double b = a - 1.0
    cdef double slope = direction * (u - b) / u
    cdef double curve = b / (u * u)
    cdef double reach = 2.0 * CUT / (slope + sqrt(slope * slope + 2.0 * CUT * curve))
    cdef double t, w, fall, step, weight, zeroth = 0.0, first = 0.0, second = 0.0
    cdef int j, _
    for _ in range(30):
        if direction < 0.0 and reach >= u:
            reach = u
        w = direction * reach / u
        fall = slope * reach - b * log1p_minus(w)
        step = (fall - CUT) / (slope + b * w / (u * (1.0 + w)) * direction)
        if direction < 0.0 and reach >= u:
            break
        reach -= step
        if fabs(step) < 0.01 * reach:
            break
    if direction < 0.0 and reach > u:
        reach = u
    for j in range(GAUSS_COUNT):
        t = reach * GAUSS_NODE[j]
        weight = GAUSS_WEIGHT[j] * exp(b * log1p_minus(direction * t / u) - slope * t)
        zeroth += weight
        first += weight * t
        second += weight * t * t
    d *= reach / u
    side.probability = d * zeroth
    side.first = d * first
    side.second = 0.5 * d * second


cdef void upper_near_zero(double a, double u, double d, Sides* side) noexcept nogil:
    # shape < 1, u <= 1.5: Gamma(a, u)/Gamma(a) from 1 - u^a/Gamma(1 + a) and an alternating series
    cdef double exponent = a * log(u) - log_gamma_1p(a)
    cdef double term = 1.0, total = 0.0
    cdef int n
    for n in range(1, 60):
        term *= -u / n
        total -= term / (a + n)
        if fabs(term) <= 1e-18:
            break
    side.probability = -expm1(exponent) + a * exp(exponent) * total
    side.first = (a - u) * side.probability + d
    side.second = 0.5 * ((a - u + 1.0) * side.first + u * side.probability)


cdef double both_sides(double a, double u, Sides* low, Sides* high) noexcept nogil:
    # the two sides of u for scale 1; returns D, u times the density
    cdef double d, gap = a - u
    if u <= 0.0:
        low.probability = low.first = low.second = 0.0
        high.probability = 1.0
        high.first = gap
        high.second = 0.5 * (a + gap * gap)
        return 0.0
    if u - a > 800.0 + 60.0 * sqrt(a):  # every tail has underflown
        high.probability = high.first = high.second = 0.0
        low.probability = 1.0
        low.first = -gap
        low.second = 0.5 * (a + gap * gap)
        return 0.0
    d = peak(a, u)
    if u <= a:
        if a > LARGE:
            by_quadrature(a, u, d, -1.0, low)
        else:
            lower_series(a, u, d, low)
        high.probability = 1.0 - low.probability
        high.first = gap + low.first
        high.second = 0.5 * (a + gap * gap) - low.second
        if a < 0.3:
            upper_near_zero(a, u, d, high)
        return d
    if a < 1.0 and u <= 1.5:
        upper_near_zero(a, u, d, high)
    elif a > LARGE:
        by_quadrature(a, u, d, 1.0, high)
    else:
        upper_fraction(a, u, d, high)
    low.probability = 1.0 - high.probability
    low.first = high.first - gap
    low.second = 0.5 * (a + gap * gap) - high.second
    return d


cdef void evaluate(double x, double a, double scale, double unused, Measures* value) noexcept nogil:
    cdef Sides low, high
    if not (a > 0.0 and scale > 0.0) or x != x:
        value.cdf = value.sf = NAN
        value.loss = value.complementary_loss = value.second_loss = value.complementary_second_loss = NAN
        return
    both_sides(a, x / scale, &low, &high)
    value.cdf = low.probability
    value.sf = high.probability
    value.loss = scale * high.first
    value.complementary_loss = scale * low.first
    value.second_loss = scale * scale * high.second
    value.complementary_second_loss = scale * scale * low.second


cdef double density(double x, double a, double scale, double unused) noexcept nogil:
    cdef double u = x / scale
    if not (a > 0.0 and scale > 0.0) or x != x:
        return NAN
    if u < 0.0 or u - a > 800.0 + 60.0 * sqrt(a):
        return 0.0
    if u == 0.0:
        return INFINITY if a < 1.0 else (1.0 / scale if a == 1.0 else 0.0)
    return peak(a, u) / x


cdef double cdf(double x, double a, double scale, double unused) noexcept nogil:
    cdef Measures value
    evaluate(x, a, scale, unused, &value)
    return value.cdf


cdef double sf(double x, double a, double scale, double unused) noexcept nogil:
    cdef Measures value
    evaluate(x, a, scale, unused, &value)
    return value.sf


cdef double start(double p, double q, double a) noexcept nogil:
    # Wilson-Hilferty, or the leading term of P for small u
    cdef double z = gauss.quantile(p, q)
    cdef double t = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a))
    cdef double small
    if a > 0.5 and t > 0.2:
        return a * t * t * t
    if p <= 0.5 or a < 0.1:
        small = exp((log(p) + (log_gamma_1p(a) if a <= 1.0 else stirling_error(a + 1.0) + (a + 0.5) * log(a + 1.0)
                               - a - 1.0 + 0.91893853320467274178)) / a)
        if small < 0.3 * (a + 1.0):
            return small
    return a * t * t * t if t > 0.2 else 0.2 * a


cdef double quantile(double p, double q, double a, double scale, double unused) noexcept nogil:
    # on the logarithm of the smaller tail: Newton in log u below (P ~ u^a), Halley in u above; in a bracket
    cdef double u, low = 0.0, high = INFINITY, error, new, slope, hazard, bend, enough
    cdef Sides below, above
    cdef int _
    if not (a > 0.0 and scale > 0.0):
        return NAN
    u = start(p, q, a)
    for _ in range(100):
        if u < 1e-300:
            return 0.0 if u == 0.0 else u * scale
        slope = both_sides(a, u, &below, &above)
        new = -1.0
        if p <= q or u < 0.1:
            error = log(below.probability / p) if p <= q else -(above.probability - q) / p
            enough = 1e-9  # the error left is the square of the step
            if slope > 0.0:
                new = u * exp(-error * below.probability / slope)
        else:
            error = -log(above.probability / q) if above.probability > 0.0 else INFINITY
            enough = 1e-6  # the cube
            if slope > 0.0:
                hazard = slope / (u * above.probability)
                bend = 1.0 - 0.5 * error * ((a - 1.0) / u - 1.0 + hazard) / hazard
                new = u - error / hazard / (bend if 0.5 < bend < 2.0 else 1.0)
                enough = enough if 0.5 < bend < 2.0 else 1e-9
        if error > 0.0:
            high = u
        else:
            low = u
        if new > 0.0 and fabs(new - u) <= enough * u:
            return new * scale
        if not (low <= new <= high):
            new = 0.5 * (low + high) if high < INFINITY else 2.0 * u + 1.0
            if low == 0.0 and high < 1.0:
                new = high * 1e-3
        if high - low <= 4e-16 * u:
            break
        u = new
    return u * scale


cdef inline double score(double z, double a, double scale, double unused) noexcept nogil:
    # Wilson-Hilferty, from where it is sound
    cdef double t = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a))
    return scale * a * (t * t * t if t > 0.0 else 0.0)


cdef inline double support_low(double a, double scale, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double a, double scale, double unused) noexcept nogil:
    return INFINITY


include "scalar_lanes.pxi"
cdef enum:
    WHOLE = 0
    SUM_A = 2
    SUM_B = 0
    SUM_C = 0

include "rows.pxi"
