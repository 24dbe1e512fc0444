"""From a position law and the demand to every service measure."""
