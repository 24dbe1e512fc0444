# The search of levels.pxi for continuous demand: Halley's steps, kept in a bracket.


cdef inline void _advance(int measure, int law, int turn, const _Horizon* sooner, const _Horizon* later,
                          const double* width, const _Fall* fall, _Search* rows) noexcept nogil:
    cdef double y, value, error, step, new, meets, near, known, ends, found, gap
    cdef double bow, trust = 0.0 if turn > 12 and turn % 3 == 0 else 1.0
    cdef int j
    for j in range(LANES):
        y = rows.level[j]
        value = fall.value[j]
        error = _log_ratio(value, rows.limit[j])
        step = _halley(fall, j, error, fall.rate[j], fall.bend[j], &bow)
        meets = 1.0 if value <= rows.limit[j] else 0.0
        new = y if y > rows.low[j] else rows.low[j]
        rows.low[j] = rows.low[j] if meets > 0.0 else new
        new = y if y < rows.high[j] else rows.high[j]
        rows.high[j] = new if meets > 0.0 else rows.high[j]
        near = _fabs(y)
        near = near if near < rows.spread[j] else rows.spread[j]
        known = 3e-6 if _fabs(bow - 1.25) < 0.75 else 1e-9  # the error left is the cube of the step, or its square
        ends = 1.0 if _fabs(step) <= known * near else 0.0
        ends = ends if _fabs(error) < 0.01 else 0.0
        gap = rows.high[j] - rows.low[j]
        found = y + step if ends > 0.0 else rows.high[j]
        ends = 1.0 if gap <= 2e-15 * _fabs(y) + 1e-300 else ends
        new = _next(rows, j, step, meets, trust)
        _finish(rows, j, value, ends, found, new)
