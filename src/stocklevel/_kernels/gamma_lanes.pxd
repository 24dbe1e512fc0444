# Pieces of the gamma distribution for one lane: no branches, so that loops over lanes become vectors.
from libc.math cimport fabs, sqrt

from stocklevel._kernels cimport single as rough
from stocklevel._kernels.gamma_peak cimport peak_factor
from stocklevel._kernels.saddle cimport digamma_gap
from stocklevel._kernels.vmath cimport from_bits, mul_add, to_bits, vexp, vlog


cdef inline double over_log(double w, double m) noexcept nogil:
    # w - log m, m = 1 + w, to relative accuracy: the reduction of vlog, whose first terms cancel w exactly near m = 1
    cdef unsigned long long bits = to_bits(m)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double exponent = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    cdef double far = from_bits(bits - (e << 52)) - 1.0
    cdef double f = w if exponent == 0.0 else far
    cdef double s = f / (2.0 + f)
    cdef double z = s * s
    cdef double h = 0.5 * f * f
    cdef double r = 1.479819860511658591e-01
    r = mul_add(r, z, 1.531383769920937332e-01)
    r = mul_add(r, z, 1.818357216161805012e-01)
    r = mul_add(r, z, 2.222219843214978396e-01)
    r = mul_add(r, z, 2.857142874366239149e-01)
    r = mul_add(r, z, 3.999999999940941908e-01)
    r = mul_add(r, z, 6.666666666666735130e-01) * z
    h = h - mul_add(s, h + r, exponent * 1.90821492927058770002e-10)
    return mul_add(exponent, -6.93147180369123816490e-01, w - f) + h


# D = u^a e^-u / Gamma(a) in saddle form, front e^(lift - a (w - log(1 + w))), w = (u - a)/a: the exponent is small
# where the density is not.  (a + 3/2)^a instead of a^a leaves a smooth factor of the shape (tools/fit_gamma_peak.py).
cdef inline double peak_front(double a) noexcept nogil:
    cdef double both = 1.0 / ((a + 1.5) * (a + 2.0))
    return a * peak_factor(4.0 * (a + 1.5) * both - 1.0) * sqrt((a + 2.0) * both)


cdef inline double peak_lift(double a, double inverse) noexcept nogil:
    cdef double w = 1.5 * inverse
    return a * over_log(w, 1.0 + w)


cdef inline double peak_exponent(double a, double inverse, double lift, double u) noexcept nogil:
    return mul_add(-a, over_log((u - a) * inverse, u * inverse), lift)


cdef inline double drift(double a, double inverse, double u) noexcept nogil:
    # a d/da of log D = a (log(u/a) + log a - psi(a))
    cdef double w = (u - a) * inverse, m = u * inverse
    cdef double near = w - over_log(w, m)
    return a * ((near if fabs(w) < 0.5 else vlog(m)) + digamma_gap(a))


cdef inline double expm1_near(double y) noexcept nogil:
    # e^y - 1 by Taylor for |y| < 0.35, else by the difference
    cdef double p = 1.0 / 6227020800.0
    cdef double far = vexp(y) - 1.0
    p = mul_add(p, y, 1.0 / 479001600.0)
    p = mul_add(p, y, 1.0 / 39916800.0)
    p = mul_add(p, y, 1.0 / 3628800.0)
    p = mul_add(p, y, 1.0 / 362880.0)
    p = mul_add(p, y, 1.0 / 40320.0)
    p = mul_add(p, y, 1.0 / 5040.0)
    p = mul_add(p, y, 1.0 / 720.0)
    p = mul_add(p, y, 1.0 / 120.0)
    p = mul_add(p, y, 1.0 / 24.0)
    p = mul_add(p, y, 1.0 / 6.0)
    p = mul_add(p, y, 0.5)
    return mul_add(p * y, y, y) if fabs(y) < 0.35 else far


cdef inline double log_gamma_1p_near(double a) noexcept nogil:
    # log Gamma(1 + a), 0 <= a <= 0.2: zeta series, (zeta(n) - 1)/n
    cdef double y = -a
    cdef double p = 4.49246919876456604e-7
    p = mul_add(p, y, 9.55141213040741983e-7)
    p = mul_add(p, y, 2.03921575380136624e-6)
    p = mul_add(p, y, 4.3748667899074878e-6)
    p = mul_add(p, y, 9.4394882752683959e-6)
    p = mul_add(p, y, 0.0000205072127756706916)
    p = mul_add(p, y, 0.0000449262367381331417)
    p = mul_add(p, y, 0.0000994575127818085337)
    p = mul_add(p, y, 0.00022315475845357938)
    p = mul_add(p, y, 0.000509669524743042422)
    p = mul_add(p, y, 0.00119275391170326098)
    p = mul_add(p, y, 0.00289051033074152329)
    p = mul_add(p, y, 0.00738555102867398527)
    p = mul_add(p, y, 0.0205808084277845479)
    p = mul_add(p, y, 0.0673523010531980951)
    p = mul_add(p, y, 0.322467033424113218)
    return mul_add(p * y, y, over_log(a, 1.0 + a)) - 0.57721566490153286061 * a


cdef inline double power_below(double y) noexcept nogil:
    # 2^-e for 2^e <= y < 2^(e + 1): scales without rounding
    cdef unsigned long long exponent = to_bits(y) & <unsigned long long>0x7FF0000000000000
    return from_bits(<unsigned long long>0x7FE0000000000000 - exponent)


cdef inline float steps(float a, float u, bint upper) noexcept nogil:
    # of a fraction, so that it reaches 3e-16: fits to counts, from above (tools/count_gamma_steps.py); in single
    # precision.  Upper side for u >= max(a - 0.3 sqrt(a), 1.5), lower side for u <= max(a - 0.3 sqrt(a), 3)
    cdef float least = 1e-30, half = 0.5, one = 1.0, root, s, above, near, far, top
    u = u if u > least else least
    root = rough.root(u)
    s = rough.root(root)
    above = rough.times_plus(half, root, u - a)
    near = rough.times_plus(rough.times_plus(0.1097, s, 0.0023) * root, above,
                            rough.times_plus(rough.single(0.0875) * above, above, u))
    far = rough.times_plus(rough.single(0.19) * s, a + one - u, root)
    top = rough.times_plus(rough.times_plus(s, rough.times_plus(-0.1451, s, 29.1), -52.9) * u, u,
                           rough.single(128.3) * near)
    top = top if upper else rough.times_plus(s, rough.times_plus(1.75, s, 13.7), -1.6) * root
    return rough.single(3.6) + top / (near * u if upper else far)
