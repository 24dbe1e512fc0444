# The search of levels.pxi for continuous demand: Halley's steps, kept in a bracket.


cdef inline double _is_found(const _Search* rows, int j, double error, double step, double bow) noexcept nogil:
    # 1 where the next step is known to lead to the level: the error left is the cube of it, or its square
    cdef double near = _fabs(rows.level[j]), known = 3e-6 if _fabs(bow - 1.25) < 0.75 else 1e-9
    near = near if near < rows.spread[j] else rows.spread[j]
    near = 1.0 if _fabs(step) <= known * near else 0.0
    return near if _fabs(error) < 0.01 else 0.0


cdef inline void _move(const double* steps, _Search* rows) noexcept nogil:
    # the first step, at most eight strides, before anything is known of a bracket
    cdef double step, most
    cdef int j
    for j in range(LANES):
        most = 8.0 * rows.stride[j]
        step = steps[j] if _fabs(steps[j]) < most else (most if steps[j] > 0.0 else -most)
        rows.level[j] = rows.level[j] + (step if steps[j] == steps[j] else 0.0)


cdef inline void _advance(int measure, int law, int turn, const _Horizon* sooner, const _Horizon* later,
                          const double* width, const _Fall* fall, _Search* rows) noexcept nogil:
    cdef double step[16]
    cdef double found[16]
    cdef double error, bow
    cdef long long open = 0
    cdef int j
    for j in range(LANES):
        error = _log_ratio(fall.value[j], rows.limit[j])
        step[j] = _halley(fall, j, error, fall.rate[j], fall.bend[j], &bow)
        found[j] = _is_found(rows, j, error, step[j], bow)
        open += 1 if rows.open[j] * (1.0 - found[j]) > 0.0 else 0
    if open == 0:
        for j in range(LANES):
            rows.answer[j] = rows.level[j] + step[j] if rows.open[j] > 0.0 else rows.answer[j]
            rows.open[j] = 0.0
    elif turn == 0:
        _move(step, rows)
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
