# Random numbers of the simulation: a stream of its own for every (seed, row, replication, purpose), so that
# neither threads nor the split of the rows change a number.
from libc.math cimport exp, floor, lgamma, log, log1p, pow, sqrt
from libc.stdint cimport uint64_t

cdef enum:
    LAYERS = 256  # of the ziggurat

cdef double _EDGE = 3.6541528853610088  # where the ziggurat's tail begins
cdef double _wide[257]  # right ends of its layers
cdef double _high[257]  # density there, without its constant


cdef struct Stream:
    uint64_t a
    uint64_t b
    uint64_t c
    uint64_t d


cdef inline uint64_t _mixed(uint64_t z) noexcept nogil:
    # the output function of splitmix64 (Steele, Lea and Flood 2014)
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline uint64_t _absorb(uint64_t state, uint64_t value) noexcept nogil:
    return _mixed((state ^ value) + <uint64_t>0x9E3779B97F4A7C15)


cdef inline void open_stream(Stream* stream, uint64_t seed, uint64_t row, uint64_t replication,
                             uint64_t purpose) noexcept nogil:
    cdef uint64_t state = _absorb(_absorb(_absorb(_absorb(0, seed), row), replication), purpose)
    stream.a = _mixed(state + <uint64_t>0x9E3779B97F4A7C15)
    stream.b = _mixed(state + <uint64_t>0x3C6EF372FE94F82A)
    stream.c = _mixed(state + <uint64_t>0xDAA66D2C7DDF743F)
    stream.d = _mixed(state + <uint64_t>0x78DDE6E5FD29F054)


cdef inline uint64_t _turned(uint64_t x, int k) noexcept nogil:
    return (x << k) | (x >> (64 - k))


cdef inline uint64_t bits(Stream* stream) noexcept nogil:
    # xoshiro256++ (Blackman and Vigna 2021)
    cdef uint64_t result = _turned(stream.a + stream.d, 23) + stream.a
    cdef uint64_t shifted = stream.b << 17
    stream.c ^= stream.a
    stream.d ^= stream.b
    stream.b ^= stream.c
    stream.a ^= stream.d
    stream.c ^= shifted
    stream.d = _turned(stream.d, 45)
    return result


cdef inline double uniform(Stream* stream) noexcept nogil:
    # in (0, 1), both ends out
    return (<double>(bits(stream) >> 12) + 0.5) * 2.220446049250313e-16


cdef inline double exponential(Stream* stream) noexcept nogil:
    return -log(uniform(stream))


cdef void _build_ziggurat() noexcept:
    # equal areas under exp(-x^2/2) (Marsaglia and Tsang 2000)
    cdef double area = 4.92867323399e-3
    cdef double x = _EDGE, top
    cdef int i
    _wide[0] = area * exp(0.5 * x * x)
    _wide[1] = x
    for i in range(2, LAYERS):
        top = exp(-0.5 * _wide[i - 1] * _wide[i - 1]) + area / _wide[i - 1]
        _wide[i] = sqrt(-2.0 * log(top))
    _wide[LAYERS] = 0.0
    for i in range(LAYERS + 1):
        _high[i] = exp(-0.5 * _wide[i] * _wide[i])

_build_ziggurat()


cdef double _normal_slowly(Stream* stream, int layer, double x) noexcept nogil:
    # outside the core of a layer; -1 where the point is refused
    cdef double tail, other
    if layer == 0:
        while True:
            tail = exponential(stream) / _EDGE
            other = exponential(stream)
            if 2.0 * other > tail * tail:
                return _EDGE + tail
    if _high[layer] + uniform(stream) * (_high[layer + 1] - _high[layer]) < exp(-0.5 * x * x):
        return x
    return -1.0


cdef inline double normal(Stream* stream) noexcept nogil:
    # ziggurat: the low 8 bits choose the layer, the next one the sign
    cdef uint64_t r
    cdef double x
    cdef int layer
    while True:
        r = bits(stream)
        layer = <int>(r & 255)
        x = <double>(r >> 11) * 1.1102230246251565e-16 * _wide[layer]
        if x >= _wide[layer + 1]:
            x = _normal_slowly(stream, layer, x)
            if x < 0.0:
                continue
        return -x if r & 256 else x


cdef inline double gamma(Stream* stream, double shape) noexcept nogil:
    # Marsaglia and Tsang 2000; a shape below 1 by U^(1/shape) times one higher
    cdef double d = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
    cdef double c = 1.0 / sqrt(9.0 * d), x, v, u
    while True:
        x = normal(stream)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(stream)
        if u < 1.0 - 0.0331 * (x * x) * (x * x) or log(u) < 0.5 * x * x + d * (1.0 - v + log(v)):
            break
    return d * v if shape >= 1.0 else d * v * pow(uniform(stream), 1.0 / shape)


cdef double poisson(Stream* stream, double mean) noexcept nogil:
    # Hoermann 1993 (PTRS); by inversion below a mean of 10
    cdef double a, b, u, v, k, shift, inverse, log_mean, term
    if mean < 10.0:
        k = 0.0
        term = exp(-mean)
        u = uniform(stream)
        while u > term and k < 200.0:
            u -= term
            k += 1.0
            term *= mean / k
        return k
    b = 0.931 + 2.53 * sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    shift = 0.9277 - 3.6224 / (b - 2.0)
    log_mean = log(mean)
    while True:
        u = uniform(stream) - 0.5
        v = uniform(stream)
        term = 0.5 - (u if u >= 0.0 else -u)
        k = floor((2.0 * a / term + b) * u + mean + 0.43)
        if term >= 0.07 and v <= shift:
            return k
        if k < 0.0 or (term < 0.013 and v > term):
            continue
        if log(v) + log(inverse) - log(a / (term * term) + b) <= k * log_mean - mean - lgamma(k + 1.0):
            return k


cdef inline double log_series(Stream* stream, double log_none) noexcept nogil:
    # P(k) proportional to theta^k / k with log_none = log(1 - theta) (Kemp 1981, exact)
    cdef double log_q = log1p(-exp(log_none * uniform(stream)))
    cdef double k = floor(1.0 + log(uniform(stream)) / log_q)
    return k if k > 1.0 else 1.0


cdef inline double large_jump(Stream* stream, double least) noexcept nogil:
    # density proportional to exp(-x)/x above `least` < 1: from 1/x below 1 and exp(-x) above it, by rejection
    cdef double span = -log(least), below = exp(-least) * span, x
    while True:
        if uniform(stream) * (below + 0.36787944117144233) < below:
            x = least * exp(span * uniform(stream))
            if uniform(stream) <= exp(least - x):
                return x
        else:
            x = 1.0 + exponential(stream)
            if uniform(stream) * x <= 1.0:
                return x
