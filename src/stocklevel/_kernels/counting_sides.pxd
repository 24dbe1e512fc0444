# Both sides of a point of sixteen integer demands: the smaller side computed as such, the other by complement.
from libc.math cimport INFINITY, NAN, expm1, floor

from stocklevel._kernels cimport counting
from stocklevel._kernels.counting_lanes cimport BINOMIAL, NEGATIVE_BINOMIAL, POISSON, Counts, whole_masses
from stocklevel._kernels.counting_quadrature cimport PANEL, Integrals, find_reach, integrate
from stocklevel._kernels.counting_sums cimport TOO_LONG, Sides, Terms, add_up, terms_ahead
from stocklevel._kernels.measures cimport LANES, Lanes
from stocklevel._kernels.vmath cimport mul_add


cdef inline void start(const Counts* rows, const double* k, int kind, Terms* terms) noexcept nogil:
    # the ratios of successive terms, away from the mean: up for p(k+1)/p(k), ..., down for p(k-1)/p(k), ...
    cdef double at, up, top, base, shift, top_step, bottom_step, odds, beta, inverse
    cdef int j
    for j in range(LANES):
        at = k[j]
        up = 1.0 if at + 0.5 > rows.mean[j] else 0.0
        terms.up[j] = up
        terms.term[j] = 1.0 if at >= 0.0 and at < INFINITY else 0.0
    for j in range(LANES):
        at = k[j] if k[j] > 0.0 else 0.0
        up = terms.up[j]
        base = 0.0
        if kind == BINOMIAL:
            odds = rows.odds[j]
            inverse = 1.0 / odds
            at = at if at < rows.size[j] else rows.size[j]
            top = rows.size[j] - at
            shift = at + 1.0 if up > 0.0 else top + 1.0
            top = top if up > 0.0 else at
            top_step = -1.0
            bottom_step = inverse if up > 0.0 else odds
        else:
            beta = rows.beta[j]
            top = base = rows.mean[j]
            if kind == NEGATIVE_BINOMIAL:
                top = mul_add(beta, at, rows.alpha[j])
                base = rows.alpha[j]
            top = top if up > 0.0 else at
            base = 0.0 if up > 0.0 else base
            shift = at + 1.0 if up > 0.0 else 1.0 - at
            top_step = beta if up > 0.0 else -1.0
            bottom_step = 1.0 if up > 0.0 else -beta
        terms.top[j] = top
        terms.top_step[j] = top_step
        terms.bottom_base[j] = base
        terms.bottom_shift[j] = shift
        terms.bottom_step[j] = bottom_step
    for j in range(LANES):
        base = mul_add(terms.bottom_step[j], terms.bottom_shift[j], terms.bottom_base[j])
        terms.ahead[j] = terms_ahead(terms.top[j], base, terms.top_step[j], terms.bottom_step[j])
    if kind == NEGATIVE_BINOMIAL:
        for j in range(LANES):
            # where the quadrature has far to go, it costs ten times as much
            at = PANEL * k[j] + (k[j] + rows.size[j]) * rows.log_none[j] / rows.size[j]
            at = at if terms.up[j] > 0.0 else 42.0
            terms.ahead[j] *= 0.1 if at < 42.0 else 1.0


cdef inline void transform(const Counts* rows, const double* k, const Terms* terms, int kind,
                           Integrals* rest) noexcept nogil:
    # the lower side of a binomial is the upper one of its failures
    cdef double prob
    cdef int j
    for j in range(LANES):
        rest.k[j] = k[j]
        rest.gap[j] = k[j] - rows.mean[j]
        rest.mean[j] = rest.odds[j] = rows.mean[j]
        rest.count[j] = rest.success[j] = 1.0
        rest.beta[j] = 0.0
        rest.direction[j] = 1.0 if terms.up[j] > 0.0 else -1.0
        if kind == NEGATIVE_BINOMIAL:
            rest.odds[j] = rows.odds[j]
            rest.count[j] = k[j] + rows.size[j]
            rest.beta[j] = rows.beta[j]
            rest.success[j] = rows.success[j]
        elif kind == BINOMIAL:
            prob = 1.0 - rows.success[j] if terms.up[j] > 0.0 else rows.success[j]
            rest.k[j] = k[j] if terms.up[j] > 0.0 else rows.size[j] - k[j]
            rest.gap[j] = k[j] - rows.mean[j] if terms.up[j] > 0.0 else rows.mean[j] - k[j]
            rest.odds[j] = -prob
            rest.count[j] = rest.k[j] - rows.size[j]
            rest.beta[j] = -prob / (1.0 - prob)
            rest.success[j] = 1.0 / (1.0 - prob)
            rest.direction[j] = 1.0


cdef inline void long_side(const Counts* rows, int j, double k, double p, bint up, const Integrals* rest, int kind,
                           double* side) noexcept nogil:
    # one lane of too many terms
    cdef counting.Counting d
    cdef counting.Sides scalar
    if up and k == 0.0:
        side[0] = -expm1(rows.log_none[j])
        side[1] = rows.mean[j]
        side[2] = 0.5 * rows.twice[j]
    elif rest.reach[j] < 2.0 * PANEL and (up or kind != NEGATIVE_BINOMIAL or rows.size[j] > 8.0):
        integrate(rest, j, p, kind == POISSON, side)
        if kind == BINOMIAL and not up:
            side[0] += p
            side[2] += side[1]
    else:
        if kind == POISSON:
            d = counting.poisson(rows.mean[j])
        elif kind == NEGATIVE_BINOMIAL:
            d = counting.negative_binomial(rows.mean[j], rows.size[j])
        else:
            d = counting.binomial(rows.size[j], rows.mean[j] / rows.size[j])
        counting.long_side(&d, k, p, up, &scalar)
        side[0] = scalar.probability
        side[1] = scalar.first
        side[2] = scalar.second


cdef inline void smaller_sides(const Counts* rows, const double* k, const double* p, int kind, bint moments,
                               Terms* terms, Sides* sides) noexcept nogil:
    cdef Integrals rest
    cdef double side[3]
    cdef double ahead, down
    cdef long long many = 0
    cdef int j
    start(rows, k, kind, terms)
    for j in range(LANES):
        ahead = terms.ahead[j] * terms.term[j]
        ahead = ahead if p[j] > 0.0 else 0.0
        terms.ahead[j] = ahead
        many += 1 if ahead > TOO_LONG else 0
    add_up(terms, moments, sides)
    for j in range(LANES):
        down = 1.0 - terms.up[j]
        sides.probability[j] = p[j] * (sides.probability[j] + down)
        sides.second[j] = p[j] * (sides.second[j] + down * sides.first[j])
        sides.first[j] = p[j] * sides.first[j]
    if many == 0:
        return
    transform(rows, k, terms, kind, &rest)
    find_reach(&rest, kind == POISSON)
    for j in range(LANES):
        if terms.ahead[j] > TOO_LONG:
            long_side(rows, j, k[j], p[j], terms.up[j] > 0.0, &rest, kind, side)
            sides.probability[j] = side[0]
            sides.first[j] = side[1]
            sides.second[j] = side[2]


cdef inline void probabilities(const Counts* rows, const double* k, const double* p, int kind,
                               double* low, double* high) noexcept nogil:
    # P(X <= k) and P(X > k) of whole k
    cdef Terms terms
    cdef Sides sides
    cdef double side
    cdef int j
    smaller_sides(rows, k, p, kind, False, &terms, &sides)
    for j in range(LANES):
        side = sides.probability[j]
        low[j] = 1.0 - side if terms.up[j] > 0.0 else side
        high[j] = side if terms.up[j] > 0.0 else 1.0 - side


cdef inline void evaluate(const Counts* rows, const double* x, int kind, bint moments, Lanes* value) noexcept nogil:
    # cdf and sf step, the losses are linear between integers, the second losses live on integers
    cdef double k[16]
    cdef double p[16]
    cdef Terms terms
    cdef Sides sides
    cdef double gap, whole, below, part, low, high, up, ok
    cdef int j
    for j in range(LANES):
        k[j] = floor(x[j])
    whole_masses(rows, k, kind, p)
    smaller_sides(rows, k, p, kind, moments, &terms, &sides)
    for j in range(LANES):
        up = terms.up[j]
        ok = 0.0 if rows.mean[j] == rows.mean[j] and x[j] == x[j] else NAN
        part = x[j] - k[j]
        part = part if part > 0.0 else 0.0  # infinite x
        low = 1.0 - sides.probability[j] if up > 0.0 else sides.probability[j]
        high = sides.probability[j] if up > 0.0 else 1.0 - sides.probability[j]
        value.cdf[j] = low + ok
        value.sf[j] = high + ok
        value.density[j] = (p[j] if part == 0.0 else 0.0) + ok
        if moments:
            gap = rows.mean[j] - k[j]
            # of (X - k)(X - k - 1)/2 and (k - X)(k - X + 1)/2; up to 0 without a difference
            whole = 0.5 * (rows.variance[j] + gap * (gap - 1.0))
            below = 0.5 * (rows.twice[j] + k[j] * (k[j] + 1.0)) - k[j] * rows.mean[j]
            whole = below if k[j] <= 0.0 else whole
            value.loss[j] = (sides.first[j] if up > 0.0 else gap + sides.first[j]) - part * high + ok
            value.complementary_loss[j] = (sides.first[j] - gap if up > 0.0 else sides.first[j])
            value.complementary_loss[j] = (value.complementary_loss[j] if k[j] > 0.0 else 0.0) + part * low + ok
            ok = ok if part == 0.0 else NAN
            value.second_loss[j] = (sides.second[j] if up > 0.0 else whole - sides.second[j]) + ok
            if kind == BINOMIAL:
                value.second_loss[j] = value.second_loss[j] if k[j] < rows.size[j] - 1.0 else ok
            value.complementary_second_loss[j] = (whole - sides.second[j] if up > 0.0 else sides.second[j])
            value.complementary_second_loss[j] = (value.complementary_second_loss[j] if k[j] > 0.0 else 0.0) + ok
