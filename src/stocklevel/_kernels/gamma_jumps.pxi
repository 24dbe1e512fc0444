# C(q) of cycles.pxi for the jumps of gamma demand, whose density e^-y/y has the exponent of that of demand.  With X of
# shape a, D its density times s, all in units of the scale, and n1_Y(q) = e^-q G(q), G(q) = e^q E_2(q):
#     C(q) = n1_Y(q) P(X > s) + int_0^s n1_Y(q + u) f_X(s - u) du = e^-q [P(X > s) G(q) + (D/a) E G(q + s T)],
# T of density a (1 - t)^(a - 1), here 1 - e^-x: the exponents of both factors add up to one that does not vary.
# Included by gamma.pyx.
from stocklevel._kernels.jump_rule cimport JUMP_COUNT, JUMP_FALL, JUMP_NODE, JUMP_WEIGHT, jump_loss
from stocklevel._kernels.vmath cimport vexpm1

cdef double MOST_JUMP = 1e12  # units of the scale beyond which nothing is left


cdef void jump_tails(const Prepared* rows, const double* sf, const double* level, const double* width,
                     double* out) noexcept nogil:
    # over the mean of demand per period, times the scale
    cdef double slow[16]  # x falls by that
    cdef double top[16]
    cdef double base[16]
    cdef double start[16]
    cdef double total[16]
    cdef double a, u, fall, part, weight
    cdef int i, j
    for j in range(LANES):
        a = rows.shape[j]
        slow[j] = a if a < 1.0 else rows.inverse[j]
        start[j] = width[j] / rows.scale[j]
        start[j] = MOST_JUMP if start[j] > MOST_JUMP else start[j]
        top[j] = level[j] / rows.scale[j]
        top[j] = MOST_JUMP if top[j] > MOST_JUMP else top[j]
        base[j] = jump_loss(start[j] + top[j])
        total[j] = 0.0
    for i in range(JUMP_COUNT):
        for j in range(LANES):
            a = rows.shape[j]
            fall = -vexpm1(-JUMP_NODE[i] * slow[j])
            part = 1.0 - JUMP_FALL[i] if a < 1.0 else fall
            weight = a * (1.0 - fall) if a < 1.0 else JUMP_FALL[i]
            total[j] += JUMP_WEIGHT[i] * weight * (jump_loss(mul_add(top[j], part, start[j])) - base[j])
    for j in range(LANES):
        u = level[j] / rows.scale[j]
        part = rows.front[j] if (u > 0.0) & (u < rows.most[j]) else 0.0
        u = u if u > SMALLEST else SMALLEST  # as the tail has it
        u = u if u < rows.most[j] else rows.most[j]
        part *= vexp(peak_exponent(rows.shape[j], rows.inverse[j], rows.lift[j], u))
        part *= rows.inverse[j] * (total[j] + base[j])
        out[j] = vexp(-start[j]) * mul_add(sf[j], jump_loss(start[j]), part)
