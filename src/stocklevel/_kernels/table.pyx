"""Demand given by tables: the row loops, and the least level that meets a target."""
from libc.math cimport NAN, fabs, floor, isinf

from stocklevel._kernels.tabulated cimport (
    Table,
    Tables,
    answer_at,
    density_at,
    left_at,
    left_twice_at,
    loss_at,
    node_of,
    place,
    quantile_of,
    reach_at,
    second_at,
    sf_at,
    take,
)

include "variant.pxi"

cdef double NARROW = 1e-5  # width over spread below which differences cancel and the midpoint serves


cdef void _average(const Table* t, double level, double width, double* out) noexcept nogil:
    # over y uniform on the width above the level: the average of n1 is [n2(s) - n2(s+Q)]/Q, of P(X >= y)
    # [n1(s) - n1(s+Q)]/Q, on integers too; without a width at the level itself
    cdef double u, top
    if level != level or width != width:
        out[0] = out[1] = out[2] = out[3] = out[4] = NAN
        return
    if width > 0.0 and t.unit == 0.0 and width < NARROW * t.std:
        level = level + 0.5 * width
        width = 0.0
    u = place(t, level)
    if width == 0.0:
        out[0] = loss_at(t, u)
        out[1] = left_at(t, u)
        out[2] = sf_at(t, u)
        out[3] = reach_at(t, u)
        out[4] = density_at(t, u) if t.unit > 0.0 or t.smooth else NAN
        if isinf(out[4]):
            out[4] = NAN
        return
    top = place(t, level + width)
    out[0] = (second_at(t, u) - second_at(t, top)) / width
    out[1] = (left_twice_at(t, top) - left_twice_at(t, u)) / width
    out[3] = (loss_at(t, u) - loss_at(t, top)) / width
    out[2] = out[3]
    out[4] = (sf_at(t, u) - sf_at(t, top)) / width
    if t.unit > 0.0:
        out[2] = (loss_at(t, place(t, level + 1.0)) - loss_at(t, place(t, level + width + 1.0))) / width


cdef double _shortfall(const Table* sooner, const Table* later, double level, double width, bint share) noexcept nogil:
    # P(X >= y), or the units newly short between the sooner and the later end of a cycle
    cdef double late[5]
    cdef double early[5]
    _average(later, level, width, late)
    if share:
        return late[3]
    _average(sooner, level, width, early)
    return late[0] - early[0]


cdef double _least(const Table* sooner, const Table* later, double allowed, double width, bint share) noexcept nogil:
    # bisection between a level below all demand, which fails, and one above it, which does not
    cdef double low = later.start if later.start < sooner.start else sooner.start
    cdef double high = node_of(later, later.last)
    cdef double middle = node_of(sooner, sooner.last)
    cdef double unit = later.unit
    high = 1.0 + (high if high > middle else middle)
    high = high + 1e-6 * (high if unit == 0.0 else 0.0)
    low = low - width - 1.0
    if not (allowed == allowed and width == width):
        return NAN
    while True:
        middle = 0.5 * (low + high)
        if unit > 0.0:
            middle = floor(middle)
        if middle <= low or middle >= high or (unit == 0.0 and high - low <= 1e-15 * fabs(high)):
            return high
        if _shortfall(sooner, later, middle, width, share) <= allowed * (1.0 + 4e-15):
            high = middle
        else:
            low = middle


cdef Tables _tables(tuple given):
    # (values, offsets, start, step, std, in whole units, smooth, scattered)
    cdef const double[:, ::1] values = given[0]
    cdef const long long[::1] offsets = given[1]
    cdef const double[::1] start = given[2]
    cdef const double[::1] step = given[3]
    cdef const double[::1] std = given[4]
    cdef Tables every
    cdef int j
    for j in range(8 if given[7] else 7):
        every.values[j] = &values[j, 0]
    every.offsets = &offsets[0]
    every.start = &start[0]
    every.step = &step[0]
    every.std = &std[0]
    every.unit = 1.0 if given[5] else 0.0
    every.smooth = given[6]
    every.scattered = given[7]
    return every


def measure(int slot, tuple tables, const long long[::1] rows, const double[::1] x, double[::1] out):
    """Fill out with one measure (a code of measures.pxd) of the tables that the rows name."""
    cdef Tables every = _tables(tables)
    cdef Table t
    cdef Py_ssize_t i
    with nogil:
        for i in range(rows.shape[0]):
            out[i] = answer_at(slot, &t, x[i]) if take(&every, rows[i], &t) else NAN


def quantiles(bint upper, tuple tables, const long long[::1] rows, const double[::1] p, double[::1] out):
    """Fill out with the quantile where cdf = p, or sf = p if upper: the smallest that meets it."""
    cdef Tables every = _tables(tables)
    cdef Table t
    cdef Py_ssize_t i
    with nogil:
        for i in range(rows.shape[0]):
            if not (take(&every, rows[i], &t) and p[i] >= 0.0 and p[i] <= 1.0):
                out[i] = NAN
            elif upper:
                out[i] = quantile_of(&t, 1.0 - p[i], p[i], 0.0)
            else:
                out[i] = quantile_of(&t, p[i], 1.0 - p[i], 4e-16)


def averages(tuple tables, const long long[::1] rows, const double[::1] level, width, double[:, :] out):
    """Averages over the position of E(X-y)+, E(y-X)+, P(X > y), P(X >= y) and the rate at which the last falls.

    Without a width the position is the level.
    """
    cdef Tables every = _tables(tables)
    cdef const double[::1] widths = width if width is not None else level
    cdef bint point = width is None
    cdef double found[5]
    cdef Table t
    cdef Py_ssize_t i
    cdef int j
    with nogil:
        for i in range(rows.shape[0]):
            if take(&every, rows[i], &t):
                _average(&t, level[i], 0.0 if point else widths[i], found)
            else:
                for j in range(5):
                    found[j] = NAN
            for j in range(5):
                out[j, i] = found[j]


def levels(sooner, sooner_rows, tuple later, const long long[::1] rows, const double[::1] allowed, width, cycle,
           double[::1] out):
    """Least level of which no more than the allowed shortfall comes.

    With `sooner` and `cycle` the shortfall is the units newly short in a cycle over its demand, else P(X >= y) of
    `later`.  Without a width the position is the level.
    """
    cdef bint share = sooner is None, point = width is None
    cdef Tables after = _tables(later)
    cdef Tables before = after if share else _tables(sooner)
    cdef const long long[::1] firsts = rows if share else sooner_rows
    cdef const double[::1] widths = allowed if point else width
    cdef const double[::1] cycles = allowed if share else cycle
    cdef Table first, last
    cdef bint known
    cdef Py_ssize_t i
    with nogil:
        for i in range(rows.shape[0]):
            known = take(&after, rows[i], &last)
            known = take(&before, firsts[i], &first) and known
            if known:
                out[i] = _least(&first, &last, allowed[i] * (1.0 if share else cycles[i]),
                                0.0 if point else widths[i], share)
            else:
                out[i] = NAN
