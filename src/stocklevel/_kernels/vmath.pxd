# Elementary functions that a compiler can put into vector lanes: no branches, no tables, no errno.
cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #include <math.h>
    /* Without hardware FMA the library call costs 50 ns: multiply and add instead. */
    #if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    #define SL_HAS_FMA 1
    #define sl_mul_add(a, b, c) fma((a), (b), (c))
    #else
    #define SL_HAS_FMA 0
    #define sl_mul_add(a, b, c) ((a) * (b) + (c))
    #endif
    static inline double sl_from_bits(uint64_t bits) { double d; memcpy(&d, &bits, 8); return d; }
    static inline uint64_t sl_to_bits(double d) { uint64_t bits; memcpy(&bits, &d, 8); return bits; }
    """
    const int HAS_FMA "SL_HAS_FMA"
    double mul_add "sl_mul_add"(double, double, double) noexcept nogil
    double fma(double, double, double) noexcept nogil
    double from_bits "sl_from_bits"(unsigned long long) noexcept nogil
    unsigned long long to_bits "sl_to_bits"(double) noexcept nogil


cdef inline double reduced_expm1(double y, double shifted) noexcept nogil:
    # exp(r) - 1 of y = n ln 2 + r, |r| <= ln(2)/2, by Taylor; shifted = n + 1.5 2^52
    cdef double n = shifted - 6755399441055744.0
    cdef double r = mul_add(n, -1.90821492927058770002e-10, mul_add(n, -6.93147180369123816490e-01, y))
    cdef double p = 1.0 / 6227020800.0
    p = mul_add(p, r, 1.0 / 479001600.0)
    p = mul_add(p, r, 1.0 / 39916800.0)
    p = mul_add(p, r, 1.0 / 3628800.0)
    p = mul_add(p, r, 1.0 / 362880.0)
    p = mul_add(p, r, 1.0 / 40320.0)
    p = mul_add(p, r, 1.0 / 5040.0)
    p = mul_add(p, r, 1.0 / 720.0)
    p = mul_add(p, r, 1.0 / 120.0)
    p = mul_add(p, r, 1.0 / 24.0)
    p = mul_add(p, r, 1.0 / 6.0)
    p = mul_add(p, r, 0.5)
    return mul_add(p * r, r, r)


cdef inline double vexp(double x) noexcept nogil:
    # 2^n exp(r), 2^n in two halves (subnormals, overflow to inf)
    cdef double magic = 6755399441055744.0
    cdef double y = -745.2 if x < -745.2 else (710.0 if x > 710.0 else x)
    cdef double shifted = mul_add(y, 1.4426950408889634074, magic)
    cdef unsigned long long k = to_bits(shifted) - to_bits(magic)
    cdef unsigned long long half = ((k + 2048) >> 1) - 1024
    cdef double p = reduced_expm1(y, shifted) + 1.0
    return p * from_bits((half + 1023) << 52) * from_bits((k - half + 1023) << 52)


cdef inline double vexpm1(double x) noexcept nogil:
    # 2^n (exp(r) - 1) + (2^n - 1)
    cdef double magic = 6755399441055744.0
    cdef double y = -40.0 if x < -40.0 else (709.0 if x > 709.0 else x)
    cdef double shifted = mul_add(y, 1.4426950408889634074, magic)
    cdef double power = from_bits((to_bits(shifted) - to_bits(magic) + 1023) << 52)
    return mul_add(power, reduced_expm1(y, shifted), power - 1.0)


cdef inline double vlog(double x) noexcept nogil:
    # log of a positive normal number: x = 2^e m, m in [sqrt(1/2), sqrt(2)), fdlibm's polynomial
    cdef unsigned long long bits = to_bits(x)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double m = from_bits(bits - (e << 52))
    cdef double exponent = from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0
    cdef double f = m - 1.0
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
    return mul_add(exponent, 6.93147180369123816490e-01,
                   -((h - mul_add(s, h + r, exponent * 1.90821492927058770002e-10)) - f))


cdef inline double square_error(double z, double square) noexcept nogil:
    # z * z - square, exactly: by FMA, or by Dekker's split where there is none
    cdef double high
    if HAS_FMA:
        return fma(z, z, -square)
    high = 134217729.0 * z
    high = high - (high - z)
    return ((high * high - square) + 2.0 * high * (z - high)) + (z - high) * (z - high)
