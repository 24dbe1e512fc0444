# The row loops of every family.  A family's .pyx defines `density`, `cdf`, `sf`, `evaluate`, `quantile`,
# `support_low` and `support_high` (scalar, noexcept nogil, up to three natural parameters), sets IN_LANES
# where its losses are free of branches, so that three vector loops beat one that shares work, and includes this.
# Arrays are one-dimensional, contiguous, of one length; an unused parameter repeats the first.
from libc.math cimport NAN as _NAN

cdef extern from *:
    """
    #ifndef SL_VARIANT
    #define SL_VARIANT "plain"
    #endif
    """
    const char* _VARIANT "SL_VARIANT"

variant = _VARIANT.decode("ascii")  # the flags it was compiled with; checked when it is chosen

from stocklevel._kernels.measures cimport CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SECOND_LOSS, SF


cdef inline double _one(int slot, double x, double a, double b, double c) noexcept nogil:
    cdef Measures value
    if slot == DENSITY:
        return density(x, a, b, c)
    if slot == CDF:
        return cdf(x, a, b, c)
    if slot == SF:
        return sf(x, a, b, c)
    evaluate(x, a, b, c, &value)
    if slot == LOSS:
        return value.loss
    return value.complementary_loss if slot == COMPLEMENTARY_LOSS else value.second_loss


cdef inline void _fill(int slot, const double* x, const double* a, const double* b, const double* c,
                       double* out, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = _one(slot, x[i], a[i], b[i], c[i])


cdef inline void _fill_tails(const double* x, const double* a, const double* b, const double* c,
                             double* sf, double* n1, double* n2, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef Measures value
    for i in range(n):
        evaluate(x[i], a[i], b[i], c[i], &value)
        sf[i] = value.sf
        n1[i] = value.loss
        n2[i] = value.second_loss


cdef inline void _fill_quantiles(bint upper, const double* p, const double* a, const double* b,
                                 const double* c, double* out, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef double below, above, v
    for i in range(n):
        below = 1.0 - p[i] if upper else p[i]
        above = p[i] if upper else 1.0 - p[i]
        v = quantile(below, above, a[i], b[i], c[i])
        v = support_low(a[i], b[i], c[i]) if below <= 0.0 else v
        v = support_high(a[i], b[i], c[i]) if above <= 0.0 else v
        out[i] = v if p[i] >= 0.0 and p[i] <= 1.0 else _NAN


def measure(int slot, const double[::1] x, tuple params, double[::1] out):
    """Fill out with one measure (a code of measures.pxd) of every row."""
    cdef const double[::1] a = params[0]
    cdef const double[::1] b = params[1] if len(params) > 1 else a
    cdef const double[::1] c = params[2] if len(params) > 2 else a
    cdef Py_ssize_t n = x.shape[0]
    with nogil:  # the slot is a constant in each branch, so that the compiler drops what is not asked
        if slot == DENSITY:
            _fill(DENSITY, &x[0], &a[0], &b[0], &c[0], &out[0], n)
        elif slot == CDF:
            _fill(CDF, &x[0], &a[0], &b[0], &c[0], &out[0], n)
        elif slot == SF:
            _fill(SF, &x[0], &a[0], &b[0], &c[0], &out[0], n)
        elif slot == LOSS:
            _fill(LOSS, &x[0], &a[0], &b[0], &c[0], &out[0], n)
        elif slot == COMPLEMENTARY_LOSS:
            _fill(COMPLEMENTARY_LOSS, &x[0], &a[0], &b[0], &c[0], &out[0], n)
        else:
            _fill(SECOND_LOSS, &x[0], &a[0], &b[0], &c[0], &out[0], n)


def tails(const double[::1] x, tuple params, double[::1] sf, double[::1] n1, double[::1] n2):
    """Fill sf, loss and second loss of every row, the shared work done once."""
    cdef const double[::1] a = params[0]
    cdef const double[::1] b = params[1] if len(params) > 1 else a
    cdef const double[::1] c = params[2] if len(params) > 2 else a
    cdef Py_ssize_t n = x.shape[0]
    with nogil:
        if IN_LANES:
            _fill(SF, &x[0], &a[0], &b[0], &c[0], &sf[0], n)
            _fill(LOSS, &x[0], &a[0], &b[0], &c[0], &n1[0], n)
            _fill(SECOND_LOSS, &x[0], &a[0], &b[0], &c[0], &n2[0], n)
        else:
            _fill_tails(&x[0], &a[0], &b[0], &c[0], &sf[0], &n1[0], &n2[0], n)


def quantiles(bint upper, const double[::1] p, tuple params, double[::1] out):
    """Fill out with the quantile where cdf = p, or sf = p if upper (integers: the smallest that meets it)."""
    cdef const double[::1] a = params[0]
    cdef const double[::1] b = params[1] if len(params) > 1 else a
    cdef const double[::1] c = params[2] if len(params) > 2 else a
    cdef Py_ssize_t n = p.shape[0]
    with nogil:
        _fill_quantiles(upper, &p[0], &a[0], &b[0], &c[0], &out[0], n)
