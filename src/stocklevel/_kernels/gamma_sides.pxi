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
    double drift[16]      # where growth is asked for: a d/da of log D,
    double growth[3][16]  # and of the side: how it grows with the time that the demand is of


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


include "gamma_fraction.pxi"


cdef inline void by_quadrature(const Prepared* rows, bint grows, Side* side) noexcept nogil:
    # density at u +- t over that at u is exp(-fall(t)), nearly Gaussian; cut where it has fallen by about CUT
    cdef double part[16]  # of u that is passed on the way, signed
    cdef double fall[16]  # the linear term of all the way
    cdef double zeroth[16]
    cdef double first[16]
    cdef double second[16]
    cdef double grown[3][16]
    cdef double a, b, u, sign, slope, w, t, weight, reach, d, bent, rise
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
        grown[0][j] = grown[1][j] = grown[2][j] = 0.0
    for i in range(GAUSS_COUNT):
        t = GAUSS_NODE[i]
        for j in range(LANES):
            w = part[j] * t
            bent = over_log(w, 1.0 + w)
            weight = GAUSS_WEIGHT[i] * vexp(-(rows.shape[j] - 1.0) * bent - fall[j] * t)
            rise = weight * (w - bent)  # log(1 + w)
            zeroth[j] += weight
            weight *= t
            first[j] += weight
            second[j] += weight * t
            if grows:
                grown[0][j] += rise
                rise *= t
                grown[1][j] += rise
                grown[2][j] += rise * t
    for j in range(LANES):
        d = side.d[j] * fabs(part[j])
        reach = side.u[j] * fabs(part[j])
        a = rows.shape[j]
        side.zeroth[j] = d * zeroth[j] if a >= LARGE else side.zeroth[j]
        side.first[j] = d * reach * first[j] if a >= LARGE else side.first[j]
        side.second[j] = 0.5 * d * reach * reach * second[j] if a >= LARGE else side.second[j]
        if grows:
            zeroth[j] = d * mul_add(side.drift[j], zeroth[j], a * grown[0][j])
            first[j] = d * reach * mul_add(side.drift[j], first[j], a * grown[1][j])
            second[j] = 0.5 * d * reach * reach * mul_add(side.drift[j], second[j], a * grown[2][j])
            side.growth[0][j] = zeroth[j] if a >= LARGE else side.growth[0][j]
            side.growth[1][j] = first[j] if a >= LARGE else side.growth[1][j]
            side.growth[2][j] = second[j] if a >= LARGE else side.growth[2][j]


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


cdef inline int one_side(const Prepared* rows, const double* x, double share, bint grows, Side* side) noexcept nogil:
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
    if grows:
        for j in range(LANES):
            side.drift[j] = drift(rows.shape[j], rows.inverse[j], side.u[j])
    if large < LANES:
        by_fraction(rows, share, grows, side)
    if large > 0:
        by_quadrature(rows, grows, side)
    return near


cdef int sides(const Prepared* rows, const double* x, double share, Side* side) noexcept nogil:
    return one_side(rows, x, share, False, side)
