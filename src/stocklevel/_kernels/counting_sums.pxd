# Tails of sixteen integer demands as sums over the pmf, by the ratio of successive terms: all terms are positive.
from libc.math cimport sqrt

from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.vmath cimport mul_add, to_bits

cdef enum:  # moments of a side beside its probability
    FIRST = 1
    BOTH = 2

cdef enum:
    TOO_LONG = 300  # terms that cost as much as the quadrature of counting_quadrature.pxd

cdef struct Sides:
    # the smaller side of k; up: P(X > k), E(X-k)+, E[(X-k)+(X-k-1)+]/2; down: P(X <= k) and its fellows
    double probability[16]
    double first[16]
    double second[16]
    double growth[3][16]  # r d/dr of these, where asked for: how they grow with the time that the demand is of

cdef struct Terms:
    # term i + 1 over term i is (top + i top_step)/(bottom_base + (i + bottom_shift) bottom_step); the shift is whole,
    # so that a denominator down to a small one does not cancel
    double up[16]
    double top[16]
    double top_step[16]
    double bottom_base[16]
    double bottom_shift[16]
    double bottom_step[16]
    double term[16]     # relative to that of k; 0 where the sum is over, or not wanted
    double chosen[16]
    double ahead[16]
    double pace[16]     # where growth is asked for: r d/dr of the logarithm of the term rises by this,
    double rise[16]     # over the numerators (up) or denominators (down) of its ratios


cdef inline double terms_ahead(double top, double bottom, double top_step, double bottom_step) noexcept nogil:
    # about how many terms until they are down to 1e-17 of the first: from the slope of their logarithm
    # and its curvature, or from the final slope where that is less, or as many as there are
    cdef double slope = 1.0 - top / bottom
    cdef double final = 1.0 - top_step / bottom_step if top_step > 0.0 else 1.0
    cdef double curve = (bottom_step * top - top_step * bottom) / (bottom * bottom)
    cdef double fall, count, last
    final = slope if curve > 0.0 else final
    slope = slope if slope < final else final
    slope = slope if slope > 0.0 else 0.0
    curve = curve if curve > 0.0 else 0.0
    fall = slope + sqrt(slope * slope + 80.0 * curve)
    count = 80.0 / (fall if fall > 1e-12 else 1e-12)
    last = top if top_step == -1.0 else 1e300
    return count if count < last else last


cdef inline double keep(double value) noexcept nogil:
    # past the last term: anything to divide by
    return value if value > 1e-60 else 1e-60


cdef inline void add_four(Terms* terms, double i, int moments, bint grows, Sides* sums) noexcept nogil:
    # terms i + 1 to i + 4, with one division; their moments about i + 1 first
    cdef double t1, t2, t3, t4, n1, n2, n3, n4, d1, d2, d3, d4, x, q, step, base, pair, s4, s34, s234, up
    cdef double weight = i + 1.0, half = 0.5 * i * (i + 1.0)
    cdef int j
    for j in range(LANES):
        step = terms.top_step[j]
        n1 = mul_add(step, i, terms.top[j])
        n2 = n1 + step
        n3 = n2 + step
        n4 = n3 + step
        step = terms.bottom_step[j]
        base = terms.bottom_base[j]
        x = terms.bottom_shift[j] + i
        d1 = keep(mul_add(step, x, base))
        d2 = keep(mul_add(step, x + 1.0, base))
        d3 = keep(mul_add(step, x + 2.0, base))
        d4 = keep(mul_add(step, x + 3.0, base))
        pair = d3 * d4
        q = terms.term[j] / (d1 * d2 * pair) * n1
        t1 = q * (d2 * pair)
        q = q * n2
        t2 = q * pair
        q = q * n3
        t3 = q * d4
        t4 = q * n4
        terms.term[j] = t4
        s34 = t3 + t4
        s234 = t2 + s34
        q = t1 + s234
        sums.probability[j] += q
        if moments:
            s4 = s34 + t4
            sums.first[j] += mul_add(weight, q, s234 + s4)
            if moments == BOTH:
                sums.second[j] += mul_add(half, q, mul_add(weight, s234 + s4, s34 + 2.0 * t4))
        if grows:
            up = terms.up[j]
            d1 = n1 if up > 0.0 else d1
            d2 = n2 if up > 0.0 else d2
            d3 = n3 if up > 0.0 else d3
            d4 = n4 if up > 0.0 else d4
            pair = d3 * d4
            x = d1 * d2
            q = terms.pace[j] / (x * pair)
            x = q * x
            n1 = mul_add(q, d2 * pair, terms.rise[j])
            n2 = mul_add(q, d1 * pair, n1)
            n3 = mul_add(x, d4, n2)
            n4 = mul_add(x, d3, n3)
            terms.rise[j] = n4
            t4 = t4 * n4
            s34 = mul_add(t3, n3, t4)
            s234 = mul_add(t2, n2, s34)
            q = mul_add(t1, n1, s234)
            s4 = s34 + t4
            sums.growth[0][j] += q
            sums.growth[1][j] += mul_add(weight, q, s234 + s4)
            sums.growth[2][j] += mul_add(half, q, mul_add(weight, s234 + s4, s34 + 2.0 * t4))


cdef inline unsigned long long drop_finished(Terms* terms, double i, int moments, Sides* sums) noexcept nogil:
    # a lane whose terms no longer count is given the term 0, whatever its neighbours do; 0 when all are
    cdef double term, size, least
    cdef unsigned long long left = 0
    cdef int j
    for j in range(LANES):
        term = terms.term[j]
        size = term * (i * i if moments == BOTH else (i if moments == FIRST else 1.0))
        least = sums.second[j] if moments == BOTH else (sums.first[j] if moments == FIRST else sums.probability[j])
        least = 1e-17 * least
        term = term * (1.0 if size > least else 0.0)
        terms.term[j] = term
        left |= to_bits(term) << 1
    return left


cdef inline void add_up(Terms* terms, int moments, bint grows, Sides* sums) noexcept nogil:
    # sums relative to the first term (that of k itself, which they leave out)
    cdef double i = 0.0, ahead, term
    cdef unsigned long long left
    cdef int j
    for j in range(LANES):
        sums.probability[j] = sums.first[j] = sums.second[j] = 0.0
        if grows:
            sums.growth[0][j] = sums.growth[1][j] = sums.growth[2][j] = terms.rise[j] = 0.0
        ahead = terms.ahead[j]
        term = terms.term[j]
        terms.term[j] = 0.0 if ahead > TOO_LONG else term
    while i < 100.0 * TOO_LONG:  # ten times as long where the quadrature is slow, and estimates are rough
        add_four(terms, i, moments, grows, sums)
        add_four(terms, i + 4.0, moments, grows, sums)
        add_four(terms, i + 8.0, moments, grows, sums)
        i += 12.0
        left = drop_finished(terms, i, moments, sums)
        if left == 0:
            break
