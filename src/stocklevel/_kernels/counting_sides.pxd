# Both sides of a point of sixteen integer demands: the smaller side computed as such, the other by complement.
from libc.math cimport INFINITY, NAN, floor

from stocklevel._kernels.counting_lanes cimport BINOMIAL, NEGATIVE_BINOMIAL, POISSON, Counts, whole_masses
from stocklevel._kernels.counting_long cimport long_side, transform
from stocklevel._kernels.counting_quadrature cimport PANEL, Integrals, find_reach
from stocklevel._kernels.counting_sums cimport BOTH, FIRST, TOO_LONG, Sides, Terms, add_up, terms_ahead
from stocklevel._kernels.measures cimport LANES, Lanes
from stocklevel._kernels.vmath cimport mul_add, to_bits


cdef inline void choose_smaller(const Counts* rows, const double* k, Terms* terms) noexcept nogil:
    # the side of k away from the mean, inside the support
    cdef double at, inside
    cdef int j
    for j in range(LANES):
        at = k[j]
        terms.up[j] = 1.0 if at + 0.5 > rows.mean[j] else 0.0
        inside = 1.0 if at >= 0.0 else 0.0
        terms.term[j] = inside if at < INFINITY else 0.0


cdef inline bint choose_other(const Counts* rows, const double* k, const double* p, int moments,
                              const Sides* low, const Sides* high, Terms* terms) noexcept nogil:
    # In a very skewed negative binomial the complement may be the small one after all: nearly all probability lies
    # below the mean, nearly all of the second moment above.  (Far below the mean the upper side has no quadrature.)
    cdef double needs, up, small
    cdef unsigned long long some = 0
    cdef int j
    for j in range(LANES):
        up = terms.up[j]
        needs = 0.0 if low.probability[j] < 0.9 else 1.0
        needs = needs if up == 0.0 else 0.0
        needs = needs if k[j] > 0.3 * rows.mean[j] else 0.0
        if moments:
            small = low.second[j] if moments == BOTH else low.first[j]
            up = up if small < 0.1 * (high.second[j] if moments == BOTH else high.first[j]) else 0.0
            needs += up
        needs = needs if rows.size[j] < 0.3 else 0.0
        needs = needs if p[j] > 1e-290 else 0.0
        terms.term[j] = needs
        terms.up[j] = 1.0 - terms.up[j]
        some |= to_bits(needs)
    return some != 0


cdef inline void start(const Counts* rows, const double* k, int kind, Terms* terms) noexcept nogil:
    # the ratios of successive terms: up for p(k+1)/p(k), ..., down for p(k-1)/p(k), ...
    cdef double at, up, top, base, shift, top_step, bottom_step, odds, beta, inverse
    cdef int j
    for j in range(LANES):
        at = k[j] if k[j] > 0.0 else 0.0
        at = at if at < 1e60 else 1e60
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


cdef inline void scale_growth(const double* p, const double* drift, const Terms* terms, Sides* found) noexcept nogil:
    # p(k) times sums of terms relative to it grows with both
    cdef double down, d
    cdef int j
    for j in range(LANES):
        down = 1.0 - terms.up[j]
        d = drift[j]
        found.growth[0][j] = p[j] * mul_add(d, found.probability[j] + down, found.growth[0][j])
        found.growth[2][j] = p[j] * (mul_add(d, found.second[j], found.growth[2][j])
                                     + down * mul_add(d, found.first[j], found.growth[1][j]))
        found.growth[1][j] = p[j] * mul_add(d, found.first[j], found.growth[1][j])


cdef inline void one_side(const Counts* rows, const double* k, const double* p, int kind, int moments, bint grows,
                          const double* drift, Terms* terms, Sides* found) noexcept nogil:
    # the side chosen in each lane: a sum, or where that is long a quadrature
    cdef Integrals rest
    cdef double side[6]
    cdef double ahead, down
    cdef long long many = 0
    cdef int j
    start(rows, k, kind, terms)
    for j in range(LANES):
        terms.chosen[j] = terms.term[j]
        ahead = terms.ahead[j] * terms.term[j]
        ahead = ahead if p[j] > 0.0 else 0.0
        terms.ahead[j] = ahead
        many += 1 if ahead > TOO_LONG else 0
        if grows:
            terms.pace[j] = rows.alpha[j] if terms.up[j] > 0.0 else -rows.alpha[j]
    add_up(terms, moments, grows, found)
    if grows:
        scale_growth(p, drift, terms, found)
    for j in range(LANES):
        down = 1.0 - terms.up[j]
        found.probability[j] = p[j] * (found.probability[j] + down)
        found.second[j] = p[j] * (found.second[j] + down * found.first[j])
        found.first[j] = p[j] * found.first[j]
    if many == 0:
        return
    transform(rows, k, terms, kind, &rest)
    find_reach(&rest, kind == POISSON)
    for j in range(LANES):
        if terms.ahead[j] > TOO_LONG:
            long_side(rows, j, k[j], p[j], terms.up[j] > 0.0, &rest, kind, grows, drift[j] if grows else 0.0, side)
            found.probability[j] = side[0]
            found.first[j] = side[1]
            found.second[j] = side[2]
            if grows:
                found.growth[0][j] = side[3]
                found.growth[1][j] = side[4]
                found.growth[2][j] = side[5]


cdef inline void complete(const Counts* rows, const double* k, const Terms* terms, const Sides* found, int kind,
                          int moments, Sides* low, Sides* high) noexcept nogil:
    # the other side by complement; E[(X - k)(X - k - 1)]/2 up to k = 0 without a difference
    cdef double up, gap, whole, early, side, other
    cdef int j
    for j in range(LANES):
        side = found.probability[j]
        other = 1.0 - side
        up = terms.up[j]
        low.probability[j] = other if up > 0.0 else side
        high.probability[j] = side if up > 0.0 else other
    if not moments:
        return
    for j in range(LANES):
        up = terms.up[j]
        gap = rows.mean[j] - k[j]
        side = found.first[j]
        other = side - gap if up > 0.0 else side + gap
        low.first[j] = other if up > 0.0 else side
        high.first[j] = side if up > 0.0 else other
    for j in range(LANES):  # exact zeros at the ends of the support
        side = low.first[j]
        low.first[j] = side if k[j] > 0.0 else 0.0
    if moments == FIRST:
        return
    for j in range(LANES):
        up = terms.up[j]
        gap = rows.mean[j] - k[j]
        whole = 0.5 * (rows.variance[j] + gap * (gap - 1.0))
        early = 0.5 * (rows.twice[j] + k[j] * (k[j] + 1.0)) - k[j] * rows.mean[j]
        whole = early if k[j] <= 0.0 else whole
        side = found.second[j]
        other = whole - side
        low.second[j] = other if up > 0.0 else side
        high.second[j] = side if up > 0.0 else other
    for j in range(LANES):
        up = 1.0 if k[j] > 0.0 else 0.0
        side = low.second[j]
        low.second[j] = side if up > 0.0 else 0.0
        if kind == BINOMIAL:
            side = high.second[j]
            high.second[j] = 0.0 if k[j] >= rows.size[j] - 1.0 else side


cdef inline void take_other(const Terms* terms, const Sides* found, Sides* low, Sides* high) noexcept nogil:
    cdef int j
    for j in range(LANES):
        if terms.chosen[j] > 0.0 and terms.up[j] > 0.0:
            high.probability[j] = found.probability[j]
            high.first[j] = found.first[j]
            high.second[j] = found.second[j]
        elif terms.chosen[j] > 0.0:
            low.first[j] = found.first[j]
            low.second[j] = found.second[j]


cdef inline void sides(const Counts* rows, const double* k, const double* p, int kind, int moments,
                       Sides* low, Sides* high) noexcept nogil:
    # the side away from the mean as such, the other by complement, or as such too where it turns out the smaller
    cdef Terms terms
    cdef Sides found
    cdef int turn
    choose_smaller(rows, k, &terms)
    for turn in range(2):
        one_side(rows, k, p, kind, moments, False, NULL, &terms, &found)
        if turn == 0:
            complete(rows, k, &terms, &found, kind, moments, low, high)
            if kind != NEGATIVE_BINOMIAL or not choose_other(rows, k, p, moments, low, high, &terms):
                return
    take_other(&terms, &found, low, high)


cdef inline void fill(const Counts* rows, const double* x, const double* k, const double* p, const Sides* low,
                      const Sides* high, int moments, Lanes* value) noexcept nogil:
    # cdf and sf step, the losses are linear between integers, the second losses live on integers
    cdef double part[16]
    cdef double valid[16]
    cdef double ok, whole
    cdef int j
    for j in range(LANES):
        ok = x[j] - k[j]
        part[j] = ok if ok > 0.0 else 0.0  # infinite x
        ok = 0.0 if rows.mean[j] > 0.0 else NAN
        valid[j] = ok if x[j] == x[j] else NAN
    for j in range(LANES):
        whole = 1.0 if part[j] == 0.0 else 0.0
        value.density[j] = whole * p[j] + valid[j]
        value.cdf[j] = low.probability[j] + valid[j]
        value.sf[j] = high.probability[j] + valid[j]
    if moments:
        for j in range(LANES):
            ok = valid[j]
            value.loss[j] = high.first[j] - part[j] * high.probability[j] + ok
            value.complementary_loss[j] = low.first[j] + part[j] * low.probability[j] + ok
    if moments == BOTH:
        for j in range(LANES):
            ok = valid[j]
            ok = ok if part[j] == 0.0 else NAN
            value.second_loss[j] = high.second[j] + ok
            value.complementary_second_loss[j] = low.second[j] + ok


cdef inline void evaluate(const Counts* rows, const double* x, int kind, int moments, Lanes* value) noexcept nogil:
    cdef double k[16]
    cdef double p[16]
    cdef Sides low
    cdef Sides high
    cdef int j
    for j in range(LANES):
        k[j] = floor(x[j])
    whole_masses(rows, k, kind, p)
    sides(rows, k, p, kind, moments, &low, &high)
    fill(rows, x, k, p, &low, &high, moments, value)
