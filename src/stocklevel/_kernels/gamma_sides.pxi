# Gamma distribution, sixteen lanes: the one side of u = x/scale that can be computed with relative accuracy.
# Included by gamma.pyx.
cdef enum:
    BLOCK = 8     # steps of a fraction between two looks at its lanes
    LARGE = 4000  # shapes from here on by quadrature
    CUT = 42      # e^-42 is beyond the last digit
cdef double NEAR_SHAPE = 0.2, NEAR_U = 1.5, SMALLEST = 1e-307


cdef struct Prepared:
    double shape[16]    # 1 where a parameter is outside the domain
    double scale[16]
    double inverse[16]  # 1/shape
    double front[16]    # D = front e^(lift - ...)
    double lift[16]
    double edge[16]     # the upper side is computed above this u
    double most[16]     # every tail has underflown above this u
    double missing[16]  # NaN outside the domain, else 0


cdef struct Side:
    double u[16]      # within the reach of the formulas
    double d[16]      # D, zero off the support
    double upper[16]  # 1 where the fields below are of the upper side, else 0
    double zeroth[16]
    double first[16]
    double second[16]


cdef void prepare(const double* a, const double* b, const double* c, Prepared* rows) noexcept nogil:
    cdef double shape, root, edge
    cdef int j, valid
    for j in range(LANES):
        valid = (a[j] > 0.0) & (b[j] > 0.0) & (a[j] < INFINITY)
        shape = a[j] if valid else 1.0
        root = sqrt(shape)
        rows.missing[j] = 0.0 if valid else NAN
        rows.shape[j] = shape
        rows.scale[j] = b[j]
        rows.inverse[j] = 1.0 / shape
        rows.front[j] = peak_front(shape)
        rows.lift[j] = peak_lift(shape, rows.inverse[j])
        edge = mul_add(1.9, shape, 1.1)
        edge = edge if edge < 3.0 else 3.0
        edge = edge if shape > NEAR_SHAPE else NEAR_U
        rows.edge[j] = edge if edge > shape - 0.3 * root else shape - 0.3 * root
        rows.most[j] = mul_add(60.0, root, shape + 800.0)


cdef inline void backward(double n, double base, double growth, double top, double* q, double* p) noexcept nogil:
    # Q_n = b_n Q_(n+1) + alpha_(n+1) Q_(n+2)
    cdef double m = n + 1.0
    cdef double new = mul_add(mul_add(growth, n, base), q[0], m * mul_add(1.0 - growth, m, top) * p[0])
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


cdef void by_fraction(const Prepared* rows, double share, Side* side) noexcept nogil:
    # y_n = b_n + alpha_(n+1)/y_(n+1), y_n = Q_n/Q_(n+1), backward from a number of steps known beforehand.
    # Upper side, Legendre (even part of DLMF 8.9.2): b_n = u - a + 1 + 2n, alpha_n = n (a - n).
    # Lower side: J_n = E[(u - G)+^n]/n! of shape a + 1 has (n + 1) J_(n+1) = u J_(n-1) - (a + 1 - u + n) J_n and is its
    # minimal solution, so b_n = a + 1 - u + n, alpha_n = n u: positive terms only.
    cdef double base[16]
    cdef double growth[16]  # b_n = base + growth n, alpha_n = n (top + (1 - growth) n)
    cdef double top[16]
    cdef double blocks[16]
    cdef double last[16]
    cdef double q[16]
    cdef double p[16]
    cdef double a, u, n, k, new, old, shrink, alpha, q1, q0, above, below, unit
    cdef int j, count, block, most = 0
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        base[j] = 1.0 + (u - a if side.upper[j] != 0.0 else a - u)
        growth[j] = 1.0 + side.upper[j]
        top[j] = a if side.upper[j] != 0.0 else u
        n = share * steps(a, u, side.upper[j] != 0.0)
        count = <int>((n if a < LARGE else 1.0) * (1.0 / BLOCK)) + 1
        most = count if count > most else most
        blocks[j] = count
        last[j] = behind(mul_add(BLOCK, blocks[j], 2.0), base[j], growth[j], top[j])
        q[j] = last[j]
        p[j] = 1.0
    for block in range(most - 1, -1, -1):
        k = block
        n = BLOCK * k + 2.0
        for j in range(LANES):
            new = q[j]
            old = p[j]
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


cdef void by_quadrature(const Prepared* rows, Side* side) noexcept nogil:
    # density at u +- t over that at u is exp(-fall(t)), nearly Gaussian; cut where it has fallen by about CUT
    cdef double part[16]  # of u that is passed on the way, signed
    cdef double fall[16]  # the linear term of all the way
    cdef double zeroth[16]
    cdef double first[16]
    cdef double second[16]
    cdef double a, b, u, sign, slope, w, t, weight, reach, d
    cdef int j, i
    for j in range(LANES):
        b = rows.shape[j] - 1.0
        u = side.u[j] if side.u[j] > 1e-3 * b else 1e-3 * b  # below, D has underflown
        sign = 2.0 * side.upper[j] - 1.0
        slope = sign * (u - b)
        part[j] = 2.0 * CUT / (slope + sqrt(mul_add(slope, slope, 2.0 * CUT * b)))
        fall[j] = slope * part[j]
        part[j] *= sign
        zeroth[j] = 0.0
        first[j] = 0.0
        second[j] = 0.0
    for i in range(GAUSS_COUNT):
        t = GAUSS_NODE[i]
        for j in range(LANES):
            w = part[j] * t
            weight = GAUSS_WEIGHT[i] * vexp(-(rows.shape[j] - 1.0) * over_log(w, 1.0 + w) - fall[j] * t)
            zeroth[j] += weight
            weight *= t
            first[j] += weight
            second[j] += weight * t
    for j in range(LANES):
        d = side.d[j] * fabs(part[j])
        reach = side.u[j] * fabs(part[j])
        a = rows.shape[j]
        side.zeroth[j] = d * zeroth[j] if a >= LARGE else side.zeroth[j]
        side.first[j] = d * reach * first[j] if a >= LARGE else side.first[j]
        side.second[j] = 0.5 * d * reach * reach * second[j] if a >= LARGE else side.second[j]


cdef void near_zero(const Prepared* rows, const Side* side, double* high, double* high1, double* high2) noexcept nogil:
    # a <= 0.2, u <= 1.5: Gamma(a, u)/Gamma(a) from 1 - u^a/Gamma(1 + a) and the alternating series (DLMF 8.7.3)
    cdef double top[16]
    cdef double bottom[16]
    cdef double term[16]
    cdef double a, u, power, tail, first, second
    cdef int j, n, here
    for j in range(LANES):
        top[j] = 0.0
        bottom[j] = 1.0
        term[j] = -1.0
    for n in range(1, 27):
        for j in range(LANES):
            a = rows.shape[j]
            term[j] *= side.u[j] * (-1.0 / n)
            top[j] = mul_add(top[j], a + n, term[j] * bottom[j])
            bottom[j] *= a + n
    for j in range(LANES):
        a = rows.shape[j]
        u = side.u[j]
        here = (a <= NEAR_SHAPE) & (u <= NEAR_U) & (side.d[j] > 0.0)
        power = expm1_near(a * vlog(u) - log_gamma_1p_near(a))
        tail = a * (1.0 + power) * (top[j] / bottom[j]) - power
        first = mul_add(a - u, tail, side.d[j])
        second = 0.5 * mul_add(a - u + 1.0, first, u * tail)
        high[j] = tail if here else high[j]
        high1[j] = first if here else high1[j]
        high2[j] = second if here else high2[j]


cdef int sides(const Prepared* rows, const double* x, double share, Side* side) noexcept nogil:
    # the side of x/scale that keeps its accuracy (a share of its digits); returns how many lanes need near_zero
    cdef double a, u, d
    cdef int j, large = 0, near = 0
    for j in range(LANES):
        a = rows.shape[j]
        u = x[j] / rows.scale[j]
        d = rows.front[j] if (u > 0.0) & (u < rows.most[j]) else 0.0
        u = u if u > SMALLEST else SMALLEST
        u = u if u < rows.most[j] else rows.most[j]
        side.u[j] = u
        side.d[j] = d * vexp(peak_exponent(a, rows.inverse[j], rows.lift[j], u))
        side.upper[j] = 1.0 if (u > rows.edge[j]) | (u >= rows.most[j]) else 0.0
        large += 1 if a >= LARGE else 0
        near += 1 if (a <= NEAR_SHAPE) & (u <= NEAR_U) else 0
    if large < LANES:
        by_fraction(rows, share, side)
    if large > 0:
        by_quadrature(rows, side)
    return near
