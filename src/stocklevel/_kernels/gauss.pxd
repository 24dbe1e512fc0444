# The standard normal: density, iterated tails without cancellation, quantile.
from libc.math cimport NAN, fabs, sqrt

from stocklevel._kernels.measures cimport LANES, NEED_LOSS, NEED_PROBABILITY, NEED_SECOND
from stocklevel._kernels.mills cimport mills0_over, mills1_over, mills2_over
from stocklevel._kernels.scores cimport score_over_half
from stocklevel._kernels.vmath cimport mul_add, power_of_two, vlog


cdef inline double distance(double z) noexcept nogil:
    # |z|, beyond which nothing is left at 40
    cdef double a = fabs(z)
    return 40.0 if a > 40.0 else a


cdef inline double density(double a) noexcept nogil:
    # of a distance: 2^(n + f) by way of 2^(n + 600), which no distance leaves subnormal; n + f = -a^2/2 log2(e), its
    # rounding less than that of a itself; (2 pi)^(-1/2) 2^(f - 600) by Chebyshev, truncation 2e-16, in two chains
    cdef double bias = 6755399441055744.0 + 1623.0
    cdef double y = -0.72134752044448170368 * a
    cdef double shifted = mul_add(y, a, bias)
    cdef double f = mul_add(y, a, bias - shifted)
    cdef double s = f * f
    cdef double even = 6.7657724246309967728e-190
    cdef double odd = 9.8146815983830357569e-189
    even = mul_add(even, s, 1.2705788381966772408e-187)
    odd = mul_add(odd, s, 1.466419419349634308e-186)
    even = mul_add(even, s, 1.4809245240587917062e-185)
    odd = mul_add(odd, s, 1.2819135239447382227e-184)
    even = mul_add(even, s, 9.2470513626473164427e-184)
    odd = mul_add(odd, s, 5.3362700572345240982e-183)
    even = mul_add(even, s, 2.3095831045399229163e-182)
    odd = mul_add(odd, s, 6.6640481828817708125e-182)
    even = mul_add(even, s, 9.6141892656885773316e-182)
    return mul_add(odd, f, even) * power_of_two(shifted)


cdef inline double pdf(double z) noexcept nogil:
    return density(distance(z))


cdef inline double depth(double z) noexcept nogil:
    # max(-z, 0) without a branch, infinite z included
    cdef double y = 1e308 if z > 1e308 else z
    return 0.5 * (fabs(y) - y)


cdef struct Ratios:  # of the iterated tails to the density: of sf, loss, second loss
    double sf
    double loss
    double second


cdef inline void ratios(double a, int need, Ratios* to) noexcept nogil:
    # several from one: M0 = (a + 2 M2)/(1 + a^2), M1 = (1 - 2 a M2)/(1 + a^2), and 2 a M2 < 0.35
    cdef double p, q, square, inverse
    need = need & (NEED_PROBABILITY | NEED_LOSS | NEED_SECOND)
    if need == NEED_PROBABILITY:
        p = mills0_over(a, &q)
        to.sf = p / q
    elif need == NEED_LOSS:
        p = mills1_over(a, &q)
        to.loss = p / q
    elif need == NEED_SECOND:
        p = mills2_over(a, &q)
        to.second = p / q
    else:
        p = mills2_over(a, &q)
        square = mul_add(a, a, 1.0)
        inverse = 1.0 / (q * square)
        to.sf = mul_add(a, q, 2.0 * p) * inverse
        to.loss = mul_add(-2.0 * a, p, q) * inverse
        to.second = p * square * inverse


cdef inline double sf(double z) noexcept nogil:
    # below zero its mirror's complement; selecting constants keeps the loops free of branches
    cdef double below = 1.0 if z < 0.0 else 0.0
    cdef double a = distance(z)
    cdef Ratios tail
    ratios(a, NEED_PROBABILITY, &tail)
    return below + (1.0 - 2.0 * below) * (density(a) * tail.sf)


cdef inline double loss(double z) noexcept nogil:
    cdef double a = distance(z)
    cdef Ratios tail
    ratios(a, NEED_LOSS, &tail)
    return depth(z) + density(a) * tail.loss


cdef inline double central_quantile(double p, double q) noexcept nogil:
    # for 1e-5 <= p, q; see scores.pxd
    return 0.5 * (p - q) * score_over_half(-vlog(4.0 * p * q))


cdef inline double pick(int central, int far, double a, double c, double e) noexcept nogil:
    return a if central else (e if far else c)


cdef inline double far_quantile(double p, double q) noexcept nogil:
    # Wichura, AS 241 (PPND16); p + q = 1, both given so that neither tail is rounded away
    cdef double half = 0.5 * (p - q)
    cdef double r = sqrt(-vlog(p if p < q else q))
    cdef int m = fabs(half) <= 0.425
    cdef int f = r > 5.0
    cdef double w = 0.180625 - half * half if m else (r - 5.0 if f else r - 1.6)
    cdef double n, d
    n = pick(m, f, 2.5090809287301226727e+3, 7.74545014278341407640e-4, 2.01033439929228813265e-7)
    n = mul_add(n, w, pick(m, f, 3.3430575583588128105e+4, 2.27238449892691845833e-2, 2.71155556874348757815e-5))
    n = mul_add(n, w, pick(m, f, 6.7265770927008700853e+4, 2.41780725177450611770e-1, 1.24266094738807843860e-3))
    n = mul_add(n, w, pick(m, f, 4.5921953931549871457e+4, 1.27045825245236838258e+0, 2.65321895265761230930e-2))
    n = mul_add(n, w, pick(m, f, 1.3731693765509461125e+4, 3.64784832476320460504e+0, 2.96560571828504891230e-1))
    n = mul_add(n, w, pick(m, f, 1.9715909503065514427e+3, 5.76949722146069140550e+0, 1.78482653991729133580e+0))
    n = mul_add(n, w, pick(m, f, 1.3314166789178437745e+2, 4.63033784615654529590e+0, 5.46378491116411436990e+0))
    n = mul_add(n, w, pick(m, f, 3.3871328727963666080e+0, 1.42343711074968357734e+0, 6.65790464350110377720e+0))
    d = pick(m, f, 5.2264952788528545610e+3, 1.05075007164441684324e-9, 2.04426310338993978564e-15)
    d = mul_add(d, w, pick(m, f, 2.8729085735721942674e+4, 5.47593808499534494600e-4, 1.42151175831644588870e-7))
    d = mul_add(d, w, pick(m, f, 3.9307895800092710610e+4, 1.51986665636164571966e-2, 1.84631831751005468180e-5))
    d = mul_add(d, w, pick(m, f, 2.1213794301586595867e+4, 1.48103976427480074590e-1, 7.86869131145613259100e-4))
    d = mul_add(d, w, pick(m, f, 5.3941960214247511077e+3, 6.89767334985100004550e-1, 1.48753612908506148525e-2))
    d = mul_add(d, w, pick(m, f, 6.8718700749205790830e+2, 1.67638483018380384940e+0, 1.36929880922735805310e-1))
    d = mul_add(d, w, pick(m, f, 4.2313330701600911252e+1, 2.05319162663775882187e+0, 5.99832206555887937690e-1))
    d = mul_add(d, w, 1.0)
    return half * n / d if m else (-n / d if p < q else n / d)


cdef inline void quantiles(const double* p, const double* q, double* z) noexcept nogil:
    # p + q = 1, both given so that neither tail is rounded away; a row depends on its own p and q alone
    cdef double least
    cdef long long far = 0
    cdef int j
    for j in range(LANES):
        least = p[j] if p[j] < q[j] else q[j]
        far += 0 if least >= 1e-5 else 1
        z[j] = central_quantile(p[j], q[j])
    if far > 0:
        for j in range(LANES):
            least = p[j] if p[j] < q[j] else q[j]
            z[j] = z[j] if least >= 1e-5 else far_quantile(p[j], q[j])
