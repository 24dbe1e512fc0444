# What a family answers at one x, and LANES rows of it side by side: the loops over lanes become vectors.
cdef struct Measures:
    double cdf                 # P(X <= x)
    double sf                  # P(X > x)
    double loss                # E[(X - x)+]
    double complementary_loss  # E[(x - X)+]
    double second_loss         # E[((X - x)+)^2]/2; integers E[(X - x)+ (X - x - 1)+]/2
    double complementary_second_loss  # E[((x - X)+)^2]/2; integers E[(x - X)+ (x - X + 1)+]/2

cdef enum:
    DENSITY = 0
    CDF = 1
    SF = 2
    LOSS = 3
    COMPLEMENTARY_LOSS = 4
    SECOND_LOSS = 5

cdef enum:
    LANES = 16

cdef struct Lanes:
    double density[16]
    double cdf[16]
    double sf[16]
    double loss[16]
    double complementary_loss[16]
    double second_loss[16]
    double complementary_second_loss[16]  # E[((x - X)+)^2]/2; integers E[(x - X)+ (x - X + 1)+]/2
    double mass[16]  # beside growth of all these: P(X = x) of integers

# What `evaluate_lanes` is asked for; more may be filled.
cdef enum:
    NEED_DENSITY = 1
    NEED_PROBABILITY = 2  # cdf and sf
    NEED_LOSS = 4         # loss and complementary loss
    NEED_SECOND = 8       # both second losses
    ONLY_CDF = 16         # of NEED_PROBABILITY the cdf alone, where a family saves by it
    ONLY_SF = 32
    ROUGHLY = 64          # eleven digits are enough
