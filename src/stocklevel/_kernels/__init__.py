"""Compiled kernels: scalar formulas and row loops.  They trust their input and answer NaN outside the domain."""

# The measures of a distribution that the row loops compute; the codes of measures.pxd.
DENSITY, CDF, SF, LOSS, COMPLEMENTARY_LOSS, SECOND_LOSS = range(6)
