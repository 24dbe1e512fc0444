"""Lead times."""

from stocklevel.lead_time.times import LeadTime

__all__ = ["LeadTime"]
