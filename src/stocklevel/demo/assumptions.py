"""What the plan of the demo assumes: the sales say what was bought, not how it was ordered."""

FILL_RATE = 0.98
LEAD_TIME = 2  # weeks
REVIEW_PERIOD = 1  # weeks
FIXED_ORDER_COST = 5.0  # dollars per order
HOLDING_RATE = 0.25  # of the unit value per year
WEEKS_PER_YEAR = 52
FITTED_WEEKS = 40
MIN_UNITS_PER_WEEK = 1.0
