# The lanes contract of a family that is computed row by row: loops over its scalar `density`, `evaluate`, `quantile`
# and `score` (a rough quantile at a normal score).  Included before rows.pxi.
from stocklevel._kernels.measures cimport LANES, NEED_DENSITY, Lanes

cdef struct Prepared:
    double a[16]
    double b[16]
    double c[16]


cdef inline void prepare(const double* a, const double* b, const double* c, Prepared* rows) noexcept nogil:
    cdef int j
    for j in range(LANES):
        rows.a[j] = a[j]
        rows.b[j] = b[j]
        rows.c[j] = c[j]


cdef inline void evaluate_lanes(const Prepared* rows, const double* x, int need, Lanes* value) noexcept nogil:
    cdef int j
    cdef Measures one
    for j in range(LANES):
        evaluate(x[j], rows.a[j], rows.b[j], rows.c[j], &one)
        value.cdf[j] = one.cdf
        value.sf[j] = one.sf
        value.loss[j] = one.loss
        value.complementary_loss[j] = one.complementary_loss
        value.second_loss[j] = one.second_loss
        value.complementary_second_loss[j] = one.complementary_second_loss
        if need & NEED_DENSITY:
            value.density[j] = density(x[j], rows.a[j], rows.b[j], rows.c[j])


cdef inline void density_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    cdef int j
    for j in range(LANES):
        out[j] = density(x[j], rows.a[j], rows.b[j], rows.c[j])


cdef inline void quantile_lanes(const Prepared* rows, const double* p, const double* q, double* out) noexcept nogil:
    cdef int j
    for j in range(LANES):
        out[j] = quantile(p[j], q[j], rows.a[j], rows.b[j], rows.c[j])


cdef inline void score_lanes(const Prepared* rows, const double* z, double* x) noexcept nogil:
    cdef int j
    for j in range(LANES):
        x[j] = score(z[j], rows.a[j], rows.b[j], rows.c[j])
