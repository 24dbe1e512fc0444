# The search of levels.pxi for integer demand: where the answer is a few units off, exact single steps; else Halley's,
# kept in a bracket.  A family gives `neighbour_lanes`, P(X = k + 1) or P(X = k - 1) from P(X = k).

cdef enum:
    _STRIDE = 10  # units off, by Halley's estimate, that single steps go
    BENDS = 0


cdef inline void _curve(int measure, int law, const _Horizon* x, const double* y, const double* width,
                        const Lanes* low, const Lanes* high, double* third, double* fourth) noexcept nogil:
    pass


cdef inline double _halley(const _Fall* fall, int j, double error, double rate, double bend,
                           double* bow) noexcept nogil:
    # the step on the logarithm of the shortfall, which is nearly straight in the tail; the error is that of the
    # logarithm, f' = -rate/value, f'' = bend/value - f'^2
    cdef double inverse = 1.0 / rate
    cdef double step = error * fall.value[j] * inverse
    cdef double bent = 1.0 + 0.5 * (error - step * bend * inverse)
    bent = bent if bent > 0.5 else 0.5  # NaN too
    bent = bent if bent < 2.0 else 2.0
    bow[0] = bent
    return step / bent


cdef inline double _one_less(int measure, int law, const _Fall* fall, int j) noexcept nogil:
    # what the shortfall has more at the next lower level
    return fall.rate[j] if measure != _SHARE and law == _UNIFORM else fall.rate[j] + fall.bend[j]


cdef inline double _one_more(int measure, int law, const _Fall* fall, int j) noexcept nogil:
    # and less at the next higher
    return fall.rate[j] - fall.bend[j] if measure != _SHARE and law == _UNIFORM else fall.rate[j]


cdef inline double _mass(int measure, int law, const _Fall* fall, int j) noexcept nogil:
    # how the slope of the shortfall's last difference changes
    cdef double mass = fall.mass[0][j]
    if law == _UNIFORM:
        mass -= fall.mass[1][j]
    if measure == _SHORT:
        mass -= fall.mass[2][j]
    if measure == _SHORT and law == _UNIFORM:
        mass += fall.mass[3][j]
    return mass


cdef inline void _shift(const _Horizon* x, const double* k, bint up, const double* moves, double* mass) noexcept nogil:
    cdef double beside[16]
    cdef double next
    cdef int j
    neighbour_lanes(&x.rows, k, mass, up, beside)
    if x.some_certain:
        for j in range(LANES):
            next = k[j] + 1.0 if up else k[j] - 1.0
            if x.std[j] == 0.0:
                beside[j] = 1.0 if next == x.mean[j] else 0.0
    for j in range(LANES):
        mass[j] = beside[j] if moves[j] > 0.0 else mass[j]


cdef inline void _shift_growth(const _Horizon* x, const double* k, bint up, const double* moves, double* growth,
                               double* mass) noexcept nogil:
    cdef double beside[16]
    cdef double grown[16]
    cdef int j
    for j in range(LANES):
        beside[j] = mass[j]
        grown[j] = growth[j]
    growth_neighbour_lanes(&x.rows, k, x.pace, up, beside, grown)
    for j in range(LANES):
        mass[j] = beside[j] if moves[j] > 0.0 else mass[j]
        growth[j] = grown[j] if moves[j] > 0.0 else growth[j]


cdef inline long long _step(int measure, int law, bint up, const _Horizon* sooner, const _Horizon* later,
                            const double* width, const double* near, _Fall* fall, _Search* rows) noexcept nogil:
    # One unit up in near rows that miss the target, or down where the next lower level meets it too; how many moved.
    # Losses, tails and masses of integers are each other's differences: n2(y) - n2(y+1) = n1(y+1),
    # n1(y) - n1(y+1) = P(X > y), P(X > y) - P(X > y+1) = P(X = y+1).
    cdef double moves[16]
    cdef double before[16]
    cdef double top[16]
    cdef double limit, go, value, rate, bend, mass
    cdef long long moved = 0
    cdef int j
    for j in range(LANES):
        limit = rows.limit[j] * _MEETS
        value = fall.value[j] + (0.0 if up else _one_less(measure, law, fall, j))
        if up:
            go = near[j] if value > limit else 0.0
        else:
            go = near[j] if value <= limit else 0.0
        moves[j] = go
        moved += 1 if go > 0.0 else 0
        before[j] = _mass(measure, law, fall, j)
        top[j] = rows.level[j] + width[j] if law == _UNIFORM else 0.0
    if moved == 0:
        return 0
    if measure == _GROWTH:
        _shift_growth(later, rows.level, up, moves, fall.mass[0], fall.mass[2])
        _shift_growth(later, top, up, moves, fall.mass[1], fall.mass[3])
    else:
        _shift(later, rows.level, up, moves, fall.mass[0])
        if law == _UNIFORM:
            _shift(later, top, up, moves, fall.mass[1])
    if measure == _SHORT:
        _shift(sooner, rows.level, up, moves, fall.mass[2])
    if measure == _SHORT and law == _UNIFORM:
        _shift(sooner, top, up, moves, fall.mass[3])
    for j in range(LANES):
        go = moves[j]
        mass = _mass(measure, law, fall, j)
        value = fall.value[j] - _one_more(measure, law, fall, j) if up else (
            fall.value[j] + _one_less(measure, law, fall, j))
        if measure != _SHARE and law == _UNIFORM:
            rate = fall.rate[j] - fall.bend[j] if up else fall.rate[j] + (fall.bend[j] + before[j])
            bend = fall.bend[j] - mass if up else fall.bend[j] + before[j]
        else:
            rate = fall.rate[j] - mass if up else fall.rate[j] + before[j]
            bend = mass
        fall.value[j] = value if go > 0.0 else fall.value[j]
        fall.rate[j] = rate if go > 0.0 else fall.rate[j]
        fall.bend[j] = bend if go > 0.0 else fall.bend[j]
        rows.level[j] += (1.0 if up else -1.0) * go
    return moved


cdef inline void _walk(int measure, int law, const _Horizon* sooner, const _Horizon* later, const double* width,
                       const double* steps, _Fall* fall, _Search* rows, double* tied) noexcept nogil:
    # Single steps, up and then down.  Where rounding could decide, the integer in question is put up for a direct look.
    cdef double fresh[16]
    cdef double near[16]
    cdef double limit, here, below, least, level
    cdef int j, i
    for j in range(LANES):
        fresh[j] = rows.level[j]
        near[j] = rows.open[j] if _fabs(steps[j]) <= _STRIDE else 0.0
        near[j] = near[j] if fall.value[j] < 7.0 * rows.limit[j] else 0.0  # a difference far smaller has few digits
    for i in range(2 * _STRIDE):
        if _step(measure, law, True, sooner, later, width, near, fall, rows) == 0:
            break
    for i in range(2 * _STRIDE):
        if _step(measure, law, False, sooner, later, width, near, fall, rows) == 0:
            break
    for j in range(LANES):
        limit = rows.limit[j]
        level = rows.level[j]
        here = _fabs(fall.value[j] / limit - 1.0)
        below = _fabs((fall.value[j] + _one_less(measure, law, fall, j)) / limit - 1.0)
        least = below if below < here else here
        level = level - 1.0 if below < here else level
        tied[j] = near[j] if least < 1e-10 else 0.0
        tied[j] = tied[j] if level != fresh[j] else 0.0
        rows.level[j] = level if tied[j] > 0.0 else rows.level[j]


cdef inline void _advance(int measure, int law, int turn, const _Horizon* sooner, const _Horizon* later,
                          const double* width, _Fall* fall, _Search* rows) noexcept nogil:
    cdef double steps[16]
    cdef double tied[16]
    cdef double y, value, before, after, limit, step, new, meets, ends, up, gap
    cdef double bow, trust = 0.0 if turn > 12 and turn % 3 == 0 else 1.0
    cdef int j
    for j in range(LANES):
        before = _one_less(measure, law, fall, j)
        after = _one_more(measure, law, fall, j)
        steps[j] = _halley(fall, j, _vlog(_ratio(fall.value[j], rows.limit[j])), 0.5 * (before + after), before - after,
                           &bow)
        tied[j] = 0.0
    if turn < 12:
        _walk(measure, law, sooner, later, width, steps, fall, rows, tied)
    for j in range(LANES):  # found where it meets the target and the next lower level fails
        y = rows.level[j]
        value = fall.value[j]
        limit = rows.limit[j] * _MEETS
        meets = 1.0 if value <= limit else 0.0
        ends = meets if value + _one_less(measure, law, fall, j) > limit else 0.0
        up = 1.0 - meets if value - _one_more(measure, law, fall, j) <= limit else 0.0
        ends = (ends + up) * (1.0 - tied[j])
        new = y + 1.0 if y + 1.0 > rows.low[j] else rows.low[j]
        rows.low[j] = rows.low[j] if meets > 0.0 or tied[j] > 0.0 else new
        new = y - 1.0 if y - 1.0 < rows.high[j] else rows.high[j]
        rows.high[j] = new if meets > 0.0 and tied[j] == 0.0 else rows.high[j]
        step = _floor(steps[j] + 0.5)
        new = -2.0 if step > -2.0 else step  # NaN stays
        step = 2.0 if step < 2.0 else step
        step = new if meets > 0.0 else step
        gap = rows.high[j] - rows.low[j]
        new = _floor(_next(rows, j, step, meets, trust))
        new = new if gap > 0.0 else rows.low[j]  # the only one left
        new = y if tied[j] > 0.0 else new
        _finish(rows, j, value, ends, y + up, new)
