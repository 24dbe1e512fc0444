# Integer demand whose pmf obeys p(k+1)/p(k) = (alpha + beta k)/(k + 1): Poisson, negative binomial, binomial.
# With size r and odds t: negative binomial r > 0, t = mean/r; binomial r = -trials, t = -prob; Poisson r = inf.
from libc.math cimport INFINITY, NAN, ceil, exp, expm1, fabs, floor, log, log1p, sqrt

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures
from stocklevel._kernels.quadrature cimport GAUSS_COUNT, GAUSS_NODE, GAUSS_WEIGHT
from stocklevel._kernels.special cimport exp_minus, log1p_minus, stirling_error

cdef struct Counting:
    double mean
    double variance
    double alpha
    double beta
    double size      # r; infinite for Poisson, -trials for binomial
    double odds      # t, so that mean = r t
    double success   # 1/(1 + t) = 1 - beta
    double highest   # trials for binomial, else infinite


cdef inline Counting poisson(double mean) noexcept nogil:
    cdef Counting d
    d.mean = d.variance = d.alpha = mean
    d.beta = d.odds = 0.0
    d.success = 1.0
    d.size = d.highest = INFINITY
    return d


cdef inline Counting negative_binomial(double mean, double size) noexcept nogil:
    cdef Counting d
    if size > 1e18 * (mean + 1.0):
        return poisson(mean)
    d.mean = mean
    d.size = size
    d.odds = mean / size
    d.success = size / (size + mean)
    d.beta = mean / (size + mean)
    d.alpha = mean * d.success
    d.variance = mean + mean * d.odds
    d.highest = INFINITY
    return d


cdef inline Counting binomial(double trials, double prob) noexcept nogil:
    cdef Counting d
    d.mean = trials * prob
    d.size = -trials
    d.odds = -prob
    d.success = 1.0 / (1.0 - prob)
    d.beta = -prob / (1.0 - prob)
    d.alpha = trials * prob / (1.0 - prob)
    d.variance = d.mean * (1.0 - prob)
    d.highest = trials
    return d


cdef inline double deviance(double k, double m, double gap) noexcept nogil:
    # Loader's bd0: k log(k/m) + m - k, with gap = m - k known without cancellation
    if gap < -0.6 * k:
        return k * log(k / m) + gap
    return -k * log1p_minus(gap / k)


cdef inline double up(const Counting* d, double k) noexcept nogil:
    return (d.alpha + d.beta * k) / (k + 1.0)


cdef inline double down(const Counting* d, double k) noexcept nogil:
    return k / (d.alpha + d.beta * (k - 1.0))


cdef inline double saddle_point(const Counting* d, double k) noexcept nogil:
    cdef double gap = d.success * (k - d.mean), n = d.size + k, exponent
    if d.size == INFINITY:
        if k == 0.0:
            return exp(-d.mean)
        return exp(-deviance(k, d.mean, d.mean - k) - stirling_error(k)) * 0.39894228040143267794 / sqrt(k)
    if k == 0.0:
        return exp(-d.size * log1p(d.odds))
    if d.size > 0.0:
        exponent = (stirling_error(n) - stirling_error(d.size) - stirling_error(k)
                    - deviance(d.size, n * d.success, gap) - deviance(k, n * d.beta, -gap))
        return exp(exponent) * 0.39894228040143267794 * sqrt(d.size / (k * n))
    if k == d.highest:
        return exp(k * log(-d.odds))
    gap = k - d.mean
    exponent = (stirling_error(d.highest) - stirling_error(k) - stirling_error(-n)
                - deviance(k, d.mean, -gap) - deviance(-n, d.highest * (1.0 + d.odds), gap))
    return exp(exponent) * 0.39894228040143267794 * sqrt(d.highest / (k * -n))


cdef inline double mass(const Counting* d, double k) noexcept nogil:
    # small k: from P(X = 0) by ratios; else Loader's saddle-point form, in which no large numbers cancel
    cdef double j = 0.0, none
    if k < 0.0 or k > d.highest:
        return 0.0
    if k <= 40.0:
        none = exp(-d.mean if d.size == INFINITY else -d.size * log1p(d.odds))
        if none > 1e-250:
            while j < k:
                none *= up(d, j)
                j += 1.0
            return none
    return saddle_point(d, k)


cdef struct Sides:
    double probability  # above: P(X > k), E(X-k)+, E[(X-k)+(X-k-1)+]/2; below: P(X <= k) and its fellows
    double first
    double second


# Both sums stop below 1e-307: a subnormal term times a ratio can round back to itself for ever.
cdef inline void sum_above(const Counting* d, double k, double p, Sides* side) noexcept nogil:
    cdef double j = k, i = 0.0, term = p, zeroth = 0.0, first = 0.0, second = 0.0
    while j < d.highest:
        term *= up(d, j)
        j += 1.0
        i += 1.0
        zeroth += term
        first += i * term
        second += 0.5 * i * (i - 1.0) * term
        if term < 1e-307 or (term * i * i <= 1e-17 * second and up(d, j) < 1.0):
            break
    side.probability = zeroth
    side.first = first
    side.second = second


cdef inline void sum_below(const Counting* d, double k, double p, Sides* side) noexcept nogil:
    cdef double j = k, i = 0.0, term = p, zeroth = p, first = 0.0, second = 0.0
    while j >= 1.0:
        term *= down(d, j)
        j -= 1.0
        i += 1.0
        zeroth += term
        first += i * term
        second += 0.5 * i * (i + 1.0) * term
        if (term < 1e-307 or term * i * i <= 1e-17 * second) and (d.size < 0.0 or d.size > 1.0):
            break
    side.probability = zeroth
    side.first = first
    side.second = second


cdef inline double fall(const Counting* d, double k, double v, double shift) noexcept nogil:
    # minus the logarithm of the integrand of `integrate` at b = t exp(-v), relative to v = 0;
    # shift = expm1(-v)
    cdef double r = d.size
    if r == INFINITY:
        return (k - d.mean) * v + d.mean * exp_minus(v)
    if r > 0.0 and d.success < 0.25:
        return (k + r) * log1p(-d.success * shift / (1.0 + shift)) - r * v
    return d.success * (k - d.mean) * v + (k + r) * (d.beta * exp_minus(v) + log1p_minus(d.beta * shift))


cdef inline void integrate(const Counting* d, double k, double p, double direction, Sides* side) noexcept nogil:
    # The tails are partial moments of a gamma (Poisson), beta prime or beta variable in t; with b = t exp(-v)
    # the integrand is smooth over any scale, so 24 Gauss nodes replace thousands of terms.
    cdef double r = d.size, t = d.mean if r == INFINITY else d.odds
    cdef double n = 1.0 if r == INFINITY else k + r
    cdef double m = 1.0 if r == INFINITY else k + r + 1.0
    cdef double slope = direction * d.success * (k - d.mean)
    cdef double curve = d.mean if r == INFINITY else fabs((k + r) * d.beta * d.success)
    cdef double reach = 84.0 / (slope + sqrt(slope * slope + 84.0 * curve)), low = 0.0, high = INFINITY
    cdef double v, b, shift, weight, gap, excess, width, zeroth = 0.0, first = 0.0, second = 0.0
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
    side.probability = p * n * width * zeroth
    side.first = direction * p * k * n * width * first
    side.second = 0.5 * p * k * n * m * width * second


cdef inline void sides(const Counting* d, double k, double p, Sides* low, Sides* high) noexcept nogil:
    # both sides of an integer k: the smaller computed as such, the other by complement
    cdef double gap = d.mean - k
    cdef double whole = 0.5 * (d.variance + gap * gap - gap)
    cdef bint many
    if k < 0.0:
        low.probability = low.first = low.second = 0.0
        high.probability = 1.0
        high.first = gap
        high.second = whole
    elif k >= d.highest:
        high.probability = high.first = high.second = 0.0
        low.probability = 1.0
        low.first = -gap
        low.second = whole
    elif k + 1.0 > d.mean:
        many = k > 0.0 and (8.0 * sqrt(d.variance) > 1000.0 or 40.0 / d.success > 800.0)
        if many:
            integrate(d, k, p, 1.0, high)
        else:
            sum_above(d, k, p, high)
        if k < d.mean + 1.0 and not many:  # the lower side may be the small one, as for a sure thing
            sum_below(d, k, p, low)
        else:
            low.probability = 1.0 - high.probability
            low.first = high.first - gap
            low.second = whole - high.second
    else:
        many = k > 400.0 and 8.0 * sqrt(d.variance) > 1000.0 and (d.size > 20.0 or d.size < 0.0)
        if many and d.highest - k > 2.0:
            integrate(d, k, p, -1.0, low)
        else:
            sum_below(d, k, p, low)
        high.probability = 1.0 - low.probability
        high.first = gap + low.first
        high.second = whole - low.second


cdef inline double mass_at(const Counting* d, double x) noexcept nogil:
    # P(X = x), 0 between integers
    if not (d.mean > 0.0 and d.size != 0.0) or x != x:
        return NAN
    return mass(d, x) if x == floor(x) and x < INFINITY else 0.0


cdef inline void measures_at(const Counting* d, double x, Measures* value) noexcept nogil:
    # cdf and sf step, the losses are linear between integers, the second loss lives on integers
    cdef double k = floor(x), part = x - floor(x), p
    cdef Sides low, high
    if not (d.mean > 0.0 and d.size != 0.0) or x != x:
        value.cdf = value.sf = NAN
        value.loss = value.complementary_loss = value.second_loss = value.complementary_second_loss = NAN
        return
    if k == INFINITY or k == -INFINITY:
        value.cdf = 1.0 if k > 0.0 else 0.0
        value.sf = 1.0 - value.cdf
        value.loss = INFINITY if k < 0.0 else 0.0
        value.complementary_loss = INFINITY - value.loss if k > 0.0 else 0.0
        value.second_loss = value.loss
        value.complementary_second_loss = value.complementary_loss
        return
    p = mass(d, k)
    sides(d, k, p, &low, &high)
    value.cdf = low.probability
    value.sf = high.probability
    value.loss = high.first - part * high.probability
    value.complementary_loss = low.first + part * low.probability
    value.second_loss = high.second if part == 0.0 else NAN
    value.complementary_second_loss = low.second if part == 0.0 else NAN


cdef inline double probability_at(const Counting* d, double x, bint upper) noexcept nogil:
    # P(X > x) or P(X <= x) without the losses; large spreads by way of them
    cdef double k = floor(x), term, total
    cdef Measures value
    if not (d.mean > 0.0 and d.size != 0.0) or x != x:
        return NAN
    if k < 0.0 or k >= d.highest or k == INFINITY:
        return 1.0 if (k < 0.0) == upper else 0.0
    if 8.0 * sqrt(d.variance) > 1000.0 or d.success < 0.05 or k < d.mean + 1.0 and k + 1.0 > d.mean:
        measures_at(d, x, &value)
        return value.sf if upper else value.cdf
    term = mass(d, k)
    if k + 1.0 > d.mean:
        total = 0.0
        while k < d.highest:
            term *= up(d, k)
            k += 1.0
            total += term
            if term < 1e-307 or (term <= 1e-17 * total and up(d, k) < 1.0):
                break
        return total if upper else 1.0 - total
    total = term
    while k >= 1.0:
        term *= down(d, k)
        k -= 1.0
        total += term
        if (term < 1e-307 or term <= 1e-17 * total) and (d.size < 0.0 or d.size > 1.0):
            break
    return 1.0 - total if upper else total


cdef inline double rough(const Counting* d, double z) noexcept nogil:
    # Cornish-Fisher at the normal score z
    cdef double sd = sqrt(d.variance), skew = (2.0 * d.variance / d.mean - 1.0) / sd
    return d.mean + sd * (z + skew * (z * z - 1.0) / 6.0) - 0.5


cdef inline double guess(const Counting* d, double p, double q) noexcept nogil:
    # Cornish-Fisher with the skewness of the family
    cdef double sd = sqrt(d.variance), z = gauss.quantile(p, q), skew, k
    skew = (2.0 * d.variance / d.mean - 1.0) / sd
    k = floor(d.mean + sd * (z + skew * (z * z - 1.0) / 6.0) + 0.5)
    return 0.0 if k < 0.0 else (d.highest if k > d.highest else k)
