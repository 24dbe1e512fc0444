# Rare long tails of integer demand, one row at a time: where the vector forms of counting_sides.pxd do not hold.
# With size r and odds t: negative binomial r > 0, t = mean/r; binomial r = -trials, t = -prob; Poisson r = inf.
from libc.math cimport INFINITY, ceil, exp, expm1, fabs, log1p, sqrt

from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.special cimport exp_minus, log1p_minus

cdef struct Counting:
    double mean
    double size      # r; infinite for Poisson, -trials for binomial
    double odds      # t, so that mean = r t
    double beta      # t/(1 + t)
    double success   # 1/(1 + t) = 1 - beta


cdef inline Counting poisson(double mean) noexcept nogil:
    cdef Counting d
    d.mean = mean
    d.beta = d.odds = 0.0
    d.success = 1.0
    d.size = INFINITY
    return d


cdef inline Counting negative_binomial(double mean, double size) noexcept nogil:
    cdef Counting d
    d.mean = mean
    d.size = size
    d.odds = mean / size
    d.success = size / (size + mean)
    d.beta = mean / (size + mean)
    return d


cdef inline Counting binomial(double trials, double prob) noexcept nogil:
    cdef Counting d
    d.mean = trials * prob
    d.size = -trials
    d.odds = -prob
    d.success = 1.0 / (1.0 - prob)
    d.beta = -prob / (1.0 - prob)
    return d


cdef struct Sides:
    double probability  # above: P(X > k), E(X-k)+, E[(X-k)+(X-k-1)+]/2; below: P(X <= k) and its fellows
    double first
    double second
    double growth[3]    # of the negative binomial where asked for: r d/dr of these


cdef inline double fall(const Counting* d, double k, double v, double shift) noexcept nogil:
    # minus the logarithm of the integrand of `integrate` at b = t exp(-v), relative to v = 0;
    # shift = expm1(-v)
    cdef double r = d.size
    if r == INFINITY:
        return (k - d.mean) * v + d.mean * exp_minus(v)
    if r > 0.0 and d.success < 0.25:
        return (k + r) * log1p(-d.success * shift / (1.0 + shift)) - r * v
    return d.success * (k - d.mean) * v + (k + r) * (d.beta * exp_minus(v) + log1p_minus(d.beta * shift))


cdef inline void integrate(const Counting* d, double k, double p, double direction, bint grows, double drift,
                           Sides* side) noexcept nogil:
    # The tails are partial moments of a gamma (Poisson), beta prime or beta variable in t; with b = t exp(-v)
    # the integrand is smooth over any scale, so 24 Gauss nodes replace thousands of terms.  The drift is r d/dr log p.
    cdef double r = d.size, t = d.mean if r == INFINITY else d.odds
    cdef double n = 1.0 if r == INFINITY else k + r
    cdef double m = 1.0 if r == INFINITY else k + r + 1.0
    cdef double slope = direction * d.success * (k - d.mean)
    cdef double curve = d.mean if r == INFINITY else fabs((k + r) * d.beta * d.success)
    cdef double reach = 84.0 / (slope + sqrt(slope * slope + 84.0 * curve)), low = 0.0, high = INFINITY
    cdef double v, b, shift, weight, gap, excess, width, lift, zeroth = 0.0, first = 0.0, second = 0.0
    cdef double grown0 = 0.0, grown1 = 0.0, grown2 = 0.0
    cdef int j, _, panel, panels
    for _ in range(60):
        excess = fall(d, k, direction * reach, expm1(-direction * reach)) - 42.0
        if fabs(excess) < 1.0:
            break
        if excess > 0.0:
            high = reach
        else:
            low = reach
        reach = reach * 1.5 if high == INFINITY else 0.5 * (low + high)
    panels = <int>ceil(reach / 4.0)  # 1 + b has its nearest zeros pi off the axis of v
    width = reach / panels
    for panel in range(panels):
        for j in range(GAUSS_COUNT):
            v = direction * width * (panel + GAUSS_NODE[j])
            shift = expm1(-v)
            b = t + t * shift
            weight = GAUSS_WEIGHT[j] * exp(-fall(d, k, v, shift))
            gap = -t * shift
            if r != INFINITY:
                weight /= 1.0 + b
            zeroth += weight * b
            first += weight * gap
            second += weight * gap * gap / (1.0 if r == INFINITY else 1.0 + b)
            if grows:
                lift = log1p(d.beta * shift)
                grown0 += lift * weight * b
                grown1 += lift * weight * gap
                grown2 += lift * weight * gap * gap / (1.0 + b)
    side.probability = p * n * width * zeroth
    side.first = direction * p * k * n * width * first
    side.second = 0.5 * p * k * n * m * width * second
    if grows:
        gap = drift + r / n
        side.growth[0] = p * n * width * (gap * zeroth - r * grown0)
        side.growth[1] = direction * p * k * n * width * (gap * first - r * grown1)
        side.growth[2] = 0.5 * p * k * n * m * width * ((gap + r / m) * second - r * grown2)


cdef inline void sum_dual(const Counting* d, double k, double p, bint grows, double drift, Sides* side) noexcept nogil:
    # The lower side of a negative binomial of small size r: with y = success, P(X <= k) and its fellows are
    # int_0^y u^(r-1) (y-u)^m (1-u)^(k or k-1) du, by Euler's transformation series of positive terms in y.
    cdef double r = d.size, y = d.success, i = 0.0, n = k + d.size, term = 1.0, part, more
    cdef double zeroth = 0.0, first = 0.0, second = 0.0, rise = 0.0, slope
    cdef double grown0 = 0.0, grown1 = 0.0, grown2 = 0.0
    while True:
        part = term * (i + 1.0) / (r + 1.0 + i)
        more = 0.5 * part * (i + 2.0) * (n + 1.0 + i) / (r + 2.0 + i)
        zeroth += term
        first += part
        second += more
        if grows:
            slope = rise - r / (r + 1.0 + i)
            grown0 += rise * term
            grown1 += slope * part
            grown2 += (slope + r / (n + 1.0 + i) - r / (r + 2.0 + i)) * more
        i += 1.0
        if term <= 1e-17 * zeroth and more <= 1e-17 * second:
            break
        term *= (n + i) / (r + i) * y
        if grows:
            rise += r / (n + i) - r / (r + i)
    side.probability = p * n / r * d.beta * zeroth
    side.first = p * k * n / r * d.beta * first
    side.second = p * k * n / r * d.beta * d.beta * second
    if grows:
        slope = drift + r / n - 1.0
        side.growth[0] = p * n / r * d.beta * (slope * zeroth + grown0)
        side.growth[1] = p * k * n / r * d.beta * (slope * first + grown1)
        side.growth[2] = p * k * n / r * d.beta * d.beta * (slope * second + grown2)


cdef inline void long_side(const Counting* d, double k, double p, bint up, bint grows, double drift,
                           Sides* side) noexcept nogil:
    if up or d.size < 0.0 or d.size > 100.0:
        integrate(d, k, p, 1.0 if up else -1.0, grows, drift, side)
    else:
        sum_dual(d, k, p, grows, drift, side)
