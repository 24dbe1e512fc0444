# The row loops of every family, over blocks of LANES rows.
# A family's .pyx defines `Prepared`, `prepare`, `evaluate_lanes`, `density_lanes`, `quantile_lanes`, `score_lanes`
# (see normal.pyx), `support_low` and `support_high`, says by an enum
# whether demand comes in whole units (WHOLE) and how its parameters grow with time where sums stay in the family
# (SUM_A, SUM_B, SUM_C: 0 constant, 1 with its root, 2 with it), defines `growth_lanes` and `density_growth_lanes`, how
# all that grows with time (see no_growth.pxi), and includes this, then smooth_steps.pxi, for which it defines
# `slope_lanes` (see normal.pyx, no_bends.pxi), and smooth_cycles.pxi, for which it says DENSITY_PANELS, or
# whole_steps.pxi, for which it defines `neighbour_lanes` (see poisson.pyx).
# Arrays are one-dimensional, contiguous, of one length; an unused parameter repeats the first.
from libc.math cimport NAN as _NAN
from libc.math cimport sqrt as _root

include "variant.pxi"
include "blocks.pxi"

from stocklevel._kernels.measures cimport (
    CDF,
    COMPLEMENTARY_LOSS,
    DENSITY,
    LOSS,
    NEED_LOSS,
    NEED_PROBABILITY,
    NEED_SECOND,
    ONLY_CDF,
    ONLY_SF,
    SECOND_LOSS,
    SF,
)


cdef inline double _summed(double value, double time, double root, int power) noexcept nogil:
    # a parameter of the sum over some time: unchanged, times its root, or times it
    return value if power == 0 else (value * root if power == 1 else value * time)


cdef inline void _load(const double* a, const double* b, const double* c, const double* time, Py_ssize_t at,
                       Py_ssize_t n, Prepared* rows, double* root) noexcept nogil:
    # root: of the times, where there are some
    cdef double sum_a[16]
    cdef double sum_b[16]
    cdef double sum_c[16]
    cdef double last[16]
    cdef int j
    a = _lanes(a, at, n, sum_a)
    b = _lanes(b, at, n, sum_b)
    c = _lanes(c, at, n, sum_c)
    if time != NULL:
        time = _lanes(time, at, n, last)
        for j in range(LANES):
            root[j] = _root(time[j])
        for j in range(LANES):
            sum_a[j] = _summed(a[j], time[j], root[j], SUM_A)
            sum_b[j] = _summed(b[j], time[j], root[j], SUM_B)
            sum_c[j] = _summed(c[j], time[j], root[j], SUM_C)
        a, b, c = sum_a, sum_b, sum_c
    prepare(a, b, c, rows)  # in one place: what it makes can stay in registers


cdef inline void _fill(int slot, const double* x, const double* a, const double* b, const double* c,
                       const double* time, double* out, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at, block
    cdef double last[16]
    cdef double root[16]
    cdef double densities[16]
    cdef const double* points
    cdef Prepared rows
    cdef Lanes value
    for block in range(_blocks(n)):
        at = block * LANES
        _load(a, b, c, time, at, n, &rows, root)
        points = _lanes(x, at, n, last)
        if slot == DENSITY:
            density_lanes(&rows, points, densities)
            _store(densities, out, at, n)
        elif slot == CDF:
            evaluate_lanes(&rows, points, NEED_PROBABILITY | ONLY_CDF, &value)
            _store(value.cdf, out, at, n)
        elif slot == SF:
            evaluate_lanes(&rows, points, NEED_PROBABILITY | ONLY_SF, &value)
            _store(value.sf, out, at, n)
        elif slot == LOSS:
            evaluate_lanes(&rows, points, NEED_LOSS, &value)
            _store(value.loss, out, at, n)
        elif slot == COMPLEMENTARY_LOSS:
            evaluate_lanes(&rows, points, NEED_LOSS, &value)
            _store(value.complementary_loss, out, at, n)
        else:
            evaluate_lanes(&rows, points, NEED_SECOND, &value)
            _store(value.second_loss, out, at, n)


def measure(int slot, const double[::1] x, tuple params, periods, double[::1] out):
    """Fill out with one measure (a code of measures.pxd) of every row; with periods, of the sum of so many."""
    cdef const double[::1] a = params[0]
    cdef const double[::1] b = params[1] if len(params) > 1 else a
    cdef const double[::1] c = params[2] if len(params) > 2 else a
    cdef const double[::1] times = periods if periods is not None else a
    cdef const double* time = &times[0] if periods is not None else NULL
    cdef Py_ssize_t n = x.shape[0]
    with nogil:  # the slot is a constant in each branch, so that the compiler drops what is not asked
        if slot == DENSITY:
            _fill(DENSITY, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)
        elif slot == CDF:
            _fill(CDF, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)
        elif slot == SF:
            _fill(SF, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)
        elif slot == LOSS:
            _fill(LOSS, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)
        elif slot == COMPLEMENTARY_LOSS:
            _fill(COMPLEMENTARY_LOSS, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)
        else:
            _fill(SECOND_LOSS, &x[0], &a[0], &b[0], &c[0], time, &out[0], n)


cdef inline bint _some_ends(const double* p, Py_ssize_t n) noexcept nogil:
    # whether there is a p that is not inside (0, 1); NaN too
    cdef long long ends = 0
    cdef Py_ssize_t i
    for i in range(n):
        ends += 0 if (p[i] > 0.0) & (p[i] < 1.0) else 1
    return ends > 0


cdef void _put_ends(const double* p, bint upper, const double* a, const double* b, const double* c, double* out,
                    Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if p[i] == (1.0 if upper else 0.0):
            out[i] = support_low(a[i], b[i], c[i])
        elif p[i] == (0.0 if upper else 1.0):
            out[i] = support_high(a[i], b[i], c[i])
        elif not (p[i] > 0.0 and p[i] < 1.0):
            out[i] = _NAN


cdef inline void _fill_quantiles(bint upper, const double* p, const double* a, const double* b, const double* c,
                                 const double* time, double* out, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at, block
    cdef double last[16]
    cdef double root[16]
    cdef double below[16]
    cdef double above[16]
    cdef double found[16]
    cdef const double* asked
    cdef Prepared rows
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        _load(a, b, c, time, at, n, &rows, root)
        asked = _lanes(p, at, n, last)
        for j in range(LANES):
            below[j] = 1.0 - asked[j] if upper else asked[j]
            above[j] = asked[j] if upper else 1.0 - asked[j]
        quantile_lanes(&rows, below, above, found)
        _store(found, out, at, n)
    if _some_ends(p, n):
        _put_ends(p, upper, a, b, c, out, n)


def quantiles(bint upper, const double[::1] p, tuple params, periods, double[::1] out):
    """Fill out with the quantile where cdf = p, or sf = p if upper (integers: the smallest that meets it).

    With periods, of the sum of so many.
    """
    cdef const double[::1] a = params[0]
    cdef const double[::1] b = params[1] if len(params) > 1 else a
    cdef const double[::1] c = params[2] if len(params) > 2 else a
    cdef const double[::1] times = periods if periods is not None else a
    cdef const double* time = &times[0] if periods is not None else NULL
    with nogil:
        if upper:
            _fill_quantiles(True, &p[0], &a[0], &b[0], &c[0], time, &out[0], p.shape[0])
        else:
            _fill_quantiles(False, &p[0], &a[0], &b[0], &c[0], time, &out[0], p.shape[0])


include "averages.pxi"
include "levels.pxi"
include "ordered_averages.pxi"
include "spread.pxi"
include "cycles.pxi"
