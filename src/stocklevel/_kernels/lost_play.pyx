"""Lost sales played over demand that is spread evenly, beside the same policy with backorders.

Demand comes from a table of its quantiles, cell by cell in an order drawn once: each of sixteen runs meets every
quantile once in a block of CELLS draws, so that all runs and blocks have the mean, the spread and the tails of demand.
Where service with backorders is known, what the twin lacks of it corrects what was played.
"""
from libc.math cimport NAN, floor
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from libc.stdint cimport uint16_t, uint64_t

include "variant.pxi"

cdef enum:
    LANES = 16
    CELLS = 16384   # equally likely quantiles
    FINE = 64       # the highest of them, each in as many parts as PARTS
    PARTS = 256
    MAIN = CELLS - FINE
    LOST = 0        # what is counted
    LATE = 1
    EMPTY = 2
    ON_HAND = 3
    ORDERS = 4
    BELOW = 5       # undershoot
    RECEIPTS = 6
    BROKEN = 7      # order cycles with a lost sale
    CYCLES = 8
    BROKEN_CYCLES = 9
    SAFETY = 10
    SHORT = 11      # of the twin
    TIME = 12
    COUNTS = 13

cdef struct Policy:
    double trigger
    double top
    double multiple  # 0: up to the top
    bint per_review  # cycles are those of reviews


cdef inline uint64_t _bits(uint64_t* state) noexcept nogil:
    # splitmix64 (Steele, Lea and Flood 2014)
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


def orders_of_cells(uint16_t[:, :, ::1] out, unsigned long long seed):
    """Fill out, of shape (blocks, CELLS, LANES), with places in a table: every cell once along the second axis."""
    cdef Py_ssize_t b, i, j, k
    cdef uint64_t state = seed, r
    cdef uint16_t held
    with nogil:
        for b in range(out.shape[0]):
            for j in range(LANES):
                for i in range(CELLS):  # inside out (Fisher and Yates)
                    r = _bits(&state)
                    k = <Py_ssize_t>(((r >> 32) * <uint64_t>(i + 1)) >> 32)
                    held = <uint16_t>(i if i < MAIN else MAIN + (i - MAIN) * PARTS + <Py_ssize_t>(r & (PARTS - 1)))
                    out[b, i, j] = out[b, k, j]
                    out[b, k, j] = held


cdef inline double _ordered(Policy* p, double position) noexcept nogil:
    cdef double below = p.trigger - position, quantity
    if below < 0.0:
        return 0.0
    if p.multiple > 0.0:
        return p.multiple * (floor(below / p.multiple) + 1.0)
    quantity = p.top - position
    return quantity if quantity > 0.0 else 0.0


include "lost_play_periods.pxi"
include "lost_play_customers.pxi"


def periods(const double[:, ::1] rules, const double[:, :, ::1] tables, const uint16_t[:, :, ::1] cells,
            const uint16_t[:, :, ::1] others, bint per_review, bint split, const unsigned char[::1] whole,
            double[:, :, :, ::1] out):
    """Play rows with reviews every R >= 1 periods; out has shape (rows, blocks, COUNTS, LANES).

    Rules are trigger, top, multiple (0: up to the top), R, L, and periods played first.  Tables are quantiles of the
    demand of a period, or, where split, of its parts before and after a receipt.
    """
    cdef Py_ssize_t row, b, room, blocks = cells.shape[0], n = cells.shape[1], now, warm, left, lead, review
    cdef Runs s
    cdef Policy p
    cdef const double* before
    cdef const double* after
    cdef const uint16_t* early
    cdef double* orders
    cdef bint failed = False
    with nogil:
        for row in range(rules.shape[0]):
            p.trigger, p.top, p.multiple, p.per_review = rules[row, 0], rules[row, 1], rules[row, 2], per_review
            review, lead, warm = <Py_ssize_t>rules[row, 3], <Py_ssize_t>rules[row, 4], <Py_ssize_t>rules[row, 5]
            room = lead // review + 2
            orders = <double*>calloc(2 * room * LANES, sizeof(double))
            if orders == NULL:
                failed = True
                break
            before = &tables[row, 0, 0] if split else NULL
            after = &tables[row, 1 if split else 0, 0]
            now = 0
            _begin(&s, &p, whole[row])
            while warm > 0:
                left = warm if warm < n else n
                early = &others[blocks - 1, n - left, 0] if split else NULL
                _play_periods(&s, &p, &now, review, lead, orders, room, before, early, after,
                              &cells[blocks - 1, n - left, 0], left)
                warm -= left
            for b in range(blocks):
                memset(s.counts, 0, sizeof(s.counts))
                early = &others[b, 0, 0] if split else NULL
                _play_periods(&s, &p, &now, review, lead, orders, room, before, early, after, &cells[b, 0, 0], n)
                for left in range(COUNTS * LANES):
                    (&out[row, b, 0, 0])[left] = (&s.counts[0][0])[left]
                for left in range(LANES):
                    out[row, b, TIME, left] = <double>n
            free(orders)
    if failed:
        raise MemoryError


def customers(const double[:, ::1] rules, const double[:, :, ::1] tables, const uint16_t[:, :, ::1] cells,
              const uint16_t[:, :, ::1] others, const unsigned char[::1] whole, double[:, :, :, ::1] out):
    """The same of rows that are watched continuously, but for late periods; NaN where more orders are on their way than
    there is room for.

    Rules are trigger, top, multiple, L, customers played first, and room for orders, a power of two.  Tables are
    quantiles of the time between customers, and of what one wants.
    """
    cdef Py_ssize_t row, b, blocks = cells.shape[0], n = cells.shape[1], warm, left, room
    cdef Policy p
    cdef Alone[16] runs
    cdef double[13 * 16] before
    cdef double* ways
    cdef const double* gaps
    cdef const double* sizes
    cdef bint failed = False, fits
    p.per_review = False
    out[:] = 0.0
    with nogil:
        for row in range(rules.shape[0]):
            p.trigger, p.top, p.multiple = rules[row, 0], rules[row, 1], rules[row, 2]
            warm, room = <Py_ssize_t>rules[row, 4], <Py_ssize_t>rules[row, 5]
            ways = <double*>calloc(4 * LANES * room, sizeof(double))
            if ways == NULL:
                failed = True
                break
            gaps, sizes = &tables[row, 0, 0], &tables[row, 1, 0]
            _line_up(runs, &p, whole[row], ways, room)
            fits = True
            while warm > 0 and fits:
                left = warm if warm < n else n
                fits = _play_customers(runs, &p, rules[row, 3], gaps, &others[blocks - 1, n - left, 0], sizes,
                                       &cells[blocks - 1, n - left, 0], left, before)
                warm -= left
            for b in range(blocks):
                fits = fits and _play_customers(runs, &p, rules[row, 3], gaps, &others[b, 0, 0], sizes,
                                                &cells[b, 0, 0], n, &out[row, b, 0, 0])
            if not fits:
                out[row, 0, 0, 0] = NAN
            free(ways)
    if failed:
        raise MemoryError
