"""All SQL of analytics: what counts on a day, which days changed, their sums, and the questions asked of them."""
