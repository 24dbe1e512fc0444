# How what is asked of sixteen gamma demands grows with the time T that they are of: T d/dT, which is a d/da, since the
# shape a is in proportion to it.  Included by gamma.pyx.
cdef double NO_SHAPE = 1e-30  # of no time: growth is that of the jumps


cdef void near_zero_growth(const Prepared* rows, const Side* side, double* high, double* high1,
                           double* high2) noexcept nogil:
    # near_zero, differentiated
    cdef double top[16]
    cdef double bottom[16]
    cdef double top_growth[16]
    cdef double bottom_growth[16]
    cdef double term[16]
    cdef double a, u, power, series, tail, first, dpower, dseries, dtail, dfirst
    cdef int j, n, here
    for j in range(LANES):
        top[j] = top_growth[j] = bottom_growth[j] = 0.0
        bottom[j] = 1.0
        term[j] = -1.0
    for n in range(1, 27):
        for j in range(LANES):
            a = rows.shape[j]
            term[j] *= side.u[j] * (-1.0 / n)
            top_growth[j] = mul_add(top_growth[j], a + n, top[j] + term[j] * bottom_growth[j])
            bottom_growth[j] = mul_add(bottom_growth[j], a + n, bottom[j])
            top[j] = mul_add(top[j], a + n, term[j] * bottom[j])
            bottom[j] *= a + n
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        here = (a <= NEAR_SHAPE) & (u <= NEAR_U) & (side.d[j] > 0.0)
        power = expm1_near(a * vlog(u) - log_gamma_1p_near(a))
        dpower = (1.0 + power) * a * (vlog(u) - vlog(1.0 + a) + digamma_gap(1.0 + a))
        series = top[j] / bottom[j]
        dseries = a * (top_growth[j] - series * bottom_growth[j]) / bottom[j]
        tail = a * (1.0 + power) * series - power
        dtail = a * ((1.0 + power) * (series + dseries) + dpower * series) - dpower
        first = mul_add(a - u, tail, side.d[j])
        dfirst = mul_add(a, tail, (a - u) * dtail) + side.d[j] * side.drift[j]
        high[j] = dtail if here else high[j]
        high1[j] = dfirst if here else high1[j]
        high2[j] = 0.5 * (mul_add(a, first, (a - u + 1.0) * dfirst) + u * dtail) if here else high2[j]


cdef inline void fill_growth(const Prepared* rows, const double* x, const Side* side, int near,
                             Lanes* value) noexcept nogil:
    cdef double a, s, gap, whole, missing
    cdef double high[16]
    cdef double high1[16]
    cdef double high2[16]
    cdef int j
    for j in range(LANES):
        a = rows.shape[j]
        gap = a - x[j] / rows.scale[j]
        whole = mul_add(a, gap, 0.5 * a)  # growth of E[(G - u)^2]/2
        high[j] = side.growth[0][j] if side.upper[j] != 0.0 else -side.growth[0][j]
        high1[j] = side.growth[1][j] if side.upper[j] != 0.0 else side.growth[1][j] + a
        high2[j] = side.growth[2][j] if side.upper[j] != 0.0 else whole - side.growth[2][j]
        value.complementary_second_loss[j] = whole - side.growth[2][j] if side.upper[j] != 0.0 else side.growth[2][j]
    if near > 0:
        near_zero_growth(rows, side, high, high1, high2)
    for j in range(LANES):
        a = rows.shape[j]
        s = rows.scale[j]
        missing = rows.missing[j] if x[j] == x[j] else NAN
        value.density[j] = side.d[j] * side.drift[j] / (x[j] if side.d[j] > 0.0 else 1.0) + missing
        value.sf[j] = high[j] + missing
        value.cdf[j] = -value.sf[j]
        value.loss[j] = s * (high1[j] + missing)
        value.complementary_loss[j] = s * (high1[j] - a + missing)
        value.second_loss[j] = s * s * (high2[j] + missing)
        value.complementary_second_loss[j] = s * s * (value.complementary_second_loss[j] + missing)


cdef void growth_lanes(const Prepared* rows, const double* x, Lanes* value) noexcept nogil:
    cdef Side side
    cdef int near = one_side(rows, x, 1.0, True, &side)
    fill_growth(rows, x, &side, near, value)


cdef void grown_lanes(const Prepared* rows, const double* x, Lanes* value, Lanes* growth) noexcept nogil:
    # both from the same side
    cdef Side side
    cdef int near = one_side(rows, x, 1.0, True, &side)
    fill(rows, x, 0, &side, near, value)
    fill_growth(rows, x, &side, near, growth)


cdef void density_growth_lanes(const Prepared* rows, const double* x, double* out) noexcept nogil:
    # as time begins it is that of the jumps, a e^-u/x
    cdef Lanes value
    cdef double u
    cdef long long late = 0
    cdef int j
    for j in range(LANES):
        late += 1 if rows.shape[j] > NO_SHAPE or rows.missing[j] != 0.0 or not x[j] > 0.0 else 0
    if late > 0:
        growth_lanes(rows, x, &value)
    for j in range(LANES):
        u = x[j] / rows.scale[j]
        u = rows.shape[j] * vexp(-u) / x[j]
        out[j] = u if late == 0 else (value.density[j] if rows.shape[j] > NO_SHAPE or not x[j] > 0.0 else u)


cdef inline void growth_neighbour_lanes(const Prepared* rows, const double* k, const double* pace, bint up,
                                        double* mass, double* growth) noexcept nogil:
    pass  # of whole demand only
