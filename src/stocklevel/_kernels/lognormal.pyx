"""LogNormal demand, natural parameters (mu, sigma) of the logarithm."""
from libc.math cimport INFINITY, NAN, exp, expm1, fabs, log

from stocklevel._kernels cimport gauss
from stocklevel._kernels.measures cimport Measures
from stocklevel._kernels.mills cimport mills0, mills1
from stocklevel._kernels.vmath cimport vlog


cdef inline double standard(double x, double mu, double sigma) noexcept nogil:
    # z of x > 0; -inf and inf at the ends
    cdef double y = x if x > 1e-307 else 1e-307
    cdef double z = (vlog(y if y < 1.7e308 else 1.7e308) - mu) / sigma
    z = z if x > 0.0 else -INFINITY
    z = z if x < INFINITY else INFINITY
    return z if x == x else NAN


cdef inline double density(double x, double mu, double sigma, double unused) noexcept nogil:
    cdef double y = x if x > 0.0 else 1.0
    return gauss.pdf(standard(x, mu, sigma)) / (y * sigma)


cdef inline double cdf(double x, double mu, double sigma, double unused) noexcept nogil:
    return gauss.sf(-standard(x, mu, sigma))


cdef inline double sf(double x, double mu, double sigma, double unused) noexcept nogil:
    return gauss.sf(standard(x, mu, sigma))


cdef inline double mills(double z) noexcept nogil:
    # sf over pdf at any sign
    return mills0(z) if z >= 0.0 else 1.0 / gauss.pdf(z) - mills0(-z)


cdef double mills_difference(double z, double sigma, int order) noexcept nogil:
    # order 1: M0(z - sigma) - M0(z); order 2: M0(z - 2 sigma) - 2 M0(z - sigma) + M0(z); z >= 0.
    # A small sigma would cancel, and there M0's Taylor series at z is sum M_n(z) sigma^n: all terms positive.
    cdef double older, old, new, power, term, total, step
    cdef int n
    if sigma * (z + 1.0) >= (0.1 if order == 1 else 1.0):
        if order == 1:
            return mills(z - sigma) - mills0(z)
        return mills(z - 2.0 * sigma) - 2.0 * mills(z - sigma) + mills0(z)
    older = mills0(z)
    old = mills1(z)
    power = sigma
    total = sigma * old if order == 1 else 0.0
    step = 0.0
    for n in range(2, 200):
        new = (older - z * old) / n
        power *= sigma
        step = 2.0 * step + 1.0  # 2^(n-1) - 1
        term = power * new * (1.0 if order == 1 else 2.0 * step)
        total += term
        if fabs(term) <= 1e-17 * total:
            break
        older = old
        old = new
    return total


cdef inline void evaluate(double x, double mu, double sigma, double unused, Measures* value) noexcept nogil:
    cdef double mean = exp(mu + 0.5 * sigma * sigma)
    cdef double z, weight, excess, spread
    if not (sigma > 0.0) or mu != mu or x != x:
        value.cdf = value.sf = NAN
        value.loss = value.complementary_loss = value.second_loss = value.complementary_second_loss = NAN
        return
    if x <= 0.0:
        value.cdf = 0.0
        value.sf = 1.0
        value.loss = mean - x
        value.complementary_loss = 0.0
        value.second_loss = 0.5 * (mean * mean * expm1(sigma * sigma) + (mean - x) * (mean - x))
        value.complementary_second_loss = 0.0
        return
    z = (log(x) - mu) / sigma
    if z > 60.0 + 3.0 * sigma:
        value.sf = value.loss = value.second_loss = 0.0
        value.cdf = 1.0
        value.complementary_loss = x - mean
        value.complementary_second_loss = 0.5 * (mean * mean * expm1(sigma * sigma) + (mean - x) * (mean - x))
        return
    weight = x * gauss.pdf(z)
    excess = -x * expm1(sigma * (0.5 * sigma - z))  # x - mean, without cancellation in the exponent
    value.cdf = gauss.sf(-z)
    value.sf = gauss.sf(z)
    if z < -39.0:  # the lower side has underflown
        value.complementary_loss = 0.0
        value.loss = mean - x
        value.second_loss = 0.5 * (mean * mean * expm1(sigma * sigma) + (mean - x) * (mean - x))
        value.complementary_second_loss = 0.0
        return
    if z >= 0.5 * sigma:  # above the mean: the upper side, else the lower one mirrored at z -> sigma - z
        value.loss = weight * mills_difference(z, sigma, 1)
        value.complementary_loss = value.loss + excess
    else:
        value.complementary_loss = weight * mills_difference(sigma - z, sigma, 1)
        value.loss = value.complementary_loss - excess
    spread = mean * mean * expm1(sigma * sigma) + excess * excess
    if z >= 0.0:
        value.second_loss = 0.5 * x * weight * mills_difference(z, sigma, 2)
        value.complementary_second_loss = 0.5 * spread - value.second_loss
    else:
        value.complementary_second_loss = 0.5 * x * weight * mills_difference(2.0 * sigma - z, sigma, 2)
        value.second_loss = 0.5 * spread - value.complementary_second_loss


cdef inline double quantile(double p, double q, double mu, double sigma, double unused) noexcept nogil:
    return exp(mu + sigma * gauss.quantile(p, q))


cdef inline double score(double z, double mu, double sigma, double unused) noexcept nogil:
    return exp(mu + sigma * z)


cdef inline double support_low(double mu, double sigma, double unused) noexcept nogil:
    return 0.0


cdef inline double support_high(double mu, double sigma, double unused) noexcept nogil:
    return INFINITY


include "scalar_lanes.pxi"
cdef enum:
    WHOLE = 0
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0

include "rows.pxi"
