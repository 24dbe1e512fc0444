# Elementary functions that a compiler can put into vector lanes: no branches, no tables, no errno.
cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #include <math.h>
    /* Without hardware FMA the library call costs 50 ns: multiply and add instead. */
    #if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    #define sl_mul_add(a, b, c) fma((a), (b), (c))
    #else
    #define sl_mul_add(a, b, c) ((a) * (b) + (c))
    #endif
    static inline double sl_from_bits(uint64_t bits) { double d; memcpy(&d, &bits, 8); return d; }
    static inline uint64_t sl_to_bits(double d) { uint64_t bits; memcpy(&bits, &d, 8); return bits; }
    """
    double mul_add "sl_mul_add"(double, double, double) noexcept nogil
    double from_bits "sl_from_bits"(unsigned long long) noexcept nogil
    unsigned long long to_bits "sl_to_bits"(double) noexcept nogil


cdef inline double small_expm1(double r) noexcept nogil:
    # exp(r) - 1 for |r| <= ln(2)/2: r + r^2 q(r), q in two chains; Chebyshev, truncation 2e-17
    cdef double s = r * r
    cdef double even = 2.7620088445409748161e-7
    cdef double odd = 2.5100385495510319078e-8
    even = mul_add(even, s, 2.4801521295954375131e-5)
    odd = mul_add(odd, s, 2.7557268459997064772e-6)
    even = mul_add(even, s, 1.3888888917213716901e-3)
    odd = mul_add(odd, s, 1.9841269863053616878e-4)
    even = mul_add(even, s, 4.1666666666624127873e-2)
    odd = mul_add(odd, s, 8.3333333333300618325e-3)
    even = mul_add(even, s, 0.5)
    odd = mul_add(odd, s, 0.16666666666666667453)
    return mul_add(mul_add(odd, r, even), s, r)


cdef inline double reduced(double y, double n) noexcept nogil:
    # y - n ln 2
    return mul_add(n, -1.90821492927058770002e-10, mul_add(n, -6.93147180369123816490e-01, y))


cdef inline double power_of_two(double shifted) noexcept nogil:
    # 2^n of n + 1023 + 1.5 2^52: the sum leaves the exponent in its last bits
    return from_bits(to_bits(shifted) << 52)


cdef inline double vexp(double x) noexcept nogil:
    # 2^n exp(r); 2^n by way of 2^(n +- 600), so that subnormals are rounded once and the rest overflows to inf
    cdef double y = -745.2 if x < -745.2 else (710.0 if x > 710.0 else x)
    cdef double bias = 6755399441055744.0 + 1623.0 if y < 0.0 else 6755399441055744.0 + 423.0
    cdef double back = 2.409919865102884e-181 if y < 0.0 else 4.149515568880993e+180  # 2^-600, 2^600
    cdef double shifted = mul_add(y, 1.4426950408889634074, bias)
    cdef double p = small_expm1(reduced(y, shifted - bias)) + 1.0
    return p * power_of_two(shifted) * back


cdef inline double vexpm1(double x) noexcept nogil:
    # 2^n (exp(r) - 1) + (2^n - 1)
    cdef double bias = 6755399441055744.0 + 1023.0
    cdef double y = -40.0 if x < -40.0 else (709.0 if x > 709.0 else x)
    cdef double shifted = mul_add(y, 1.4426950408889634074, bias)
    cdef double power = power_of_two(shifted)
    return mul_add(power, small_expm1(reduced(y, shifted - bias)), power - 1.0)


cdef inline double log_series(double z) noexcept nogil:
    # 2 atanh(s)/s - 2 of z = s^2, fdlibm's polynomial
    cdef double y = z * z
    cdef double even = 1.531383769920937332e-01
    cdef double odd = 1.479819860511658591e-01
    even = mul_add(even, y, 2.222219843214978396e-01)
    odd = mul_add(odd, y, 1.818357216161805012e-01)
    even = mul_add(even, y, 3.999999999940941908e-01)
    odd = mul_add(odd, y, 2.857142874366239149e-01)
    odd = mul_add(odd, y, 6.666666666666735130e-01)
    return mul_add(even, y, odd * z)


cdef inline double vlog(double x) noexcept nogil:
    # log of a positive normal number: x = 2^e m, m in [sqrt(1/2), sqrt(2)), as fdlibm has it
    cdef unsigned long long bits = to_bits(x)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double exponent = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    cdef double f = from_bits(bits - (e << 52)) - 1.0
    cdef double s = f / (2.0 + f)
    cdef double z = s * s
    cdef double h = 0.5 * f * f
    cdef double r = log_series(z)
    return mul_add(exponent, 6.93147180369123816490e-01,
                   -((h - mul_add(s, h + r, exponent * 1.90821492927058770002e-10)) - f))


cdef inline double vlog_less(double x, double rest) noexcept nogil:
    # log(x - rest) of a positive normal x, the rest no more than its rounding where x is near 1 and of no account
    # elsewhere; as vlog, with log(m) = 2 atanh(s), two roundings more
    cdef unsigned long long bits = to_bits(x)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double exponent = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    cdef double f = (from_bits(bits - (e << 52)) - 1.0) - rest
    cdef double s = f / (2.0 + f)
    cdef double z = s * s
    cdef double r = log_series(z)
    return mul_add(exponent, 6.93147180369123816490e-01, mul_add(s, 2.0 + r, exponent * 1.90821492927058770002e-10))


# Powers x^k = 2^(k log2 x).


cdef inline double split_log2(double x, double* whole) noexcept nogil:
    # of a positive normal number, less a whole number: in [-1/2, 1/2]; as vlog, with log(m) = 2 atanh(s)
    cdef unsigned long long bits = to_bits(x)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double f = from_bits(bits - (e << 52)) - 1.0
    cdef double s = f / (2.0 + f)
    cdef double z = s * s
    cdef double y = z * z
    cdef double even = 0.22093197705627816154
    cdef double odd = 0.21349287741691674173
    whole[0] = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    even = mul_add(even, y, 0.320598554757129911)
    odd = mul_add(odd, y, 0.26233349383212969553)
    even = mul_add(even, y, 0.57707801634706508133)
    odd = mul_add(odd, y, 0.41219858559594118289)
    odd = mul_add(odd, y, 0.96179669392598548214)
    return s * mul_add(mul_add(even, z, odd), z, 2.8853900817779268147)


cdef inline double vlog2(double x) noexcept nogil:
    # to a rounding of 1 where it is small
    cdef double whole
    cdef double part = split_log2(x, &whole)
    return whole + part


cdef inline double small_exp2(double f) noexcept nogil:
    # 2^f for |f| <= 1/2, in two chains; Chebyshev, truncation 3e-18
    cdef double s = f * f
    cdef double even = 7.0741056311674484458e-9
    cdef double odd = 4.435280849259049053e-10
    even = mul_add(even, s, 1.3215433089570460774e-6)
    odd = mul_add(odd, s, 1.0178198034249777068e-7)
    even = mul_add(even, s, 1.5403530462514642163e-4)
    odd = mul_add(odd, s, 1.5252733489957608997e-5)
    even = mul_add(even, s, 9.6181291075883350944e-3)
    odd = mul_add(odd, s, 1.3333558146789955116e-3)
    even = mul_add(even, s, 0.24022650695910156204)
    odd = mul_add(odd, s, 5.5504108664819921455e-2)
    even = mul_add(even, s, 1.0)
    odd = mul_add(odd, s, 0.69314718055994533046)
    return mul_add(odd, f, even)


cdef inline double vexp2(double x) noexcept nogil:
    # 2^n 2^f, by way of 2^(n +- 600) as in vexp
    cdef double y = -1075.2 if x < -1075.2 else (1024.2 if x > 1024.2 else x)
    cdef double bias = 6755399441055744.0 + 1623.0 if x < 0.0 else 6755399441055744.0 + 423.0
    cdef double back = 2.409919865102884e-181 if x < 0.0 else 4.149515568880993e+180  # 2^-600, 2^600
    cdef double shifted = y + bias
    return small_exp2(y - (shifted - bias)) * power_of_two(shifted) * back


cdef inline double raised(double whole, double part, double k) noexcept nogil:
    # 2^(k (whole + part)), to few roundings however large; it does not matter what lies beyond 2^-1021 and 2^1021
    cdef double bias = 6755399441055744.0 + 1023.0
    cdef double x = k * (whole + part)
    cdef double y = -1021.0 if x < -1021.0 else (1021.0 if x > 1021.0 else x)
    cdef double shifted = y + bias
    cdef double f = mul_add(k, part, mul_add(k, whole, bias - shifted))
    return small_exp2(f if y == x else 0.0 * y) * power_of_two(shifted)


cdef inline double vexp2_small(double x) noexcept nogil:
    # of x <= 0
    cdef double bias = 6755399441055744.0 + 1623.0
    cdef double y = -1075.2 if x < -1075.2 else x
    cdef double shifted = y + bias
    return small_exp2(y - (shifted - bias)) * power_of_two(shifted) * 2.409919865102884e-181
