# The search of levels.pxi for continuous demand: steps by four derivatives, kept in a bracket.  A family gives
# `slope_lanes`, the derivatives p' and p'' of its density p, and says by BENDS whether it can (see normal.pyx).


cdef inline void _curve(int measure, int law, const _Horizon* x, const double* y, const double* width,
                        const Lanes* low, const Lanes* high, double* third, double* fourth) noexcept nogil:
    # third and fourth derivative of the shortfall: E(X - y)+ and what it is integrated from have -P(X > y), p, p', p''
    cdef double top[16]
    cdef double slope[16]
    cdef double above[16]
    cdef double bent[16]
    cdef int j
    if not BENDS or (GROWS and x.grows):
        for j in range(LANES):
            third[j] = fourth[j] = _NAN
        return
    if law == _POINT:
        slope_lanes(&x.rows, y, low.density, third, fourth)
        return
    for j in range(LANES):
        top[j] = y[j] + width[j]
    slope_lanes(&x.rows, y, low.density, slope, fourth)
    slope_lanes(&x.rows, top, high.density, above, bent)
    for j in range(LANES):
        third[j] = slope[j] - above[j] if measure == _SHARE else high.density[j] - low.density[j]
        fourth[j] = fourth[j] - bent[j] if measure == _SHARE else above[j] - slope[j]


cdef inline double _leap(const _Fall* fall, int j, double error, double* left) noexcept nogil:
    # The step on the logarithm of the shortfall N, which is nearly straight in the tail: t/(1 + r1 + r2 + r3), with t
    # Newton's step and r the series for the inverse of a function from its derivatives (Householder's method); from
    # N'' alone it is Halley's.  left: about how much of itself the step is wrong by
    cdef double inverse = 1.0 / fall.rate[j]
    cdef double t = error * fall.value[j] * inverse
    cdef double b = t * fall.bend[j] * inverse
    cdef double c = t * t * fall.third[j] * inverse
    cdef double d = t * t * t * fall.fourth[j] * inverse
    cdef double r1 = 0.5 * (error - b)
    cdef double c3 = (error * (error - 1.5 * b) - 0.5 * c) * (1.0 / 3.0)
    cdef double c4 = (error * (error * (error - 2.0 * b) + 0.5 * b * b - (2.0 / 3.0) * c) - (1.0 / 6.0) * d) * 0.25
    cdef double r2 = c3 - r1 * r1
    cdef double r3 = r1 * (2.0 * r1 * r1 - 3.0 * c3) + c4
    cdef double more = r2 * r2 + _fabs(r1 * r3)
    cdef double bent = 1.0 + r1
    cdef double tame = 1.0 if _fabs(r2) + _fabs(r3) < 0.2 else 0.0  # NaN is not
    bent = bent + (r2 + r3) if tame > 0.0 else bent
    bent = bent if bent > 0.5 else 0.5  # NaN too
    bent = bent if bent < 2.0 else 2.0
    more = more if more > 1e-13 else 1e-13
    more = more if tame > 0.0 else 3e-11
    left[0] = more if _fabs(bent - 1.25) < 0.75 else 1e-7
    return t / bent


cdef inline double _is_found(const _Search* rows, int j, double error, double step, double left) noexcept nogil:
    # 1 where the step is known to lead to the level
    cdef double near = _fabs(rows.level[j])
    near = near if near < rows.spread[j] else rows.spread[j]
    near = 1.0 if _fabs(step) * left <= 1e-16 * near else 0.0
    return near if _fabs(error) < 0.01 else 0.0


cdef inline void _move(const double* steps, const double* found, _Search* rows) noexcept nogil:
    # the first step, at most eight strides, before anything is known of a bracket; a row that is found is left alone,
    # however its neighbours fare
    cdef double step, most, ends
    cdef int j
    for j in range(LANES):
        most = 8.0 * rows.stride[j]
        ends = rows.open[j] * found[j]
        rows.answer[j] = rows.level[j] + steps[j] if ends > 0.0 else rows.answer[j]
        rows.open[j] = 0.0 if ends > 0.0 else rows.open[j]
        step = steps[j] if _fabs(steps[j]) < most else (most if steps[j] > 0.0 else -most)
        rows.level[j] = rows.level[j] + (step if steps[j] == steps[j] else 0.0)


cdef inline void _advance(int measure, int law, int turn, const _Horizon* sooner, const _Horizon* later,
                          const double* width, const _Fall* fall, _Search* rows) noexcept nogil:
    cdef double step[16]
    cdef double found[16]
    cdef double error[16]
    cdef double left
    cdef long long open = 0
    cdef int j
    for j in range(LANES):
        error[j] = _ratio(fall.value[j], rows.limit[j])
    for j in range(LANES):
        error[j] = _vlog(error[j])
    for j in range(LANES):
        step[j] = _leap(fall, j, error[j], &left)
        found[j] = _is_found(rows, j, error[j], step[j], left)
        open += 1 if rows.open[j] * (1.0 - found[j]) > 0.0 else 0
    if open == 0:
        for j in range(LANES):
            rows.answer[j] = rows.level[j] + step[j] if rows.open[j] > 0.0 else rows.answer[j]
            rows.open[j] = 0.0
    elif turn == 0:
        _move(step, found, rows)
    else:
        _close_in(turn, fall, step, found, rows)


cdef inline void _close_in(int turn, const _Fall* fall, const double* steps, const double* found,
                           _Search* rows) noexcept nogil:
    cdef double y, meets, new, gap, ends, answer, trust = 0.0 if turn > 12 and turn % 3 == 0 else 1.0
    cdef int j
    for j in range(LANES):
        y = rows.level[j]
        meets = 1.0 if fall.value[j] <= rows.limit[j] else 0.0
        new = y if y > rows.low[j] else rows.low[j]
        rows.low[j] = rows.low[j] if meets > 0.0 else new
        new = y if y < rows.high[j] else rows.high[j]
        rows.high[j] = new if meets > 0.0 else rows.high[j]
        answer = y + steps[j] if found[j] > 0.0 else rows.high[j]
        gap = rows.high[j] - rows.low[j]
        ends = 1.0 if gap <= 2e-15 * _fabs(y) + 1e-300 else found[j]
        new = _next(rows, j, steps[j], meets, trust)
        _finish(rows, j, fall.value[j], ends, answer, new)
