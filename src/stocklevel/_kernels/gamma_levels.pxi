# Levels of gamma demand in single precision, before those of levels.pxi: the formulas of gamma_sides.pxi, to four
# digits, and one step of smooth_steps.pxi from where the search would start.  Included by gamma.pyx.
from stocklevel._kernels cimport single as rough

cdef enum:
    REFINES = 1
    _MANY = 64  # rows at a time: _GROUPS blocks
    _FEW = 4    # steps of a fraction at a time


cdef struct _Rough:  # demand over a stretch, in units of the scale
    float shape[64]
    float inverse[64]
    float front[64]
    float lift[64]
    float edge[64]
    float most[64]


cdef struct _RoughFall:  # as _Fall
    float size[64]   # the rate that rounding leaves
    float level[64]
    float value[64]
    float rate[64]
    float bend[64]
    float third[64]
    float fourth[64]


cdef struct _Fractions:  # at one place; as in by_fraction
    float u[64]
    float gap[64]
    float d[64]
    float upper[64]
    float base[64]
    float top[64]
    float blocks[64]
    float last[64]
    float q[64]
    float p[64]


cdef inline void _rough_shapes(const Prepared* rows, int at, _Rough* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x.shape[at + j] = <float>rows.shape[j]
        x.inverse[at + j] = <float>rows.inverse[j]
        x.front[at + j] = <float>rows.front[j]
        x.lift[at + j] = <float>(1.4426950408889634 * rows.lift[j])
        x.edge[at + j] = <float>rows.edge[j]
        x.most[at + j] = <float>rows.most[j]


cdef inline void _rough_place(const Prepared* rows, const double* y, const double* width, int at,
                              _Fractions* x) noexcept nogil:
    # in double precision, so that the distance to the mean is right
    cdef double u
    cdef int j
    for j in range(LANES):
        u = (y[j] + (width[j] if width != NULL else 0.0)) / rows.scale[j]
        x.u[at + j] = <float>u
        x.gap[at + j] = <float>(rows.shape[j] - u)


cdef inline void _rough_peaks(const _Rough* x, _Fractions* f) noexcept nogil:
    # D and the side; peak_exponent in terms of log 2
    cdef float u, a, e, zero = 0.0, one = 1.0, least = 1e-30, lowest = -90.0
    cdef int j
    for j in range(_MANY):
        a = x.shape[j]
        u = f.u[j]
        u = u if u > least else least
        u = u if u < x.most[j] else x.most[j]
        e = rough.over_log(-f.gap[j] * x.inverse[j], u * x.inverse[j])
        e = rough.times_plus(rough.single(-1.44269504) * a, e, x.lift[j])
        e = e if e > lowest else lowest
        e = x.front[j] * rough.exp2(e)
        f.d[j] = e if f.u[j] > zero else zero
        f.upper[j] = one if u > x.edge[j] else zero
        f.u[j] = u


cdef inline void _rough_beginnings(const _Rough* x, _Fractions* f) noexcept nogil:
    # as by_fraction and steps
    cdef float a, u, s, root, n, m, b, alpha, growth, one = 1.0, two = 2.0, half = 0.5
    cdef int j
    for j in range(_MANY):
        a = x.shape[j]
        u = f.u[j]
        n = steps(a, u, f.upper[j] > 0) * rough.single(0.25 / _FEW)
        n = n if n < rough.single(16.0) else rough.single(16.0)  # NaN too
        n = n if n > 0 else rough.single(0.0)
        f.blocks[j] = <float>(<int>n + 1)
        b = f.gap[j]
        f.base[j] = one - b if f.upper[j] > 0 else one + b
        f.top[j] = a if f.upper[j] > 0 else u
    for j in range(_MANY):
        growth = one + f.upper[j]
        n = rough.times_plus(_FEW, f.blocks[j], 2.0)
        m = n + one
        b = rough.times_plus(growth, n, f.base[j])
        alpha = m * rough.times_plus(one - growth, m, f.top[j])
        root = rough.times_plus(b, b, rough.single(4.0) * alpha)
        s = half * (b + rough.root(root))
        n = rough.times_plus(growth, s, f.top[j]) + two * (one - growth) * m
        f.last[j] = s - (s - b) * n / root
        f.q[j] = f.last[j]
        f.p[j] = one


cdef inline void _rough_backward(float n, float base, float growth, float top, float* q, float* p) noexcept nogil:
    cdef float one = 1.0, m = n + one
    cdef float new = rough.times_plus(rough.times_plus(growth, n, base), q[0],
                                      m * rough.times_plus(one - growth, m, top) * p[0])
    p[0] = q[0]
    q[0] = new


cdef inline void _rough_fractions(_Fractions* f) noexcept nogil:
    cdef float n, k, new, old, growth, shrink, one = 1.0
    cdef int j, block, count, most = 1
    for j in range(_MANY):
        count = <int>f.blocks[j]
        most = count if count > most else most
    for block in range(most - 1, -1, -1):
        k = block
        n = _FEW * block + 2
        for j in range(_MANY):
            new = f.q[j]
            old = f.p[j]
            growth = one + f.upper[j]
            _rough_backward(n + rough.single(3.0), f.base[j], growth, f.top[j], &new, &old)
            _rough_backward(n + rough.single(2.0), f.base[j], growth, f.top[j], &new, &old)
            _rough_backward(n + one, f.base[j], growth, f.top[j], &new, &old)
            _rough_backward(n, f.base[j], growth, f.top[j], &new, &old)
            shrink = rough.power_below(new)
            f.q[j] = new * shrink if k < f.blocks[j] else f.last[j]
            f.p[j] = old * shrink if k < f.blocks[j] else one


cdef inline void _rough_sides(const _Rough* x, const _Fractions* f, float sign, bint second,
                              _RoughFall* fall) noexcept nogil:
    # as the ends of by_fraction and evaluate_lanes, and slope_lanes
    cdef float a, u, q, p, d, q1, q0, alpha, unit, under, zeroth, one = 1.0, half = 0.5, two = 2.0, upper, gap
    cdef float sf, loss, more, other, slope, bent
    cdef int j
    for j in range(_MANY):
        a = x.shape[j]
        u = f.u[j]
        q = f.q[j]
        p = f.p[j]
        d = f.d[j]
        upper = f.upper[j]
        gap = f.gap[j]
        alpha = f.top[j] - upper
        q1 = rough.times_plus(f.base[j] + one + upper, q, two * (alpha - upper) * p)
        q0 = rough.times_plus(f.base[j], q1, alpha * q)
        under = d * x.inverse[j]
        unit = (d if upper > 0 else under * u) / q0
        zeroth = unit * q1
        sf = zeroth if upper > 0 else one - (zeroth + under)
        loss = unit * rough.times_plus(alpha if upper > 0 else u, q, q1)
        loss = loss if upper > 0 else loss + gap
        d = sign * d / u
        more = (a - one) / u
        slope = d * (more - one)
        bent = d * ((more - one) * (more - one) - more / u)
        if second:
            more = unit * rough.times_plus(alpha, rough.times_plus(a - two, p, two * q), q1)
            other = half * rough.times_plus(gap, gap, a) - unit * u * rough.times_plus(u, p, q)
            more = more if upper > 0 else other
            fall.value[j] += sign * more
            fall.rate[j] += sign * loss
            fall.bend[j] += sign * sf
            fall.third[j] -= d
            fall.fourth[j] -= slope
        else:
            fall.value[j] += sign * loss
            fall.rate[j] += sign * sf
            fall.bend[j] += d
            fall.third[j] += slope
            fall.fourth[j] += bent


cdef inline void _rough_stretch(int measure, int law, int groups, const _Horizon* demand, const double* const* width,
                                const _Search* rows, float sign, _RoughFall* fall) noexcept nogil:
    cdef bint second = measure == _SHORT and law == _UNIFORM
    cdef _Rough x
    cdef _Fractions f
    cdef int g, i
    for g in range(_GROUPS):
        i = g if g < groups else groups - 1
        _rough_shapes(&demand[i].rows, g * LANES, &x)
        _rough_place(&demand[i].rows, rows[i].level, NULL, g * LANES, &f)
    _rough_peaks(&x, &f)
    _rough_beginnings(&x, &f)
    _rough_fractions(&f)
    _rough_sides(&x, &f, sign, second, fall)
    if law == _POINT:
        return
    for g in range(_GROUPS):
        i = g if g < groups else groups - 1
        _rough_place(&demand[i].rows, rows[i].level, width[i], g * LANES, &f)
    _rough_peaks(&x, &f)
    _rough_beginnings(&x, &f)
    _rough_fractions(&f)
    _rough_sides(&x, &f, -sign, second, fall)


cdef inline void _rough_leap(const float* limit, _RoughFall* fall) noexcept nogil:
    # as _leap; the level is what it changes by, nothing where the step is not to be trusted
    cdef float value, rate, error, inverse, t, b, c, d, r1, r2, r3, c3, c4, one = 1.0, half = 0.5, tiny = 1e-30, bent
    cdef int j
    for j in range(_MANY):
        value = fall.value[j]
        rate = fall.rate[j]
        value = value if value > tiny else tiny
        inverse = one / (rate if rate > tiny else tiny)
        error = rough.log(value / limit[j])
        t = error * value * inverse
        b = t * fall.bend[j] * inverse
        c = t * t * fall.third[j] * inverse
        d = t * t * t * fall.fourth[j] * inverse
        r1 = half * (error - b)
        c3 = rough.times_plus(error, rough.times_plus(-1.5, b, error), -half * c) * rough.single(1.0 / 3.0)
        c4 = rough.times_plus(-2.0, b, error)
        c4 = rough.times_plus(error, c4, rough.times_plus(half * b, b, rough.single(-2.0 / 3.0) * c))
        c4 = rough.times_plus(error, c4, rough.single(-1.0 / 6.0) * d) * rough.single(0.25)
        r2 = c3 - r1 * r1
        r3 = rough.times_plus(r1, rough.times_plus(rough.single(2.0) * r1, r1, rough.single(-3.0) * c3), c4)
        bent = one + r1
        bent = bent + (r2 + r3) if rough.size(r2) + rough.size(r3) < rough.single(0.2) else bent
        c = t / bent
        b = 1.0 if rough.size(r1) < half else 0.0
        b = b if rough.size(error) < one else rough.single(0.0)
        b = b if rate > fall.size[j] else rough.single(0.0)  # NaN is not; else it is rounding
        b = b if value > tiny else rough.single(0.0)
        fall.level[j] = c if b > 0 else rough.single(0.0)


cdef inline void _refine(int measure, int law, int groups, const _Horizon* sooner, const _Horizon* later,
                         const double* const* width, _Search* rows) noexcept nogil:
    cdef _RoughFall fall
    cdef float limit[64]
    cdef double unit, step
    cdef int g, i, j
    for j in range(_MANY):
        fall.value[j] = fall.rate[j] = fall.bend[j] = fall.third[j] = fall.fourth[j] = 0.0
    for g in range(_GROUPS):
        i = g if g < groups else groups - 1
        for j in range(LANES):
            unit = 1.0 / later[i].rows.scale[j]
            unit = unit * unit if measure == _SHORT and law == _UNIFORM else unit
            limit[g * LANES + j] = <float>(rows[i].limit[j] * unit)
    _rough_stretch(measure, law, groups, later, width, rows, 1.0, &fall)
    for g in range(_GROUPS):
        i = g if g < groups else groups - 1
        for j in range(LANES):
            unit = 1e-4 * later[i].rows.scale[j] / rows[i].spread[j]
            fall.size[g * LANES + j] = <float>unit * fall.value[g * LANES + j]
    if measure == _SHORT:
        _rough_stretch(measure, law, groups, sooner, width, rows, -1.0, &fall)
    _rough_leap(limit, &fall)
    for g in range(groups):
        for j in range(LANES):
            step = fall.level[g * LANES + j] * later[g].rows.scale[j]
            unit = later[g].rows.shape[j]
            step = step if (unit > NEAR_SHAPE) & (unit < LARGE) else 0.0
            step = step if _fabs(step) < rows[g].spread[j] else 0.0
            rows[g].level[j] += step
