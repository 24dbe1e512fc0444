# Sixteen integer demands side by side: their parameters and their densities.
# The pmf obeys p(k+1)/p(k) = (alpha + beta k)/(k + 1).  `kind` is a constant at every call, so that each family
# gets its own code.
from libc.math cimport NAN, floor, sqrt

from stocklevel._kernels.measures cimport LANES
from stocklevel._kernels.saddle cimport Pair, deviance, log1p_lane, stirling_error, stirling_error_any, two_sum
from stocklevel._kernels.vmath cimport mul_add, vexp, vlog

cdef enum:
    POISSON = 0
    NEGATIVE_BINOMIAL = 1
    BINOMIAL = 2

cdef struct Counts:
    double mean[16]
    double std[16]
    double variance[16]
    double twice[16]       # E[X (X - 1)]
    double alpha[16]
    double beta[16]
    double size[16]        # r of the negative binomial; trials of the binomial
    double success[16]     # 1 - beta; the binomial: 1 - prob
    double odds[16]        # mean/size; the binomial: prob/(1 - prob)
    double log_none[16]    # log P(X = 0)
    double log_all[16]     # the binomial: log P(X = trials)
    double size_error[16]  # Stirling's, at the size


cdef inline void prepare_poisson(const double* mean, Counts* rows) noexcept nogil:
    cdef double m
    cdef int j
    for j in range(LANES):
        m = mean[j] if mean[j] > 0.0 else NAN
        rows.mean[j] = rows.variance[j] = rows.alpha[j] = m
        rows.std[j] = sqrt(m)
        rows.twice[j] = m * m
        rows.log_none[j] = -m
        rows.beta[j] = 0.0


cdef inline void prepare_negative_binomial(const double* mean, const double* size, Counts* rows) noexcept nogil:
    # beyond 1e18 times the mean the size makes no difference to the Poisson limit
    cdef double m, r, most
    cdef int j
    for j in range(LANES):
        m = mean[j] if mean[j] > 0.0 else NAN
        most = 1e18 * (m + 1.0)
        r = size[j] if size[j] < most else most
        r = r if size[j] > 0.0 else NAN
        m = m if size[j] > 0.0 else NAN
        rows.mean[j] = m
        rows.size[j] = r
        rows.odds[j] = m / r
        rows.variance[j] = mul_add(m, m / r, m)
        rows.std[j] = sqrt(rows.variance[j])
        rows.twice[j] = m * (m + m / r)
        rows.success[j] = r / (r + m)
        rows.beta[j] = m / (r + m)
        rows.alpha[j] = m * r / (r + m)
    for j in range(LANES):
        rows.log_none[j] = -rows.size[j] * log1p_lane(rows.odds[j])
        rows.size_error[j] = stirling_error_any(rows.size[j])


cdef inline void prepare_binomial(const double* trials, const double* prob, Counts* rows) noexcept nogil:
    # for trials >= 1 and 0 < prob < 1
    cdef double n, p
    cdef int j
    for j in range(LANES):
        n = trials[j] if trials[j] >= 1.0 else NAN
        p = prob[j] if prob[j] > 0.0 and prob[j] < 1.0 else NAN
        rows.mean[j] = n * p
        rows.size[j] = n
        rows.success[j] = 1.0 - p
        rows.odds[j] = p / (1.0 - p)
        rows.variance[j] = n * p * (1.0 - p)
        rows.std[j] = sqrt(rows.variance[j])
        rows.twice[j] = n * p * (n - 1.0) * p
        rows.beta[j] = -rows.odds[j]
        rows.alpha[j] = n * rows.odds[j]
        rows.log_none[j] = -n * log1p_lane(rows.odds[j])
        rows.log_all[j] = n * vlog(p)
        rows.size_error[j] = stirling_error(n)


cdef struct Saddle:
    Pair exponent
    double square  # of the factor before the exponential, times 2 pi


cdef inline Saddle saddle(const Counts* rows, int j, double k, int kind) noexcept nogil:
    # Loader's saddle-point form of P(X = k), in which no large numbers cancel; k >= 1, the binomial: < trials
    cdef double mean = rows.mean[j], size = rows.size[j], n, gap, stirling = -stirling_error(k)
    cdef Pair one, other
    cdef Saddle at
    if kind == POISSON:
        one = deviance(k, mean, mean - k)
        at.square = 1.0 / k
    else:
        if kind == NEGATIVE_BINOMIAL:
            n = size + k
            gap = rows.success[j] * (k - mean)
            one = deviance(size, n * rows.success[j], gap)
            other = deviance(k, n * rows.beta[j], -gap)
            stirling += stirling_error(n) - rows.size_error[j]
        else:
            n = size - k if size > k + 1.0 else 1.0
            gap = k - mean
            one = deviance(k, mean, -gap)
            other = deviance(n, size * rows.success[j], gap)
            stirling += rows.size_error[j] - stirling_error(n)
        at.square = size / n / k
        stirling -= one.low + other.low
        one = two_sum(one.high, other.high)
    at.exponent = two_sum(-one.high, stirling - one.low)
    return at


cdef inline void whole_masses(const Counts* rows, const double* k, int kind, double* out) noexcept nogil:
    # P(X = k) of whole k; the ends of the support are powers, outside it is 0
    cdef double inner[16]
    cdef double exponent[16]
    cdef double rest[16]
    cdef double factor[16]
    cdef double at_k, last, e, f, inside, edge
    cdef Saddle at
    cdef int j
    for j in range(LANES):
        at_k = k[j]
        at_k = at_k if at_k < 1e280 else 1e280
        if kind == BINOMIAL:
            last = rows.size[j] - 1.0
            at_k = at_k if at_k < last else last
        inner[j] = at_k if at_k > 1.0 else 1.0
    for j in range(LANES):
        at = saddle(rows, j, inner[j], kind)
        exponent[j] = at.exponent.high
        rest[j] = at.exponent.low
        factor[j] = 0.39894228040143267794 * sqrt(at.square)
    for j in range(LANES):
        e = exponent[j]
        f = factor[j] * (1.0 + rest[j])
        at_k = k[j]
        inside = 1.0 if at_k >= 0.0 else 0.0
        edge = 1.0 if at_k == 0.0 else 0.0  # choosing constants, not values, keeps branches out
        e = (1.0 - edge) * e + edge * rows.log_none[j]
        f = (1.0 - edge) * f + edge
        if kind == BINOMIAL:
            last = rows.size[j]
            inside = inside if at_k <= last else 0.0
            edge = 1.0 if at_k == last else 0.0
            e = (1.0 - edge) * e + edge * rows.log_all[j]
            f = (1.0 - edge) * f + edge
        out[j] = inside * f * vexp(e)


cdef inline void masses(const Counts* rows, const double* x, int kind, double* out) noexcept nogil:
    # P(X = x), 0 between integers
    cdef double k[16]
    cdef double p[16]
    cdef double at, whole, value, valid
    cdef int j
    for j in range(LANES):
        k[j] = floor(x[j])
    whole_masses(rows, k, kind, p)
    for j in range(LANES):
        at = x[j]
        whole = k[j]
        value = p[j]
        valid = rows.mean[j]
        value = value if at == whole else 0.0
        valid = NAN if at != at else valid
        out[j] = value if valid == valid else NAN


cdef inline double up_ratio(const Counts* rows, int j, double k, int kind) noexcept nogil:
    # p(k+1)/p(k)
    if kind == BINOMIAL:
        return rows.odds[j] * (rows.size[j] - k) / (k + 1.0)
    if kind == POISSON:
        return rows.mean[j] / (k + 1.0)
    return mul_add(rows.beta[j], k, rows.alpha[j]) / (k + 1.0)


cdef inline double down_ratio(const Counts* rows, int j, double k, int kind) noexcept nogil:
    # p(k-1)/p(k)
    if kind == BINOMIAL:
        return k / (rows.odds[j] * (rows.size[j] - k + 1.0))
    if kind == POISSON:
        return k / rows.mean[j]
    return k / mul_add(rows.beta[j], k - 1.0, rows.alpha[j])


cdef inline void neighbours(const Counts* rows, const double* k, const double* mass, bint up, int kind,
                            double* out) noexcept nogil:
    # P(X = k + 1), or P(X = k - 1), from mass = P(X = k); not for the binomial
    cdef long long enter = 0
    cdef double ratio
    cdef int j
    for j in range(LANES):
        ratio = up_ratio(rows, j, k[j], kind) if up else down_ratio(rows, j, k[j], kind)
        out[j] = mass[j] * ratio if k[j] >= (0.0 if up else 1.0) else 0.0
        enter += 1 if k[j] == -1.0 else 0
    if up and enter > 0:
        for j in range(LANES):
            ratio = vexp(rows.log_none[j])
            out[j] = ratio if k[j] == -1.0 else out[j]
