# Tails of sixteen integer demands as sums over the pmf, by the ratio of successive terms: all terms are positive.
from libc.math cimport sqrt

from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.vmath cimport mul_add

cdef enum:
    TOO_LONG = 240  # terms that cost as much as the quadrature of counting_tails.pxd

cdef struct Sides:
    # the smaller side of k; up: P(X > k), E(X-k)+, E[(X-k)+(X-k-1)+]/2; down: P(X <= k) and its fellows
    double probability[16]
    double first[16]
    double second[16]

cdef struct Terms:
    # term i over term i - 1 is (top + (i-1) top_step)/(bottom + (i-1) bottom_step)
    double up[16]
    double top[16]
    double top_step[16]
    double bottom[16]
    double bottom_step[16]
    double term[16]
    double ahead[16]


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


cdef inline double keep(double value, double ratio) noexcept nogil:
    # past the last term: anything but 0 to divide by
    return value if ratio > 0.0 else 1.0


cdef inline void add_four(Terms* terms, double i, bint moments, Sides* sums) noexcept nogil:
    # terms i + 1 to i + 4, with one division; their moments about i + 1 first
    cdef double t1, t2, t3, t4, n1, n2, n3, n4, d1, d2, d3, d4, q, pair, s4, s34, s234
    cdef double weight = i + 1.0, half = 0.5 * i * (i + 1.0)
    cdef int j
    for j in range(LANES):
        n1 = mul_add(terms.top_step[j], i, terms.top[j])
        n2 = n1 + terms.top_step[j]
        n3 = n2 + terms.top_step[j]
        n4 = n3 + terms.top_step[j]
        d1 = mul_add(terms.bottom_step[j], i, terms.bottom[j])
        d2 = d1 + terms.bottom_step[j]
        d3 = d2 + terms.bottom_step[j]
        d4 = d3 + terms.bottom_step[j]
        d1 = keep(d1, n1)
        d2 = keep(d2, n2)
        d3 = keep(d3, n3)
        d4 = keep(d4, n4)
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
            sums.second[j] += mul_add(half, q, mul_add(weight, s234 + s4, s34 + 2.0 * t4))


cdef inline long long drop_finished(Terms* terms, double i, bint moments, Sides* sums) noexcept nogil:
    # a lane whose terms no longer count is given the term 0, whatever its neighbours do; how many are left
    cdef double term, size, least
    cdef long long left = 0
    cdef int j
    for j in range(LANES):
        term = terms.term[j]
        size = term * i * i if moments else term
        least = 1e-17 * (sums.second[j] if moments else sums.probability[j])
        term = term if size > least else 0.0
        terms.term[j] = term
        left += 1 if term > 0.0 else 0
    return left


cdef inline void add_up(Terms* terms, bint moments, Sides* sums) noexcept nogil:
    # sums relative to the first term (that of k itself, which they leave out)
    cdef double i = 0.0, ahead, term
    cdef long long left
    cdef int j
    for j in range(LANES):
        sums.probability[j] = sums.first[j] = sums.second[j] = 0.0
        ahead = terms.ahead[j]
        term = terms.term[j]
        terms.term[j] = 0.0 if ahead > TOO_LONG else term
    while i < 4.0 * TOO_LONG:
        add_four(terms, i, moments, sums)
        add_four(terms, i + 4.0, moments, sums)
        i += 8.0
        left = drop_finished(terms, i, moments, sums)
        if left == 0:
            break
