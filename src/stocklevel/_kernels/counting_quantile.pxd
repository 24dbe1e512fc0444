# Quantiles of sixteen integer demands: the smallest k with P(X <= k) >= p, or P(X > k) <= q where that tail is smaller.
# A start from the first three moments, one evaluation (more if it was far off), then single steps by the pmf's ratio.
from libc.math cimport INFINITY, NAN, ceil, fabs

from stocklevel._kernels cimport gauss
from stocklevel._kernels.counting_lanes cimport BINOMIAL, Counts, down_ratio, up_ratio, whole_masses
from stocklevel._kernels.counting_sides cimport sides
from stocklevel._kernels.counting_sums cimport Sides
from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.vmath cimport vlog

cdef enum:
    STRIDE = 10   # farther than this by Newton's estimate: evaluate again
    WALK = 64     # single steps at most between evaluations
    ROUNDS = 200

cdef struct Law:
    # one demand, or if `mixed` the `weight` of it and the rest of another of a trial more
    const Counts* one
    const Counts* more
    const double* weight
    const double* mean
    const double* std
    bint mixed

cdef struct Search:
    double lower[16]    # 1: the target is that of P(X <= k), 0: of P(X > k)
    double target[16]   # with some slack: a probability that was itself computed as cdf(k) comes back to k
    double k[16]
    double tail[16]     # the probability at k that is compared with the target
    double mass[16]     # P(X = k), of the first component
    double other[16]    # of the second
    double too_low[16]  # known to miss the target
    double enough[16]   # known to meet it
    double tied[16]     # 1 where rounding could decide


cdef inline double wilson_hilferty(double mean, double std, double skewness, double z) noexcept nogil:
    # the quantile of a shifted gamma variable with these moments, whose cube root is nearly normal; half down,
    # so that the next integer above is meant
    cdef double shifted = z - skewness * (1.0 / 6.0), e = skewness * shifted * (1.0 / 6.0)
    cdef double score = shifted * (1.0 + e + e * e * (1.0 / 3.0))
    score = score if e > -1.0 else -2.0 / skewness
    return mean + std * score - 0.5


cdef inline void scores(const Law* law, const double* z, double* x) noexcept nogil:
    # a rough quantile at the normal score z
    cdef double skewness
    cdef int j
    for j in range(LANES):
        skewness = (2.0 * law.one.variance[j] / law.one.mean[j] - 1.0) / law.one.std[j]
        x[j] = wilson_hilferty(law.mean[j], law.std[j], skewness, z[j])
        x[j] = x[j] if x[j] > 0.0 else 0.0


cdef inline double mixture(const Law* law, int j, double one, double more, int kind) noexcept nogil:
    if kind == BINOMIAL:
        return law.weight[j] * one + (1.0 - law.weight[j]) * more
    return one


cdef inline double surplus(double tail, double target, double lower) noexcept nogil:
    # negative where k is too small
    return tail - target if lower > 0.0 else target - tail


cdef inline void begin(const Law* law, const double* p, const double* q, int kind, Search* search) noexcept nogil:
    cdef double low[16]
    cdef double high[16]
    cdef double z[16]
    cdef double start[16]
    cdef double below, above, inside, k, last
    cdef int j
    for j in range(LANES):
        below = p[j]
        above = q[j]
        inside = below if below < above else above
        below = below if inside > 0.0 else 0.5
        above = above if inside > 0.0 else 0.5
        low[j] = below
        high[j] = above
    gauss.quantiles(low, high, z)
    for j in range(LANES):
        below = low[j] * (1.0 - 4e-15)
        above = high[j] * (1.0 + 4e-15)
        search.lower[j] = 1.0 if low[j] <= high[j] else 0.0
        search.target[j] = below if low[j] <= high[j] else above
        search.too_low[j] = -1.0
        search.enough[j] = INFINITY
        if kind == BINOMIAL:
            search.enough[j] = law.one.size[j] + (1.0 if law.weight[j] < 1.0 else 0.0)
    scores(law, z, start)
    for j in range(LANES):
        k = ceil(start[j])
        last = search.enough[j]
        search.k[j] = k if k < last else last


cdef inline void measure(const Law* law, int kind, Search* search) noexcept nogil:
    # the tails and masses at k
    cdef Sides low
    cdef Sides high
    cdef Sides low_more
    cdef Sides high_more
    cdef double below, above
    cdef int j
    whole_masses(law.one, search.k, kind, search.mass)
    sides(law.one, search.k, search.mass, kind, 0, &low, &high)
    if kind == BINOMIAL:
        for j in range(LANES):
            search.other[j] = low_more.probability[j] = high_more.probability[j] = 0.0
        if law.mixed:
            whole_masses(law.more, search.k, kind, search.other)
            sides(law.more, search.k, search.other, kind, 0, &low_more, &high_more)
    for j in range(LANES):
        below = mixture(law, j, low.probability[j], low_more.probability[j], kind)
        above = mixture(law, j, high.probability[j], high_more.probability[j], kind)
        search.tail[j] = below if search.lower[j] > 0.0 else above


cdef inline long long leap(const Law* law, int kind, bint bisect, Search* search) noexcept nogil:
    # Newton on the logarithm of the tail where single steps would be many or would cancel, kept within what is known;
    # halfway if the tail is too small to tell a slope
    cdef double k, lower, target, tail, mass, next_mass, error, step, new, low, high, short_of, between, go, lost
    cdef double least = 2.0 if bisect else 1e-290
    cdef long long moved = 0
    cdef int j
    for j in range(LANES):
        k = search.k[j]
        lower = search.lower[j]
        target = search.target[j]
        tail = search.tail[j]
        low = search.too_low[j]
        high = search.enough[j]
        short_of = 1.0 if surplus(tail, target, lower) < 0.0 else 0.0
        low = k if short_of > 0.0 else low
        high = high if short_of > 0.0 else k
        lost = 1.0 if tail < 1e-300 else 0.0
        tail = tail if tail > 1e-300 else 1e-300
        error = vlog(tail / target)
        mass = mixture(law, j, search.mass[j], search.other[j], kind)
        next_mass = mass * up_ratio(law.one, j, k, kind)
        mass = next_mass if short_of > 0.0 else mass
        lost = 1.0 if mass < 1e-300 else lost
        mass = mass if mass > 1e-300 else 1e-300
        step = error * tail / mass
        step = -step if lower > 0.0 else step
        go = 1.0 if fabs(step) > STRIDE else (1.0 if error > 2.0 else 0.0)
        between = 2.0 * k + 2.0 if high > 1e300 else ceil(0.5 * (low + high))
        new = k + ceil(step)
        new = new if new > low else between
        new = new if new < high else between
        new = new if tail > least else between
        new = new if lost == 0.0 else between
        go = go if lost == 0.0 else 1.0  # single steps need the masses
        go = go if high - low > 1.0 else 0.0
        search.too_low[j] = low
        search.enough[j] = high
        search.k[j] = new if go > 0.0 else k
        moved += 1 if go > 0.0 else 0
    return moved


cdef inline long long step(const Law* law, int kind, bint up, Search* search) noexcept nogil:
    # one up in lanes that miss the target, or down where the next lower integer meets it too; how many there are
    cdef double k, lower, target, tail, old, other, one, more, change, after, go
    cdef long long moved = 0
    cdef int j
    for j in range(LANES):
        k = search.k[j]
        lower = search.lower[j]
        target = search.target[j]
        tail = search.tail[j]
        old = search.mass[j]
        other = search.other[j]
        one = old * (up_ratio(law.one, j, k, kind) if up else down_ratio(law.one, j, k, kind))
        more = 0.0
        if kind == BINOMIAL:
            more = other * (up_ratio(law.more, j, k, kind) if up else down_ratio(law.more, j, k, kind))
        change = mixture(law, j, one, more, kind) if up else -mixture(law, j, old, other, kind)
        after = tail + (change if lower > 0.0 else -change)
        go = search.enough[j] - k if up else k - search.too_low[j] - 1.0
        if up:
            go = go if surplus(tail, target, lower) < 0.0 else 0.0
        else:
            go = go if surplus(after, target, lower) >= 0.0 else 0.0
        search.k[j] = k + (1.0 if up else -1.0) if go > 0.0 else k
        search.tail[j] = after if go > 0.0 else tail
        search.mass[j] = one if go > 0.0 else old
        search.other[j] = more if go > 0.0 else other
        moved += 1 if go > 0.0 else 0
    return moved


cdef inline long long ties(const Law* law, int kind, Search* search) noexcept nogil:
    # where k or k - 1 meets or misses the target by no more than rounding, that integer is put up for a direct look
    cdef double k, lower, target, tail, mass, here, below, least
    cdef long long count = 0
    cdef int j
    for j in range(LANES):
        k = search.k[j]
        lower = search.lower[j]
        target = search.target[j]
        tail = search.tail[j]
        mass = mixture(law, j, search.mass[j], search.other[j], kind)
        mass = -mass if lower > 0.0 else mass
        here = fabs(tail / target - 1.0)
        below = fabs((tail + mass) / target - 1.0)
        below = below if k > 0.0 else 1.0
        least = below if below < here else here
        here = k - 1.0 if below < here else k
        search.k[j] = here if least < 1e-10 else k
        search.tied[j] = 1.0 if least < 1e-10 else 0.0
        count += 1 if least < 1e-10 else 0
    return count


cdef inline void settle(Search* search) noexcept nogil:
    # a tied integer that misses the target after all
    cdef double k, miss
    cdef int j
    for j in range(LANES):
        k = search.k[j]
        miss = search.tied[j]
        miss = miss if surplus(search.tail[j], search.target[j], search.lower[j]) < 0.0 else 0.0
        search.k[j] = k + miss


cdef inline void find_quantiles(const Law* law, const double* p, const double* q, int kind, double* out) noexcept nogil:
    cdef Search search
    cdef bint looking = False
    cdef int i, j, steps
    begin(law, p, q, kind, &search)
    for i in range(ROUNDS):
        measure(law, kind, &search)
        if looking:
            settle(&search)
            break
        if leap(law, kind, i > 8 and i % 3 == 0, &search) > 0:
            continue
        steps = 0
        while steps < WALK and step(law, kind, True, &search) > 0:
            steps += 1
        while steps < WALK and step(law, kind, False, &search) > 0:
            steps += 1
        if steps == WALK:
            continue
        if ties(law, kind, &search) == 0:
            break
        looking = True
    for j in range(LANES):
        out[j] = search.k[j] if law.mean[j] == law.mean[j] else NAN
