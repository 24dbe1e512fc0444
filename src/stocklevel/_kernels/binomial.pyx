"""Binomial demand and its two-point mixture, natural parameters (trials, prob, weight).

With the weight the number of trials is `trials`, else trials + 1: the law that Adan, van Eenige and Resing
fit to an integer demand whose variance is below its mean.  A plain binomial has weight 1.
"""
from libc.math cimport NAN, floor

from stocklevel._kernels cimport counting
from stocklevel._kernels.measures cimport Measures


cdef inline void certain(double trials, double x, Measures* value) noexcept nogil:
    # prob = 1: all trials succeed
    cdef double k = floor(x)
    value.cdf = 1.0 if k >= trials else 0.0
    value.sf = 1.0 - value.cdf
    value.loss = trials - x if x < trials else 0.0
    value.complementary_loss = x - trials if x > trials else 0.0
    value.second_loss = (0.5 * value.loss * (value.loss - 1.0) if value.loss > 0.0 else 0.0) if k == x else NAN
    value.complementary_second_loss = (0.5 * value.complementary_loss * (value.complementary_loss + 1.0)
                                       if k == x else NAN)


cdef inline void component(double trials, double prob, double x, Measures* value) noexcept nogil:
    cdef counting.Counting d
    if trials == 0.0 or prob == 1.0:
        certain(trials, x, value)
    else:
        d = counting.binomial(trials, prob)
        counting.measures_at(&d, x, value)


cdef void evaluate(double x, double trials, double prob, double weight, Measures* value) noexcept nogil:
    cdef Measures more
    if not (trials >= 0.0 and prob > 0.0 and prob <= 1.0 and weight >= 0.0 and weight <= 1.0):
        value.cdf = value.sf = NAN
        value.loss = value.complementary_loss = value.second_loss = value.complementary_second_loss = NAN
        return
    component(trials if weight > 0.0 else trials + 1.0, prob, x, value)
    if weight == 0.0 or weight == 1.0:
        return
    component(trials + 1.0, prob, x, &more)
    value.cdf = weight * value.cdf + (1.0 - weight) * more.cdf
    value.sf = weight * value.sf + (1.0 - weight) * more.sf
    value.loss = weight * value.loss + (1.0 - weight) * more.loss
    value.complementary_loss = weight * value.complementary_loss + (1.0 - weight) * more.complementary_loss
    value.second_loss = weight * value.second_loss + (1.0 - weight) * more.second_loss
    value.complementary_second_loss = (weight * value.complementary_second_loss
                                       + (1.0 - weight) * more.complementary_second_loss)


cdef inline double component_mass(double trials, double prob, double x) noexcept nogil:
    cdef counting.Counting d
    if trials == 0.0 or prob == 1.0:
        return 1.0 if x == trials else 0.0
    d = counting.binomial(trials, prob)
    return counting.mass_at(&d, x)


cdef double density(double x, double trials, double prob, double weight) noexcept nogil:
    if not (trials >= 0.0 and prob > 0.0 and prob <= 1.0 and weight >= 0.0 and weight <= 1.0) or x != x:
        return NAN
    if weight == 1.0:
        return component_mass(trials, prob, x)
    return weight * component_mass(trials, prob, x) + (1.0 - weight) * component_mass(trials + 1.0, prob, x)


cdef double cdf(double x, double trials, double prob, double weight) noexcept nogil:
    cdef Measures value
    evaluate(x, trials, prob, weight, &value)
    return value.cdf


cdef double sf(double x, double trials, double prob, double weight) noexcept nogil:
    cdef Measures value
    evaluate(x, trials, prob, weight, &value)
    return value.sf


cdef double first_guess(double p, double q, double trials, double prob, double weight) noexcept nogil:
    cdef counting.Counting d
    if not (trials >= 0.0 and prob > 0.0 and prob <= 1.0):
        return NAN
    if trials == 0.0 or prob == 1.0:
        return trials
    d = counting.binomial(trials, prob)
    return counting.guess(&d, p, q)


cdef inline double score(double z, double trials, double prob, double weight) noexcept nogil:
    cdef counting.Counting d = counting.binomial(trials, prob)
    return counting.rough(&d, z)


cdef inline double support_low(double trials, double prob, double weight) noexcept nogil:
    return 0.0


cdef inline double support_high(double trials, double prob, double weight) noexcept nogil:
    return trials if weight == 1.0 else trials + 1.0


include "quantile.pxi"
include "scalar_lanes.pxi"
cdef enum:
    WHOLE = 1
    SUM_A = 0
    SUM_B = 0
    SUM_C = 0

include "rows.pxi"
