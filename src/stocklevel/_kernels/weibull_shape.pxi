# The shape of a Weibull law from its coefficient of variation.
from libc.math cimport INFINITY, NAN, exp, fabs, lgamma, log, log1p


cdef double log_excess(double a) noexcept nogil:
    # log of (1 + cv^2), a = 1/shape: log Gamma(1 + 2a) - 2 log Gamma(1 + a), which cancels for small a;
    # there by log Gamma(1 + a) = -log(1 + a) + (1 - gamma) a + sum (-1)^n (zeta(n) - 1) a^n / n
    cdef double total
    if a > 0.2:
        return lgamma(1.0 + 2.0 * a) - 2.0 * lgamma(1.0 + a)
    total = 0.038462553329314739917
    total = total * a - 0.040001582897486156394
    total = total * a + 0.041669139327726552458
    total = total * a - 0.043482129837920185191
    total = total * a + 0.045460610022360724338
    total = total * a - 0.047628572059145158292
    total = total * a + 0.050014989285306665578
    total = total * a - 0.052655221700589390715
    total = total * a + 0.055592938392977112203
    total = total * a - 0.058882793788207167129
    total = total * a + 0.062594224255411985133
    total = total * a - 0.066816943389055566114
    total = total * a + 0.071669067752264465208
    total = total * a - 0.077309408974448162454
    total = total * a + 0.083956529103595811219
    total = total * a - 0.091919080366220407919
    total = total * a + 0.10164557806300832146
    total = total * a - 0.11380892681132548368
    total = total * a + 0.12945605928473277527
    total = total * a - 0.15028699287461088312
    total = total * a + 0.17921164050597444372
    total = total * a - 0.22156653086021955799
    total = total * a + 0.28813131798898367031
    total = total * a - 0.4041138063191885708
    total = total * a + 0.64493406684822643647
    return log1p(a * a / (1.0 + 2.0 * a)) + total * a * a


cdef extern from *:
    """
    static const double sl_weibull_start[19] = {  /* from the highest power down */
        -3.0510546121763103e-06, 1.106457765174227e-05, 4.4199343324858006e-05, -1.8611718019140694e-05,
        -0.00017410179053821878, -0.0001519424728393515, 0.00014071504695025653, 0.0005154182747623712,
        0.0007829681272779492, 0.0004916804320145696, -0.0012407833155277607, -0.004875035475861172,
        -0.00832375541052664, -0.0031070373343072117, 0.029113052051071616, 0.10844118146079608,
        0.21966666031231608, 2.0191493481570957, -1.340160622374564,
    };
    """
    const double _START "sl_weibull_start"[19]


cdef double _from_near(double target) noexcept nogil:
    # log a at log log(1 + cv^2) = target in [-6, 1], cv from 0.05 to 3.7: a polynomial through Chebyshev's points,
    # right to 1e-10, and a step of Newton's along its slope
    cdef double x = (target + 2.5) / 3.5, a = _START[0], slope = 0.0
    cdef int i
    for i in range(1, 19):
        slope = slope * x + a
        a = a * x + _START[i]
    return a - (log(log_excess(exp(a))) - target) * slope / 3.5


cdef double inverse_shape(double cv) noexcept nogil:
    # secant on log_excess over a, logarithms of both: nearly straight; 1.3 cv is near for small cv, above for large
    cdef double target, a, older, error, older_error, slope
    cdef int _
    if not (cv > 0.0 and cv < INFINITY):
        return NAN
    target = log(log1p(cv * cv))
    if -6.0 <= target <= 1.0:
        return exp(_from_near(target))
    older = log(0.78 * cv if cv < 1.0 else 0.78 + 0.75 * log(cv))
    older_error = log(log_excess(exp(older))) - target
    a = older - 0.6 * older_error
    for _ in range(60):
        error = log(log_excess(exp(a))) - target
        if fabs(error) <= 1e-16 or a == older or error == older_error:
            break
        slope = (error - older_error) / (a - older)
        older = a
        older_error = error
        a -= error / slope
        if fabs(a - older) <= 1e-16 * (1.0 + fabs(a)):
            break
    return exp(a)
