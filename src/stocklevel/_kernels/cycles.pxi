# Orders of (R,s,nQ) that find a shortage; included after averages.pxi.  With X the demand until the receipt, Y that
# between reviews (or the jumps, in units per period) and T = X + Y, Q P(a review orders, and its order finds a
# shortage) is E min(Q, Y, (T - s)+) = E min(Y, (T - s)+) - C(Q), where
#     E min(Y, (T - s)+) = n1_T(s) - n1_X(s) = C(0),
#     C(q) = int_0^inf P(Y > q + u) P(X > s - u) du.
# smooth_cycles.pxi and whole_cycles.pxi have `_open_block`, what is known in closed form, and `_close_items`, the rest.
from stocklevel._kernels import panels

cdef enum:
    _FLUSH = 320  # tails that wait; a block of rows adds 1536 at most: in up to 48 pieces each


cdef struct _Beyond:  # of a demand at one level y
    const double* loss     # E(X - y)+
    const double* exceeds  # P(X > y)
    const double* density  # P(X = y) of integers


cdef struct _Cycles:
    _Stretch lead
    _Stretch later
    _Stretch review
    const double* level  # s
    const double* width  # Q
    _Beyond lead_beyond    # at s
    _Beyond later_beyond   # at s
    _Beyond review_beyond  # at Q
    double* out
    double* scale        # of the terms that out is a difference of
    const double* rules  # of panels.py, where some sums are long
    bint closed          # whether later is the sum of both: else C(0) is summed up too, and its size estimated
    Py_ssize_t n


cdef struct _Items:  # tails C(q), or pieces of them, to add or subtract
    Py_ssize_t row[1920]
    double sign[1920]
    double start[1920]  # q
    double level[1920]  # s
    double lost[1920]   # n1_X(s)
    double low[1920]    # values of Y that are left to integrate over
    double high[1920]
    double bend[1920]   # how far nodes are drawn to the ends
    bint steep[1920]    # whether the integral is tiny beside either of its factors
    double size[1920]   # of integers: of what the tail is a part,
    double first[1920]  # P(Y = Q), or where a tail is added P(Y = 1),
    double mass[1920]   # P(X = s),
    double exceeds[1920]  # P(X > s)
    int count


cdef _Stretch _pick(const _Stretch* x, const Py_ssize_t* rows, int count, double* columns) noexcept nogil:
    # the stretches of LANES rows, the last repeated
    cdef const double* source[6]
    cdef _Stretch part
    cdef Py_ssize_t i
    cdef int j, k
    source[0], source[1], source[2] = x.a, x.b, x.c
    source[3], source[4], source[5] = x.mean, x.std, x.time
    for k in range(6):
        if source[k] != NULL:
            for j in range(LANES):
                i = rows[j if j < count else count - 1]
                columns[16 * k + j] = source[k][i]
    part.a, part.b, part.c = columns, columns + 16, columns + 32
    part.mean, part.std = columns + 48, columns + 64
    part.time = columns + 80 if x.time != NULL else NULL
    part.grows = x.grows
    return part


cdef void _find_stockouts(const _Cycles* all_rows) noexcept nogil:
    cdef _Items items
    cdef Py_ssize_t block
    items.count = 0
    for block in range(_blocks(all_rows.n)):
        _open_block(all_rows, block * LANES, &items)
        if items.count > _FLUSH:
            _close_items(all_rows, &items)
    _close_items(all_rows, &items)


cdef _Beyond _known(const double[:, :] rows):
    cdef _Beyond beyond
    beyond.loss, beyond.exceeds, beyond.density = &rows[0, 0], &rows[1, 0], &rows[2, 0]
    return beyond


def stockouts(tuple lead, tuple later, tuple review, bint closed, const double[::1] level, const double[::1] width,
              tuple beyond, double[:, :] out):
    """Q P(a review orders, and its order finds a shortage), and the size of the terms that this is a difference of.

    Lead is demand until the receipt, review that between reviews or, with growth over no time, the jumps; later the
    sum of both, at least about if not closed, or for jumps the growth of lead; all as in `averages`.  Beyond has three
    rows for each: E(X-y)+, P(X > y) and, of integers, P(X = y), at y = s of lead and later, y = Q of review.
    """
    cdef _Cycles rows
    cdef const double[:, :, ::1] rules
    rows.lead = _stretch(lead)
    rows.later = _stretch(later)
    rows.review = _stretch(review)
    rows.closed = closed
    rows.level, rows.width = &level[0], &width[0]
    rows.lead_beyond, rows.later_beyond = _known(beyond[0]), _known(beyond[1])
    rows.review_beyond = _known(beyond[2])
    rows.out, rows.scale = &out[0, 0], &out[1, 0]
    rows.n = level.shape[0]
    rows.rules = NULL
    if WHOLE and _some_long(&rows):
        rules = panels.rules()
        rows.rules = &rules[0, 0, 0]
    with nogil:
        _find_stockouts(&rows)
