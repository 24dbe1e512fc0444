"""The economic order quantity, checked and computed in one pass over memory."""
from libc.math cimport INFINITY, sqrt

from stocklevel._kernels.measures cimport LANES

include "variant.pxi"
include "blocks.pxi"


cdef inline double _outside(double value) noexcept nogil:
    # 1 unless value >= 0 and finite; NaN passes, and is answered by NaN
    cdef double bad = 1.0 if value < 0.0 else 0.0
    return 1.0 if value == INFINITY else bad


cdef inline long long _fill(const double* rate, const double* setup, const double* holding, const double* backorder,
                            const double* production, double* quantity, double* cost, double* backorders,
                            Py_ssize_t n) noexcept nogil:
    cdef double last[5][16]
    cdef const double* d
    cdef const double* k
    cdef const double* h
    cdef const double* b
    cdef const double* p
    cdef double q[16]
    cdef double c[16]
    cdef double s[16]
    cdef double wrong[16]
    cdef double share, short, effective
    cdef long long bad = 0
    cdef Py_ssize_t at, block
    cdef int j
    for block in range(_blocks(n)):
        at = block * LANES
        d = _lanes(rate, at, n, last[0])
        k = _lanes(setup, at, n, last[1])
        h = _lanes(holding, at, n, last[2])
        if backorder != NULL:
            b = _lanes(backorder, at, n, last[3])
        if production != NULL:
            p = _lanes(production, at, n, last[4])
        for j in range(LANES):
            share = 1.0 - d[j] / p[j] if production != NULL else 1.0
            short = h[j] / (h[j] + b[j]) if backorder != NULL else 0.0
            effective = h[j] * share * (1.0 - short)
            q[j] = sqrt(2.0 * k[j] * d[j] / effective)
            c[j] = effective * q[j]  # = 2 K d / Q, and 0 without demand
            s[j] = short * share * q[j]
            wrong[j] = _outside(d[j]) + _outside(k[j]) + _outside(h[j])
            wrong[j] += 1.0 if h[j] == 0.0 else 0.0
            if backorder != NULL:
                wrong[j] += _outside(b[j]) + (1.0 if b[j] == 0.0 else 0.0)
            if production != NULL:
                wrong[j] += _outside(p[j]) + (1.0 if p[j] <= d[j] else 0.0)
        for j in range(LANES):
            bad += 1 if wrong[j] > 0.0 else 0
        _store(q, quantity, at, n)
        _store(c, cost, at, n)
        if backorder != NULL:
            _store(s, backorders, at, n)
    return bad


def economic(const double[::1] rate, const double[::1] setup, const double[::1] holding, backorder, production,
             double[::1] quantity, double[::1] cost, backorders):
    """Fill in quantity, cost and backorders; returns whether a row is outside its domain."""
    cdef const double[::1] b = backorder if backorder is not None else rate
    cdef const double[::1] p = production if production is not None else rate
    cdef double[::1] s = backorders if backorder is not None else cost
    cdef bint waits = backorder is not None, finite = production is not None
    cdef Py_ssize_t n = rate.shape[0]
    cdef long long bad
    if n == 0:
        return False
    with nogil:  # what is not given is a constant in each branch
        if waits and finite:
            bad = _fill(&rate[0], &setup[0], &holding[0], &b[0], &p[0], &quantity[0], &cost[0], &s[0], n)
        elif waits:
            bad = _fill(&rate[0], &setup[0], &holding[0], &b[0], NULL, &quantity[0], &cost[0], &s[0], n)
        elif finite:
            bad = _fill(&rate[0], &setup[0], &holding[0], NULL, &p[0], &quantity[0], &cost[0], NULL, n)
        else:
            bad = _fill(&rate[0], &setup[0], &holding[0], NULL, NULL, &quantity[0], &cost[0], NULL, n)
    return bad > 0
