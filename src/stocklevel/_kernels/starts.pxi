# Where the search of levels.pxi starts: the level if demand were normal, to 0.02 of its spread, bent to the family.
# The position lies anywhere in its width q, and a unit that falls short was asked for anywhere in the cycle of demand
# c, after as much of its variance: moments of a sum, from which Cornish and Fisher's expansion gives the quantile.  Of
# a width that is wide only the end runs short, so that there the loss counts, not the probability; of two such widths,
# the second loss.  Without reviews, units of one customer stand behind each other: uniform on an exponential of the
# batches' scale.
from libc.math cimport sqrt as _sqrt

from stocklevel._kernels.vmath cimport from_bits as _from_bits
from stocklevel._kernels.vmath cimport power_of_two as _power_of_two
from stocklevel._kernels.vmath cimport to_bits as _to_bits

cdef double _WIDE = 2.3   # width over spread from which on only an end of it counts, or mostly: see _beyond
cdef double _APART = 3.0  # the smaller width over spread from which on a corner may count


cdef struct _Guess:  # in such spreads; LANES rows
    double near[16]     # the smaller width
    double far[16]      # the larger one
    double wide[16]     # 1 where that is wide
    double scale[16]    # the spread of all that is added up
    double shift[16]
    double skew[16]
    double kurtosis[16]
    double loss[16]     # allowed, over the scale
    double corner[16]   # second loss allowed


cdef inline double _batch(double mean, double std) noexcept nogil:
    # how far variance exceeds that of single units (of no size where demand is continuous), to the mean
    return std * std / mean - WHOLE


cdef inline double _spread(int measure, double mean, double std) noexcept nogil:
    # of demand, and of the place behind others of one batch: E (UB)^2 - (E UB)^2 = (2/3 - 1/4) b^2
    cdef double batch
    if measure != _GROWTH:
        return std
    batch = _batch(mean, std)
    return _sqrt(std * std + 5.0 / 12.0 * batch * batch)


cdef inline double _rough_log(double x) noexcept nogil:
    # to 3e-6: x = 2^e (1 + f), Chebyshev's polynomial for log(1 + f)/f
    cdef unsigned long long bits = _to_bits(x)
    cdef unsigned long long shifted = bits - <unsigned long long>0x3FE6A09E667F3BCD
    cdef unsigned long long e = ((shifted + (<unsigned long long>1 << 62)) >> 52) - 1024
    cdef double f = _from_bits(bits - (e << 52)) - 1.0
    cdef double p = 0.219657084951581 - 0.140216232810976 * f
    p = 0.332659058129931 + f * (-0.254333563613959 + f * p)
    p = 1.00000374238795 + f * (-0.499894802403621 + f * p)
    return f * p + 0.693147180559945 * (_from_bits(<unsigned long long>0x4338000000000000 + e) - 6755399441055744.0)


cdef inline double _rough_exp(double x) noexcept nogil:
    # to 1e-4, |x| < 700: 2^n 2^f, Chebyshev's polynomial
    cdef double y = 1.4426950408889634 * x
    cdef double shifted = y + (6755399441055744.0 + 1023.0)
    cdef double f = y - (shifted - (6755399441055744.0 + 1023.0))
    return (0.99992807 + f * (0.69326099 + f * (0.24261112 + f * 0.05517166))) * _power_of_two(shifted)


cdef inline double _beyond(double z, double width) noexcept nogil:
    # How far the score of a loss c lies above that where loss less the loss at the other end of the width is c: the
    # latter over the tail, log n1(t) by least squares and 1/P(Z > z) by Page, and its square
    cdef double t = z + width, ratio, hazard
    t = t if t < 7.0 else 7.0
    t = t if t > 0.0 else 0.0
    z = z if z < 6.0 else 6.0
    z = z if z > -6.0 else -6.0
    ratio = _rough_exp(-0.92764218 - t * (1.22507406 + t * (0.31689047 + t * 0.01539497)))
    ratio *= 1.0 + _rough_exp(z * (1.5976 + 0.07056 * z * z))
    z = z if z > -1.0 else -1.0
    hazard = 0.80134982 + z * (0.62972442 + z * 0.10091545)
    return ratio * (1.0 + ratio * (t + 0.85 - 0.5 * hazard))


cdef inline double _of_what(double tail, double loss, double wide) noexcept nogil:
    # the smaller tail, or where wide the loss: what `_rough_score` is asked for
    cdef double p = tail if tail < 0.5 else 1.0 - tail
    cdef double u = p if wide == 0.0 else (loss if loss < 4.9 else 4.9)
    return u if u > 1e-300 else 1e-300


cdef inline double _rough_score(double t, double tail, double loss, double wide) noexcept nogil:
    # z of a standard normal tail, to 5e-4, or where wide of a loss, to two digits: rational functions of the root t of
    # the logarithm, of least squares and of Silver, Pyke and Peterson
    cdef double p, top = 1.0897299 if wide > 0.0 else 0.33397737
    cdef double bottom = -0.00329129114 if wide > 0.0 else 0.0
    top = (-3.8836830 if wide > 0.0 else 1.74225558) + t * top
    top = (5.6211054 if wide > 0.0 else -0.2875204) + t * top
    top = (-5.3925569 if wide > 0.0 else -2.62117804) + t * top
    bottom = (0.0669136868 if wide > 0.0 else 0.0) + t * bottom
    bottom = (0.507326622 if wide > 0.0 else 0.33383048) + t * bottom
    bottom = (-0.72496485 if wide > 0.0 else 1.75761662) + t * bottom
    top = top / (1.0 + t * bottom)
    p = -top if tail > 0.5 else top
    top = -loss if loss > 3.0 else top  # far below the loss is what lies above
    return top if wide > 0.0 else p


cdef inline double _inverse_second_loss(double loss) noexcept nogil:
    # the same of a second loss, to 0.006; far below it is (z^2 + 1)/2
    cdef double c = loss if loss > 1e-300 else 1e-300
    cdef double t = _sqrt(2.0 * (1.6094379124341 - _rough_log(c if c < 3.0 else 3.0)))
    cdef double top = -1.99720376 + t * (-3.18176471 + t * (0.12272183 + t * 0.61717043))
    cdef double bottom = 1.0 + t * (0.36466841 + t * 0.61312919)
    return -_sqrt(2.0 * c - 1.0) if c > 3.0 else top / bottom


cdef inline double _expansion(double w, double skew, double kurtosis, double wide) noexcept nogil:
    # what skewness and kurtosis add to a score w, of a tail or of a loss (which moves it by density over tail);
    # the expansion is no good far out, and the second not below
    cdef double x = w if w < 3.5 else 3.5, third = skew * (1.0 / 6.0), fourth = kurtosis * (1.0 / 24.0)
    cdef double least = -1.0 if wide > 0.0 else -3.5
    x = x if x > least else least
    cdef double square = x * x
    cdef double hazard = 0.80134982 + x * (0.62972442 + x * (0.10091545 - x * 0.01153601))
    cdef double of_loss = hazard * (third * x + fourth * (square - 1.0))
    cdef double of_tail = third * (square - 1.0) + x * (fourth * (square - 3.0) - third * third * (2.0 * square - 5.0))
    return of_loss if wide > 0.0 else of_tail


cdef inline void _add_widths(int measure, int law, const _Horizon* sooner, const _Horizon* later, const double* width,
                             const double* allowed, const double* cycle, _Guess* guess) noexcept nogil:
    # a unit short after the share u of its cycle: mean and variance grow with u, and short by the noise of a moment as
    # if the level were lower by variance/mean/2
    cdef double q, c, growth, far, near, narrow, within, inverse, square, third, fourth, wide
    cdef int j
    for j in range(LANES):
        inverse = 1.0 / _spread(measure, later.mean[j], later.std[j])
        q = width[j] * inverse if law == _UNIFORM else 0.0
        c = cycle[j] * inverse if measure == _SHORT else 0.0
        growth = sooner.std[j] * inverse if measure == _SHORT else 1.0
        growth = 1.0 - growth * growth
        far = q if q >= c else c
        near = c if q >= c else q
        wide = 1.0 if far > (0.85 + 2.5 * allowed[j] if measure == _SHARE else _WIDE) else 0.0
        guess.near[j] = near
        guess.far[j] = far
        guess.wide[j] = wide
        guess.corner[j] = allowed[j] * q * c
        narrow = 0.0 if wide > 0.0 else far
        within = growth if q >= c else (0.0 if wide > 0.0 else growth)
        within = within if c > 0.0 else 0.0
        guess.shift[j] = -0.5 * (near + narrow) + (0.5 * within / c if within > 0.0 else 0.0)
        if measure == _GROWTH:
            guess.shift[j] += 0.5 * _batch(later.mean[j], later.std[j]) * inverse
        third = 0.25 * c * within
        near = near * near
        narrow = narrow * narrow
        fourth = 0.25 * within * within - (near * near + narrow * narrow) * (1.0 / 120.0)
        square = 1.0 + (near + narrow) * (1.0 / 12.0) - 0.5 * within
        guess.scale[j] = _sqrt(square)
        inverse = 1.0 / guess.scale[j]
        guess.skew[j] = third * inverse * inverse * inverse
        guess.kurtosis[j] = fourth * inverse * inverse * inverse * inverse
        guess.loss[j] = allowed[j] * far * inverse


cdef inline void _start(int measure, int law, const _Horizon* sooner, const _Horizon* later, const double* width,
                        const double* allowed, const double* cycle, double* level) noexcept nogil:
    # in stages, so that a processor has several rows at hand while one waits
    cdef _Guess guess
    cdef double z[16]
    cdef double t[16]
    cdef double rough[16]
    cdef double bent[16]
    cdef double w, found, corner
    cdef long long apart = 0
    cdef int j
    _add_widths(measure, law, sooner, later, width, allowed, cycle, &guess)
    for j in range(LANES):
        t[j] = _of_what(allowed[j], guess.loss[j], guess.wide[j])
    for j in range(LANES):
        t[j] = _sqrt(2.0 * (1.6094379124341 * guess.wide[j] - _rough_log(t[j])))
    for j in range(LANES):
        rough[j] = _rough_score(t[j], allowed[j], guess.loss[j], guess.wide[j])
    for j in range(LANES):
        z[j] = rough[j] + _expansion(rough[j], guess.skew[j], guess.kurtosis[j], guess.wide[j])
        apart += 1 if guess.near[j] > _APART else 0
    if measure == _SHARE:
        for j in range(LANES):
            z[j] -= guess.wide[j] * _beyond(rough[j], guess.far[j])
    if measure == _SHORT and law == _UNIFORM and apart > 0:
        for j in range(LANES):
            w = _inverse_second_loss(guess.corner[j])
            corner = 1.0 if guess.near[j] > _APART else 0.0
            corner = corner if w + guess.near[j] > 0.75 else 0.0
            z[j] = w if corner > 0.0 else z[j]
            guess.scale[j] = 1.0 if corner > 0.0 else guess.scale[j]
            guess.shift[j] = 0.0 if corner > 0.0 else guess.shift[j]
    score_lanes(&later.rows, z, bent)
    for j in range(LANES):
        found = bent[j] - later.mean[j] if z[j] > -1.0 else later.std[j] * z[j]
        found = found if _fabs(found) < 1e300 else 0.0
        w = _spread(measure, later.mean[j], later.std[j])
        found *= w / later.std[j] if measure == _GROWTH else 1.0
        level[j] = later.mean[j] + found * guess.scale[j] + guess.shift[j] * w
