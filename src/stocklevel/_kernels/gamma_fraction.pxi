# Legendre's continued fraction of the upper side, that of the lower side, and their growth.
# Included by gamma_sides.pxi.
from stocklevel._kernels.gamma_lanes cimport power_below, steps


cdef inline void backward(double n, double base, double growth, double top, double* q, double* p) noexcept nogil:
    # Q_n = b_n Q_(n+1) + alpha_(n+1) Q_(n+2)
    cdef double m = n + 1.0
    cdef double new = mul_add(mul_add(growth, n, base), q[0], m * mul_add(1.0 - growth, m, top) * p[0])
    p[0] = q[0]
    q[0] = new


cdef inline void backward_both(double n, double base, double growth, double top, double down, double lift, double* q,
                               double* p, double* dq, double* dp) noexcept nogil:
    # and its derivative, where base falls by `down` and top rises by `lift`
    cdef double m = n + 1.0
    cdef double b = mul_add(growth, n, base), alpha = m * mul_add(1.0 - growth, m, top)
    cdef double new = mul_add(b, dq[0], alpha * dp[0]) + mul_add(m * lift, p[0], -down * q[0])
    dp[0] = dq[0]
    dq[0] = new
    new = mul_add(b, q[0], alpha * p[0])
    p[0] = q[0]
    q[0] = new


cdef inline double behind(double n, double base, double growth, double top) noexcept nogil:
    # y_n past all steps: as if b and alpha stood still, and a correction for their drift
    cdef double m = n + 1.0
    cdef double b = mul_add(growth, n, base)
    cdef double alpha = m * mul_add(1.0 - growth, m, top)
    cdef double root = sqrt(mul_add(b, b, 4.0 * alpha))
    cdef double y = 0.5 * (b + root)
    return y - (y - b) * (growth * y + top + 2.0 * (1.0 - growth) * m) / (root * root)


cdef inline void finish_growth(double a, double down, double lift, double base, double growth, double top, double q,
                               double p, double dq, double dp, int j, Side* side) noexcept nogil:
    # the last lines of by_fraction, differentiated
    cdef double upper = side.upper[j], u = side.u[j], alpha = top - upper
    cdef double b = base + growth, twice = 2.0 * (alpha - upper)
    cdef double q1 = mul_add(b, q, twice * p), q0 = mul_add(base, q1, alpha * q)
    cdef double dq1 = mul_add(b, dq, twice * dp) + mul_add(2.0 * lift, p, -down * q)
    cdef double dq0 = mul_add(base, dq1, alpha * dq) + mul_add(lift, q, -down * q1)
    cdef double under = side.d[j] / a, rate = side.drift[j] - (1.0 - upper)
    cdef double unit = (side.d[j] if upper != 0.0 else under * u) / q0, slope = rate - dq0 / q0
    cdef double c = alpha if upper != 0.0 else u, inner = mul_add(a - 2.0, p, 2.0 * q)
    cdef double dinner = mul_add(a - 2.0, dp, mul_add(2.0, dq, a * p)), above, below
    side.growth[0][j] = unit * mul_add(slope, q1, dq1) + (1.0 - upper) * rate * under
    side.growth[1][j] = unit * (slope * mul_add(c, q, q1) + mul_add(c, dq, mul_add(lift, q, dq1)))
    above = slope * mul_add(alpha, inner, q1) + mul_add(alpha, dinner, mul_add(a, inner, dq1))
    below = u * (slope * mul_add(u, p, q) + mul_add(u, dp, dq))
    side.growth[2][j] = unit * (above if upper != 0.0 else below)


cdef inline void by_fraction(const Prepared* rows, double share, bint grows, Side* side) noexcept nogil:
    # y_n = b_n + alpha_(n+1)/y_(n+1), y_n = Q_n/Q_(n+1), backward from a number of steps known beforehand.
    # Upper side, Legendre (even part of DLMF 8.9.2): b_n = u - a + 1 + 2n, alpha_n = n (a - n).
    # Lower side: J_n = E[(u - G)+^n]/n! of shape a + 1 has (n + 1) J_(n+1) = u J_(n-1) - (a + 1 - u + n) J_n and is its
    # minimal solution, so b_n = a + 1 - u + n, alpha_n = n u: positive terms only.  Growth is the derivative a d/da.
    cdef double base[16]
    cdef double growth[16]  # b_n = base + growth n, alpha_n = n (top + (1 - growth) n)
    cdef double top[16]
    cdef double blocks[16]
    cdef double last[16]
    cdef double q[16]
    cdef double p[16]
    cdef double down[16]
    cdef double lift[16]
    cdef double dq[16]
    cdef double dp[16]
    cdef double dnew = 0.0, dold = 0.0
    cdef double a, u, n, k, new, old, shrink, alpha, q1, q0, above, below, unit
    cdef float wide, place
    cdef int counts[16]
    cdef int j, block, most = 0
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        base[j] = 1.0 + (u - a if side.upper[j] != 0.0 else a - u)
        growth[j] = 1.0 + side.upper[j]
        top[j] = a if side.upper[j] != 0.0 else u
    for j in range(LANES):  # in single precision, nothing of the shapes that go by quadrature
        wide = <float>(rows.shape[j] if rows.shape[j] < LARGE else 0.0)
        place = <float>(side.u[j] if rows.shape[j] < LARGE else 1.0)
        place = steps(wide, place, side.upper[j] != 0.0)
        counts[j] = <int>(<float>(share * (1.0 / BLOCK)) * (place if wide > 0 else <float>1.0)) + 1
    for j in range(LANES):
        a = rows.shape[j]
        most = counts[j] if counts[j] > most else most
        blocks[j] = counts[j]
        last[j] = behind(mul_add(BLOCK, blocks[j], 2.0), base[j], growth[j], top[j])
        q[j] = last[j]
        p[j] = 1.0
        if grows:
            down[j] = a if side.upper[j] != 0.0 else -a
            lift[j] = a if side.upper[j] != 0.0 else 0.0
            dq[j] = dp[j] = 0.0
    for block in range(most - 1, -1, -1):
        k = block
        n = BLOCK * k + 2.0
        for j in range(LANES):
            new = q[j]
            old = p[j]
            if grows:
                dnew = dq[j]
                dold = dp[j]
                backward_both(n + 7.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 6.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 5.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 4.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 3.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 2.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n + 1.0, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
                backward_both(n, base[j], growth[j], top[j], down[j], lift[j], &new, &old, &dnew, &dold)
            else:
                backward(n + 7.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 6.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 5.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 4.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 3.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 2.0, base[j], growth[j], top[j], &new, &old)
                backward(n + 1.0, base[j], growth[j], top[j], &new, &old)
                backward(n, base[j], growth[j], top[j], &new, &old)
            shrink = power_below(new)
            q[j] = new * shrink if k < blocks[j] else last[j]
            p[j] = old * shrink if k < blocks[j] else 1.0
            if grows:
                dq[j] = dnew * shrink if k < blocks[j] else 0.0
                dp[j] = dold * shrink if k < blocks[j] else 0.0
    for j in range(LANES):  # here q, p are Q_2, Q_3
        a = rows.shape[j]
        u = side.u[j]
        alpha = top[j] - side.upper[j]
        q1 = mul_add(base[j] + growth[j], q[j], 2.0 * (alpha - side.upper[j]) * p[j])
        q0 = mul_add(base[j], q1, alpha * q[j])
        above = side.d[j]
        below = side.d[j] * rows.inverse[j]
        unit = (above if side.upper[j] != 0.0 else below * u) / q0
        # from shape a + 1 to a: J_n(a) = J_n(a + 1) + J_(n-1)(a + 1)
        below = mul_add(unit, q1, below)
        side.zeroth[j] = unit * q1 if side.upper[j] != 0.0 else below
        below = unit * mul_add(u, q[j], q1)
        above = unit * mul_add(alpha, q[j], q1)
        side.first[j] = above if side.upper[j] != 0.0 else below
        below = unit * u * mul_add(u, p[j], q[j])
        above = unit * mul_add(alpha, mul_add(a - 2.0, p[j], 2.0 * q[j]), q1)
        side.second[j] = above if side.upper[j] != 0.0 else below
    if grows:
        for j in range(LANES):
            finish_growth(rows.shape[j], down[j], lift[j], base[j], growth[j], top[j], q[j], p[j], dq[j], dp[j], j,
                          side)
