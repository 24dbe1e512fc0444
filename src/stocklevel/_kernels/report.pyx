"""The measures of a policy from what its position law answers, all in one pass."""
from stocklevel._kernels.measures cimport LANES

include "variant.pxi"
include "blocks.pxi"

cdef enum:  # what is given, in this order
    RATE = 0         # demand per period
    UNMET = 1        # unmet fraction
    LEFT = 2         # stock on hand
    LOSS = 3         # backorders
    LATE = 4         # 1 - period service level
    EMPTY = 5        # 1 - ready rate
    FREQUENCY = 6    # orders per period
    STOCKOUTS = 7    # 1 - cycle service level
    PER_ORDER = 8    # 1 - order cycle service level
    UNDERSHOOT = 9
    ANCHOR = 10      # net stock before a receipt, but for the undershoot
    GIVEN = 11
    MEASURES = 13


cdef inline double _share(double shortfall, double asked) noexcept nogil:
    # one minus a shortfall, in [0, 1]; 1 where nothing is asked for; NaN stays
    cdef double value = 1.0 - shortfall
    value = 0.0 if value < 0.0 else value
    value = 1.0 if value > 1.0 else value
    return value if asked > 0.0 else 1.0


def assemble(list given, bint below, double[:, :] out):
    """Fill the rows of out, the measures in their public order, from eleven arrays in the order above.

    An array of one value stands for as many as there are.  Below says whether the undershoot lessens the safety
    stock.  Each row of out is contiguous.
    """
    cdef const double* x[11]
    cdef const double[::1] one
    cdef double last[11][16]
    cdef double repeated[11][16]
    cdef const double* v[11]
    cdef double y[13][16]
    cdef double asked, rate, less = 1.0 if below else 0.0
    cdef Py_ssize_t n = out.shape[1], at, block, j, k
    for k in range(GIVEN):
        one = given[k]
        x[k] = &one[0] if one.shape[0] == n else NULL
        if x[k] == NULL:
            v[k] = repeated[k]
            for j in range(LANES):
                repeated[k][j] = one[0]
    with nogil:
        for block in range(_blocks(n)):
            at = block * LANES
            for k in range(GIVEN):
                if x[k] != NULL:
                    v[k] = _lanes(x[k], at, n, last[k])
            for j in range(LANES):
                rate = v[RATE][j]
                asked = 0.0 if rate == 0.0 else 1.0
                y[0][j] = 1.0 - v[UNMET][j] if asked > 0.0 else 1.0
                y[1][j] = v[UNMET][j] if asked > 0.0 else 0.0
                y[2][j] = _share(v[STOCKOUTS][j], asked)
                y[3][j] = _share(v[PER_ORDER][j], asked)
                y[4][j] = _share(v[LATE][j], asked)
                y[5][j] = _share(v[EMPTY][j], asked)
                y[6][j] = v[LEFT][j]
                y[7][j] = v[LOSS][j]
                y[8][j] = v[FREQUENCY][j] if asked > 0.0 else 0.0
                y[9][j] = v[UNMET][j] * rate / v[FREQUENCY][j] if asked > 0.0 else 0.0
                y[10][j] = v[UNDERSHOOT][j] if asked > 0.0 else 0.0
                y[11][j] = v[ANCHOR][j] - less * y[10][j]
                y[12][j] = v[LOSS][j] / rate if asked > 0.0 else 0.0
            for k in range(MEASURES):
                _store(y[k], &out[k, 0], at, n)
