# The level at which [n1(s) - n1(s + Q)]/Q is what is allowed, of normal demand: a function of two numbers, to five
# digits in single precision, and one step from there.  Included by normal.pyx.
from stocklevel._kernels cimport single as rough

cdef enum:
    SWIFT = 64  # rows at a time


cdef inline float rough_score(float t, float wide) noexcept nogil:
    # of a tail of no more than a half by Hastings, or where wide of a loss, to 0.02; t the root of the logarithm
    cdef float a = 5.1244 if wide > 0 else 2.30753
    cdef float b = 0.11856 if wide > 0 else 0.27061
    cdef float c = 0.0 if wide > 0 else 1.0
    cdef float d = 1.0 if wide > 0 else 0.99229
    cdef float e = -0.020512 if wide > 0 else 0.04481
    return t - rough.times_plus(b, t, a) / rough.times_plus(rough.times_plus(e, t, d), t, c)


cdef inline float rough_beyond(float z, float width) noexcept nogil:
    # as _beyond of starts.pxi; n1(z + width) over P(Z > z) by least squares
    cdef float t = z + width, zero = 0.0, seven = 7.0, six = 6.0, three = 3.0, one = 1.0, ratio, part, hazard
    t = t if t < seven else seven
    t = t if t > zero else zero
    z = z if z < six else six
    z = z if z > -three else -three
    ratio = rough.times_plus(rough.times_plus(-0.0103343, t, -0.52924153), t, -1.65002191)
    part = rough.times_plus(rough.times_plus(-0.00318545, z, 0.04604585), z, 0.44478583)
    part = rough.times_plus(rough.times_plus(part, z, 1.17160675), z, -0.36359501)
    ratio = rough.exp2(rough.times_plus(ratio, t, part))
    z = z if z > -one else -one
    hazard = rough.times_plus(rough.times_plus(-0.0504577, z, -0.3148622), z, 0.44932509)
    return ratio * rough.times_plus(ratio, t + hazard, 1.0)


cdef struct Swift:  # four blocks of rows: what is allowed, no more than a half; the width; and their way to a level
    float allowed[64]
    float width[64]
    float level[64]
    float wide[64]
    float part[64]
    float density[64]  # at the level, then less that above it
    float sf[64]
    float loss[64]


cdef inline void swift_begin(const Prepared* rows, const double* width, const double* allowed, int at,
                             Swift* swift) noexcept nogil:
    cdef double least
    cdef int j
    for j in range(LANES):
        least = allowed[j] if allowed[j] < 0.5 else 1.0 - allowed[j]
        swift.allowed[at + j] = <float>least
        swift.width[at + j] = <float>(width[j] * rows.inverse[j])


cdef inline void rough_starts(Swift* swift) noexcept nogil:
    # to 0.02, of the sum of demand and a uniform position, or for a wide one of the loss; in stages, so that a
    # processor has several rows at hand while one waits
    cdef float p, w, u, t, x, z, loss, wide
    cdef int j
    for j in range(SWIFT):
        p = swift.allowed[j]
        w = swift.width[j]
        wide = 1.0 if w > rough.times_plus(2.5, p, 0.85) else 0.0
        u = p * w
        swift.loss[j] = u
        u = u if u < rough.single(3.02) else rough.single(3.02)
        u = u if wide > 0 else p
        t = rough.single(1.9) if wide > 0 else rough.single(0.0)
        swift.part[j] = rough.root(rough.single(2.0) * (t - rough.log(u)))
        swift.wide[j] = wide
    for j in range(SWIFT):
        z = rough_score(swift.part[j], swift.wide[j])
        loss = swift.loss[j] if swift.wide[j] > 0 else rough.single(0.0)
        swift.level[j] = -loss if loss > rough.single(3.0) else z  # far below the loss is what lies above
    for j in range(SWIFT):
        w = swift.width[j]
        z = swift.level[j]
        x = w * w * rough.single(1.0 / 12.0)
        x = x if x < rough.single(0.37) else rough.single(0.37)
        t = z if z < rough.single(3.5) else rough.single(3.5)
        u = x * rough.times_plus(0.0275, x, -0.0454949)  # kurtosis -6/5 [x/(1 + x)]^2
        u = rough.times_plus(u * x, t * rough.times_plus(t, t, -3.0), z)
        t = rough.times_plus(x, rough.times_plus(-0.0975542, x, 0.49627), 1.0)  # (1 + x)^(1/2)
        t = rough.times_plus(-0.5, w, u * t)
        u = z - rough_beyond(z, w)
        swift.level[j] = u if swift.wide[j] > 0 else t


cdef inline void swift_levels(Swift* swift) noexcept nogil:
    # and from there a step of Halley's on the logarithm, to 1e-6 and what the tails are good for
    cdef float loss, sf, error, step, bent, one = 1.0, half = 0.5, tiny = 1e-30
    cdef rough.Tails low, high
    cdef int j
    rough_starts(swift)
    for j in range(SWIFT):
        rough.tails(swift.level[j], swift.level[j] + swift.width[j], &low, &high)
        swift.density[j] = low.density - high.density
        swift.sf[j] = low.sf - high.sf
        swift.part[j] = low.loss - high.loss
    for j in range(SWIFT):
        sf = swift.sf[j]
        loss = swift.part[j]
        sf = sf if sf > tiny else tiny
        loss = loss if loss > tiny else tiny
        # log of a ratio near 1 by 2 atanh of the difference over the sum
        step = one / (sf * (loss + swift.loss[j]))
        error = (loss - swift.loss[j]) * (sf * step)
        step = (loss + swift.loss[j]) * step
        bent = error * error
        error = error * rough.times_plus(bent, rough.times_plus(0.4, bent, 0.666666667), 2.0)
        bent = error * step * loss
        step = half * rough.times_plus(-bent * step, swift.density[j], error)
        step = step if step < half else half
        step = step if step > -half else -half
        swift.level[j] = rough.times_plus(bent, rough.times_plus(step, step, one - step), swift.level[j])


cdef inline double one_step(double z, double y, double d, double e, double limit, double* left) noexcept nogil:
    # From z to where n1(z) - n1(y) = limit, the width y - z being kept; d, e their densities.  With t Newton's step and
    # b, c the second and third derivative over the first, t + b/2 t^2 + (b^2/2 - c/6) t^3.  left: about how much of
    # it is wrong at most; all, where the difference cancels or is far from the limit
    cdef double a = gauss.distance(z), top = gauss.distance(y), p, q, q_top, p_top, n, m, low, high, sf, bent, third, t
    p = mills2_over(a, &q)  # as in gauss.ratios
    p_top = mills2_over(top, &q_top)
    n = d / (mul_add(a, a, 1.0) * q)
    m = e / (mul_add(top, top, 1.0) * q_top)
    low = n * mul_add(a, q, 2.0 * p)
    high = m * mul_add(top, q_top, 2.0 * p_top)
    low = 1.0 - low if z < 0.0 else low
    high = 1.0 - high if y < 0.0 else high
    sf = 1.0 / (low - high)
    n = n * mul_add(-2.0 * a, p, q)
    m = m * mul_add(-2.0 * top, p_top, q_top)
    low = n - z if z < 0.0 else n
    high = m - y if y < 0.0 else m
    n = low - high
    bent = 0.5 * (d - e) * sf
    third = (z * d - y * e) * (1.0 / 6.0) * sf
    t = (n - limit) * sf
    m = fabs(t) * (1.0 + fabs(bent))
    m *= m
    m = m if n * 16.0 >= low else 1.0
    left[0] = m * m * 8.0 if fabs(n - limit) < 0.01 * limit else 1.0
    return t * mul_add(t, mul_add(t, mul_add(2.0 * bent, bent, -third), bent), 1.0)


cdef inline void swift_end(const Prepared* rows, const double* width, const double* allowed, int at,
                           const Swift* swift, double* answer, double* found) noexcept nogil:
    # found: 1 where one step from the rough level, or its mirror image, is known to lead to the answer
    cdef double low[16]
    cdef double high[16]
    cdef double density[16]
    cdef double above[16]
    cdef double z, wide, level, left, near
    cdef int j
    for j in range(LANES):
        wide = width[j] * rows.inverse[j]
        z = swift.level[at + j]
        z = z if allowed[j] < 0.5 else -wide - z
        low[j] = z
        high[j] = z + wide
    for j in range(LANES):
        density[j] = gauss.pdf(low[j])
        above[j] = gauss.pdf(high[j])
    for j in range(LANES):
        wide = width[j] * rows.inverse[j]
        z = one_step(low[j], high[j], density[j], above[j], allowed[j] * wide, &left)
        level = rows.mean[j] + rows.std[j] * (low[j] + z)
        near = fabs(level) * rows.inverse[j]
        near = near if near < 1.0 else 1.0
        found[j] = 1.0 if left <= 1e-16 * near else 0.0
        answer[j] = level
