# Elementary functions in single precision, for starts: twice as many rows to a vector.
# Constants are doubles that the compiler rounds where they are passed.
cdef extern from *:
    """
    #include <math.h>
    #include <stdint.h>
    #include <string.h>
    static inline float sl_times_plus(float a, float b, float c) { return a * b + c; }
    static inline float sl_single(double x) { return (float)x; }
    static inline float sl_single_from_bits(uint32_t bits) { float x; memcpy(&x, &bits, 4); return x; }
    static inline uint32_t sl_single_to_bits(float x) { uint32_t bits; memcpy(&bits, &x, 4); return bits; }
    """
    float times_plus "sl_times_plus"(float a, float b, float c) noexcept nogil
    float single "sl_single"(double x) noexcept nogil
    float root "sqrtf"(float x) noexcept nogil
    float size "fabsf"(float x) noexcept nogil
    float from_bits "sl_single_from_bits"(unsigned int bits) noexcept nogil
    unsigned int to_bits "sl_single_to_bits"(float x) noexcept nogil


cdef inline float log(float x) noexcept nogil:
    # of a positive normal number, to 3e-6 and relative near 1: x = 2^e (1 + f), Chebyshev's polynomial for log(1 + f)/f
    cdef unsigned int bits = to_bits(x)
    cdef int e = <int>(bits - <unsigned int>0x3F3504F3) >> 23
    cdef float f = from_bits(bits - (<unsigned int>e << 23)) - single(1.0)
    cdef float p = times_plus(-0.143383126, f, 0.220702996)
    p = times_plus(p, f, -0.253978318)
    p = times_plus(p, f, 0.332567778)
    p = times_plus(p, f, -0.499903616)
    p = times_plus(p, f, 1.00000468)
    return times_plus(f, p, single(0.693147181) * <float>e)


cdef inline float exp2(float x) noexcept nogil:
    # for |x| < 126: 2^n 2^f, Chebyshev's polynomial, to a few roundings
    cdef float shifted = x + single(12582912.0 + 127.0)
    cdef float f = x - (shifted - single(12582912.0 + 127.0))
    cdef float p = times_plus(0.00134004322, f, 0.0096760371)
    p = times_plus(p, f, 0.0555032721)
    p = times_plus(p, f, 0.240221074)
    p = times_plus(p, f, 0.693147207)
    p = times_plus(p, f, 1.00000008)
    return p * from_bits(to_bits(shifted) << 23)


cdef inline float over_log(float w, float m) noexcept nogil:
    # w - log m, m = 1 + w, relative too: as in gamma_lanes.pxd
    cdef unsigned int bits = to_bits(m)
    cdef int e = <int>(bits - <unsigned int>0x3F3504F3) >> 23
    cdef float exponent = <float>e
    cdef float f = from_bits(bits - (<unsigned int>e << 23)) - single(1.0)
    cdef float s, z, h, r
    f = w if e == 0 else f
    s = f / (f + single(2.0))
    z = s * s
    h = single(0.5) * f * f
    r = z * times_plus(times_plus(0.28498787, z, 0.4), z, 0.66666667)
    return times_plus(exponent, -0.693147181, w - f) + times_plus(-s, h + r, h)


cdef inline float power_below(float y) noexcept nogil:
    # 2^-e for 2^e <= y < 2^(e + 1)
    return from_bits(<unsigned int>0x7F000000 - (to_bits(y) & <unsigned int>0x7F800000))


cdef struct Tails:  # of the standard normal
    float density
    float sf
    float loss


cdef inline float second_over(float a, float* denominator) noexcept nogil:
    # the second loss over the density, and what its denominator has to do with those of the tails in gauss.ratios
    cdef float p = times_plus(times_plus(0.0408731048, a, 0.228197334), a, 0.626661764)
    cdef float q = times_plus(0.0408034776, a, 0.230849633)
    q = times_plus(q, a, 0.831581014)
    q = times_plus(q, a, 1.6901992)
    q = times_plus(q, a, 1.96030226)
    denominator[0] = times_plus(q, a, 1.0)
    return p + p


cdef inline void reflect(float z, float a, float p, float q, float over, Tails* of) noexcept nogil:
    cdef float one = 1.0, zero = 0.0
    of.sf = over * times_plus(a, q, p)
    of.loss = over * times_plus(-a, p, q)
    of.sf = of.sf if z > zero else one - of.sf
    of.loss = of.loss if z > zero else of.loss - z


cdef inline void tails(float z, float y, Tails* low, Tails* high) noexcept nogil:
    # of z and y to 1e-5; beyond 11.5 they stay
    cdef float most = 11.5, a = size(z), b = size(y), p, q, s, t, over, square, other
    a = a if a < most else most
    b = b if b < most else most
    square = a * a
    other = b * b
    low.density = exp2(times_plus(square, -0.721347520, -1.32574807))
    high.density = exp2(times_plus(other, -0.721347520, -1.32574807))
    p = second_over(a, &q)
    s = second_over(b, &t)
    square = times_plus(q, square, q)
    other = times_plus(t, other, t)
    over = single(1.0) / (square * other)
    reflect(z, a, p, q, low.density * (over * other), low)
    reflect(y, b, s, t, high.density * (over * square), high)
