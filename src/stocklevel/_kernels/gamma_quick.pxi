# The gamma density to ten digits, more than enough for sums of many: f = front e^(lift + (a - 1) log m - a (m - 1)) in
# m = x/(a scale), one logarithm and one exponential.  Included by gamma.pyx.


cdef struct Quick:
    double unit[16]  # m of x = 1
    double front[16]


cdef inline void prepare_quick(const Prepared* rows, Quick* quick) noexcept nogil:
    cdef int j
    for j in range(LANES):
        quick.unit[j] = rows.inverse[j] / rows.scale[j]
        quick.front[j] = rows.front[j] * quick.unit[j] + rows.missing[j]


cdef inline void quick_density_lanes(const Prepared* rows, const Quick* quick, const double* x,
                                     double* out) noexcept nogil:
    cdef double a, m, d
    cdef int j
    for j in range(LANES):
        a = rows.shape[j]
        m = x[j] * quick.unit[j]
        d = m if m > 1e-300 else 1e-300
        d = quick.front[j] * vexp(mul_add(a - 1.0, vlog(d), mul_add(-a, d - 1.0, rows.lift[j])))
        out[j] = d if m > 1e-300 else 0.0 * m
