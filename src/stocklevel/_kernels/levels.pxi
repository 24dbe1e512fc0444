# The least level at which a service shortfall is allowed, for LANES rows at once; included after averages.pxi.
# The steps of the search, `_advance`, are in smooth_steps.pxi or whole_steps.pxi.
from libc.math cimport INFINITY as _INFINITY
from libc.math cimport fabs as _fabs
from libc.math cimport floor as _floor

from stocklevel._kernels.vmath cimport vlog as _vlog

cdef enum:  # the position law
    _POINT = 0
    _UNIFORM = 1

cdef enum:  # the shortfall of a target: P(X >= y); or units newly short in a cycle, over the demand of a cycle
    _SHARE = 0
    _SHORT = 1
    _GROWTH = 2  # the same of continuous review: growth of E(X - y)+, over that of the mean

cdef double _MEETS = 1.0 + 4e-15  # rounding of a shortfall that is just allowed
cdef int _STEPS = 200

cdef enum:
    _GROUPS = 4  # of LANES rows, in turn: while one waits for the end of a step, the next can begin its own


cdef struct _Search:  # LANES rows on their way to a level
    double limit[16]   # the shortfall allowed, times its denominator
    double spread[16]  # of demand until the later end
    double level[16]
    double low[16]     # the answer lies between (integers: these two are untried)
    double high[16]
    double stride[16]
    double open[16]    # 1 until the answer is found
    double answer[16]


include "starts.pxi"


cdef inline void _begin(int measure, int law, const _Horizon* sooner, const _Horizon* later, const double* width,
                        const double* allowed, const double* cycle, _Search* rows) noexcept nogil:
    # those that are not found yet
    cdef double largest
    cdef int j
    _start(measure, law, sooner, later, width, allowed, cycle, rows.level)
    for j in range(LANES):
        rows.limit[j] = allowed[j] * (width[j] if law == _UNIFORM else 1.0) * (cycle[j] if measure != _SHARE else 1.0)
        rows.spread[j] = _spread(measure, later.mean[j], later.std[j])
        rows.level[j] = _floor(rows.level[j] + 1.5) if WHOLE else rows.level[j]
        rows.low[j] = -_INFINITY
        rows.high[j] = _INFINITY
        largest = width[j] if law == _UNIFORM else 0.0
        largest = 1e-3 * (later.mean[j] if later.mean[j] > largest else largest)
        largest = later.std[j] if later.std[j] > largest else largest
        rows.stride[j] = 0.5 * largest if 0.5 * largest > WHOLE else WHOLE
        rows.stride[j] = 0.5 * largest if not WHOLE else rows.stride[j]
        largest = rows.level[j] + rows.limit[j]
        rows.answer[j] = _NAN if rows.open[j] > 0.0 else rows.answer[j]
        rows.open[j] = rows.open[j] if largest == largest else 0.0


cdef struct _Fall:
    # the shortfall times its denominator: value, the rate at which it falls, and how that changes; on integers the
    # shortfall of one unit less is value + rate, if of a cycle and averaged, else value + rate + bend
    double value[16]
    double rate[16]
    double bend[16]
    double third[16]    # its third and fourth derivative where they are at hand, else NaN; of no use on integers
    double fourth[16]
    double mass[4][16]  # on integers: P(X = level) and P(X = level + width) of the later demand, then the sooner;
    #                     or their growth, and then themselves


cdef inline void _collect(int place, const double* value, const double* rate, const double* bend,
                          const double* third, const double* fourth, _Fall* fall) noexcept nogil:
    cdef int j
    for j in range(LANES):
        fall.value[j] = value[j] if place == 0 else fall.value[j] - value[j]
        fall.rate[j] = rate[j] if place == 0 else fall.rate[j] - rate[j]
        fall.bend[j] = bend[j] if place == 0 else fall.bend[j] - bend[j]
        if not WHOLE:
            fall.third[j] = third[j] if place == 0 else fall.third[j] - third[j]
            fall.fourth[j] = fourth[j] if place == 0 else fall.fourth[j] - fourth[j]


cdef inline void _take_shortfall(int measure, int law, int place, const _Horizon* x, const double* y,
                                 const double* width, _Fall* fall) noexcept nogil:
    # of the later demand (place 0), or less that of the sooner (place 2)
    cdef double bend[16]
    cdef double third[16]
    cdef double fourth[16]
    cdef Lanes low, high
    cdef _Sums sums
    cdef int j
    if law == _POINT:
        _evaluate(x, y, NEED_DENSITY | NEED_PROBABILITY | NEED_LOSS, &low)
        _curve(measure, law, x, y, width, &low, &high, third, fourth)
        _collect(place, low.loss, low.sf, low.density, third, fourth, fall)
    elif measure != _SHARE:
        _sum_over(x, y, width, _LOSSES, NEED_DENSITY if WHOLE or BENDS else 0, &low, &high, &sums)
        _curve(measure, law, x, y, width, &low, &high, third, fourth)
        _collect(place, sums.loss, sums.reaches, sums.density, third, fourth, fall)
    else:
        _sum_over(x, y, width, _REACHES, NEED_DENSITY, &low, &high, &sums)
        for j in range(LANES):
            bend[j] = low.density[j] - high.density[j]
        _curve(measure, law, x, y, width, &low, &high, third, fourth)
        _collect(place, sums.reaches, sums.density, bend, third, fourth, fall)
    if WHOLE:
        for j in range(LANES):
            fall.mass[place][j] = low.density[j]
            if law == _UNIFORM:
                fall.mass[place + 1][j] = high.density[j]
            if measure == _GROWTH:
                fall.mass[2][j] = low.mass[j]
                fall.mass[3][j] = high.mass[j] if law == _UNIFORM else 0.0


cdef inline void _shortfall(int measure, int law, const _Horizon* sooner, const _Horizon* later, const double* y,
                            const double* width, _Fall* fall) noexcept nogil:
    _take_shortfall(measure, law, 0, later, y, width, fall)
    if measure == _SHORT:
        _take_shortfall(measure, law, 2, sooner, y, width, fall)


cdef inline double _ratio(double value, double limit) noexcept nogil:
    cdef double ratio = value / limit
    ratio = ratio if ratio > 1e-300 else 1e-300
    return ratio if ratio < 1e300 else 1e300


cdef inline double _next(_Search* rows, int j, double step, double meets, double trust) noexcept nogil:
    # the step where it points the right way, at most eight strides; else a stride, or the middle
    cdef double y = rows.level[j], most = 8.0 * rows.stride[j], onward, new, gap, middle, inside
    step = step if step < most else most
    step = step if step > -most else -most
    onward = -rows.stride[j] if meets > 0.0 else rows.stride[j]
    step = step if step * onward > 0.0 else onward
    new = y + step
    gap = rows.high[j] - rows.low[j]
    middle = 0.5 * (rows.low[j] + rows.high[j])
    inside = 1.0 if new > rows.low[j] else 0.0
    inside = inside if new < rows.high[j] else 0.0
    inside = inside * trust
    inside = inside if gap < 1e308 else 1.0
    rows.stride[j] = rows.stride[j] * (1.0 if gap < 1e308 else 2.0)
    return new if inside > 0.0 else middle


cdef inline void _finish(_Search* rows, int j, double value, double ends, double found, double new) noexcept nogil:
    # close the row at what was found, or go on
    found = found if value == value else _NAN
    ends = ends if value == value else 1.0
    ends = ends if rows.open[j] > 0.0 else 0.0
    rows.answer[j] = found if ends > 0.0 else rows.answer[j]
    rows.open[j] = 0.0 if ends > 0.0 else rows.open[j]
    rows.level[j] = new if rows.open[j] > 0.0 else rows.level[j]


cdef inline void _find_swiftly(int measure, int law, int groups, const _Horizon* later, const double* const* width,
                               const double* const* allowed, _Search* rows) noexcept nogil:
    # what a family knows without a search; the others stay open
    cdef Swift swift
    cdef double found[16]
    cdef int g, j
    for g in range(groups):
        for j in range(LANES):
            rows[g].open[j] = 1.0
    if not SWIFT or measure != _SHARE or law != _UNIFORM:
        return
    for g in range(_GROUPS):
        j = g if g < groups else groups - 1
        swift_begin(&later[j].rows, width[j], allowed[j], g * LANES, &swift)
    swift_levels(&swift)
    for g in range(groups):
        if later[g].some_certain:
            continue
        swift_end(&later[g].rows, width[g], allowed[g], g * LANES, &swift, rows[g].answer, found)
        for j in range(LANES):
            rows[g].open[j] = 1.0 - found[j]


cdef inline bint _some_open(const _Search* rows) noexcept nogil:
    cdef long long open = 0
    cdef int j
    for j in range(LANES):
        open += 1 if rows.open[j] > 0.0 else 0
    return open > 0


cdef inline void _fill_levels(int measure, int law, const _Stretch* before, const _Stretch* after,
                              const double* widths, const double* allowed, const double* cycles, double* out,
                              Py_ssize_t size) noexcept nogil:
    cdef double last_allowed[4][16]
    cdef double last_cycle[16]
    cdef const double* target[4]
    cdef double last_width[4][16]
    cdef const double* width[4]
    cdef _Horizon sooner[4]
    cdef _Horizon later[4]
    cdef _Search rows[4]
    cdef bint open[4]
    cdef _Fall fall
    cdef Py_ssize_t block = 0, at, blocks = _blocks(size)
    cdef int g, groups, some, n
    while block < blocks:
        groups = _GROUPS if block + _GROUPS <= blocks else <int>(blocks - block)
        for g in range(groups):
            at = (block + g) * LANES
            _load_horizon(after, at, size, &later[g])
            if measure == _SHORT:
                _load_horizon(before, at, size, &sooner[g])
            width[g] = _lanes(widths, at, size, last_width[g])
            target[g] = _lanes(allowed, at, size, last_allowed[g])
        _find_swiftly(measure, law, groups, later, width, target, rows)
        for g in range(groups):
            open[g] = _some_open(&rows[g])
            if open[g]:
                _begin(measure, law, &sooner[g], &later[g], width[g], target[g],
                       _lanes(cycles, (block + g) * LANES, size, last_cycle), &rows[g])
        if REFINES and measure != _GROWTH:
            _refine(measure, law, groups, sooner, later, width, rows)
        for n in range(_STEPS):
            some = 0
            for g in range(groups):
                if open[g]:
                    _shortfall(measure, law, &sooner[g], &later[g], rows[g].level, width[g], &fall)
                    _advance(measure, law, n, &sooner[g], &later[g], width[g], &fall, &rows[g])
                    open[g] = _some_open(&rows[g])
                    some += open[g]
            if some == 0:
                break
        for g in range(groups):
            _store(rows[g].answer, out, (block + g) * LANES, size)
        block += _GROUPS


include "ordered.pxi"


def levels(sooner, tuple later, const double[::1] allowed, width, cycle, double[::1] out):
    """Least level of which no more than the allowed shortfall comes.

    With `sooner` and `cycle` the shortfall is the units newly short in a cycle over its demand; with `cycle` alone the
    growth of the loss of `later` over it, the demand of a period; else P(X >= y) of `later`.
    Demand is as in `averages`; without a width the position is the level.
    """
    cdef _Stretch after = _stretch(later)
    cdef _Stretch before = _stretch(sooner) if sooner is not None else after
    cdef const double[::1] widths = width if width is not None else allowed
    cdef const double[::1] cycles = cycle if cycle is not None else allowed
    cdef bint point = width is None, share = cycle is None, grows = after.grows
    cdef Py_ssize_t n = allowed.shape[0]
    with nogil:
        if GROWS and grows and point:
            _fill_in_order(_GROWTH, _POINT, &before, &after, &widths[0], &allowed[0], &cycles[0], &out[0], n)
        elif GROWS and grows:
            _fill_in_order(_GROWTH, _UNIFORM, &before, &after, &widths[0], &allowed[0], &cycles[0], &out[0], n)
        elif share:
            _fill_in_order(_SHARE, _UNIFORM, &before, &after, &widths[0], &allowed[0], &cycles[0], &out[0], n)
        elif point:
            _fill_in_order(_SHORT, _POINT, &before, &after, &widths[0], &allowed[0], &cycles[0], &out[0], n)
        else:
            _fill_in_order(_SHORT, _UNIFORM, &before, &after, &widths[0], &allowed[0], &cycles[0], &out[0], n)
