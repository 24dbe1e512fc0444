# Pieces of saddle-point densities (Loader 2000) that a compiler can put into vector lanes: no branches.
from libc.math cimport fabs

from stocklevel._kernels.vmath cimport from_bits, mul_add, to_bits, vlog


cdef inline double stirling_error(double a) noexcept nogil:
    # log Gamma(a) - [(a - 1/2) log a - a + log(2 pi)/2] for a >= 1; written by tools/stirling_rule.py
    cdef double s = 1.0 / (a + 0.75), t = mul_add(-3.5, s, 1.0), y = t * t
    cdef double even = -5.57797666557098473e-12, odd = 1.43323450648838214e-10
    even = mul_add(even, y, -1.98190149172854772e-10)
    odd = mul_add(odd, y, 8.14903653020536458e-10)
    even = mul_add(even, y, -6.64826781847580904e-9)
    odd = mul_add(odd, y, 1.89165685434701254e-8)
    even = mul_add(even, y, -9.08762466272268068e-8)
    odd = mul_add(odd, y, 5.08678006345798258e-7)
    even = mul_add(even, y, -1.9118404085422509e-6)
    odd = mul_add(odd, y, 9.17017987546125599e-6)
    even = mul_add(even, y, -0.0000558186088829888571)
    odd = mul_add(odd, y, 0.000253355535258413945)
    even = mul_add(even, y, -0.00072349845072781619)
    odd = mul_add(odd, y, 0.000872879001067128802)
    even = mul_add(even, y, 0.0829787266926325311)
    return mul_add(odd, t, even) / a


cdef inline double stirling_error_any(double a) noexcept nogil:
    # the same for any a > 0: below 1 through Gamma(a + 1) = a Gamma(a)
    cdef double small = 1.0 if a < 1.0 else 0.0
    cdef double shift = mul_add(a + 0.5, vlog(1.0 + 1.0 / a), -1.0)
    return stirling_error(a + small) + small * shift


cdef inline double digamma_gap(double a) noexcept nogil:
    # log a - psi(a) for any a > 0, below 1 through psi(a + 1) = psi(a) + 1/a; written by tools/stirling_rule.py
    cdef double small = 1.0 if a < 1.0 else 0.0, b = a + small, one = 1.0 / a
    cdef double s = 1.0 / (b + 0.75), t = mul_add(-3.5, s, 1.0), y = t * t
    cdef double even = -6.98275906255744988e-12, odd = -6.98146117801786301e-11
    even = mul_add(even, y, -5.89747673570057564e-11)
    odd = mul_add(odd, y, 2.69387094704645565e-11)
    even = mul_add(even, y, 1.85942622105051288e-9)
    odd = mul_add(odd, y, -1.02399097141810694e-10)
    even = mul_add(even, y, 1.27073745830229887e-8)
    odd = mul_add(odd, y, -8.35285151235903373e-8)
    even = mul_add(even, y, 1.58807862526259617e-7)
    odd = mul_add(odd, y, -1.29378089524142019e-6)
    even = mul_add(even, y, 7.53838390234316797e-6)
    odd = mul_add(odd, y, -0.0000249452712513308377)
    even = mul_add(even, y, 0.000162262540766827267)
    odd = mul_add(odd, y, -0.00140775831453582206)
    even = mul_add(even, y, 0.00851316978401121123)
    odd = mul_add(odd, y, -0.0371737514102940049)
    even = mul_add(even, y, 0.529924688433380166)
    return mul_add(small, one - vlog(1.0 + one), mul_add(odd, t, even) / b)


cdef inline double log1p_minus_series(double w) noexcept nogil:
    # log(1 + w) - w for |w| <= 0.4 by 2 atanh(r), r = w/(2 + w)
    cdef double r = w / (2.0 + w), y = r * r, p = 2.0 / 27.0
    p = mul_add(p, y, 2.0 / 25.0)
    p = mul_add(p, y, 2.0 / 23.0)
    p = mul_add(p, y, 2.0 / 21.0)
    p = mul_add(p, y, 2.0 / 19.0)
    p = mul_add(p, y, 2.0 / 17.0)
    p = mul_add(p, y, 2.0 / 15.0)
    p = mul_add(p, y, 2.0 / 13.0)
    p = mul_add(p, y, 2.0 / 11.0)
    p = mul_add(p, y, 2.0 / 9.0)
    p = mul_add(p, y, 2.0 / 7.0)
    p = mul_add(p, y, 2.0 / 5.0)
    p = mul_add(p, y, 2.0 / 3.0)
    return r * mul_add(p, y, -w)


cdef inline double log1p_minus(double w) noexcept nogil:
    # log(1 + w) - w for w > -1; choosing constants, not values, keeps branches out of the loops
    cdef double far = 0.0 if fabs(w) < 0.4 else 1.0
    return mul_add(far, vlog(1.0 + w) - w, (1.0 - far) * log1p_minus_series(w))


cdef struct Pair:
    double high
    double low


cdef inline Pair two_sum(double a, double b) noexcept nogil:
    # a + b and its rounding error
    cdef Pair sum
    cdef double part
    sum.high = a + b
    part = sum.high - a
    sum.low = (a - (sum.high - part)) + (b - part)
    return sum


cdef inline Pair deviance(double k, double m, double gap) noexcept nogil:
    # Loader's bd0: k log(k/m) + m - k for k > 0, with gap = m - k known without cancellation.  Far from m the multiple
    # of log 2 goes by itself: an exponent of hundreds rounded as one number would cost the density its accuracy
    cdef double w = gap / k, ratio = m / k, far = 0.0 if fabs(w) < 0.4 else 1.0
    cdef unsigned long long bits = to_bits(ratio) - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((bits + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double power = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    cdef double near = log1p_minus_series(w), rest = vlog(from_bits(to_bits(ratio) - (e << 52)))
    cdef double twos = far * k * power
    cdef Pair sum = two_sum(-6.93147180369123816490e-01 * twos, far * gap)
    sum.low -= mul_add(1.90821492927058770002e-10, twos, k * mul_add(far, rest, (1.0 - far) * near))
    return sum


cdef inline double log1p_lane(double x) noexcept nogil:
    # log(1 + x) for x >= 0: what 1 + x rounded away comes back as a first-order term
    cdef double u = 1.0 + x
    return vlog(u) + (x - (u - 1.0)) / u


cdef inline double exp_rest(double u) noexcept nogil:
    # exp(u) - 1 - u for |u| <= 8, g below: Taylor at u/32, then five times g(2h) = (g(h) + h)^2 + 2 g(h)
    cdef double h = 0.03125 * u, p = 2.0 / 479001600.0, e
    p = mul_add(p, h, 2.0 / 39916800.0)
    p = mul_add(p, h, 2.0 / 3628800.0)
    p = mul_add(p, h, 2.0 / 362880.0)
    p = mul_add(p, h, 2.0 / 40320.0)
    p = mul_add(p, h, 2.0 / 5040.0)
    p = mul_add(p, h, 2.0 / 720.0)
    p = mul_add(p, h, 2.0 / 120.0)
    p = mul_add(p, h, 2.0 / 24.0)
    p = mul_add(p, h, 2.0 / 6.0)
    p = mul_add(p, h, 1.0) * (0.5 * h * h)
    e = p + h
    p = mul_add(e, e, 2.0 * p)
    h = 0.0625 * u
    e = p + h
    p = mul_add(e, e, 2.0 * p)
    h = 0.125 * u
    e = p + h
    p = mul_add(e, e, 2.0 * p)
    h = 0.25 * u
    e = p + h
    p = mul_add(e, e, 2.0 * p)
    h = 0.5 * u
    e = p + h
    return mul_add(e, e, 2.0 * p)
