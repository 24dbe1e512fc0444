# What a family's `evaluate` answers at one x, and the codes of the row loops in rows.pxi.
cdef struct Measures:
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
