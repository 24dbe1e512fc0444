# What a family's `evaluate` answers at one x, and the codes by which rows.pxi picks one of them.
cdef struct Measures:
    double density             # pdf, or pmf of integer demand
    double cdf                 # P(X <= x)
    double sf                  # P(X > x)
    double loss                # E[(X - x)+]
    double complementary_loss  # E[(x - X)+]
    double second_loss         # E[((X - x)+)^2]/2; integers E[(X - x)+ (X - x - 1)+]/2

cdef enum:
    DENSITY = 0
    CDF = 1
    SF = 2
    LOSS = 3
    COMPLEMENTARY_LOSS = 4
    SECOND_LOSS = 5


cdef inline double pick(const Measures* value, int slot) noexcept nogil:
    if slot == DENSITY:
        return value.density
    if slot == CDF:
        return value.cdf
    if slot == SF:
        return value.sf
    if slot == LOSS:
        return value.loss
    if slot == COMPLEMENTARY_LOSS:
        return value.complementary_loss
    return value.second_loss
