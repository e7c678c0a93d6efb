/** Cloudflare's plans, as far as documents put by hand are concerned. */
export const PLANS = ['free', 'paid'] as const
export type Plan = (typeof PLANS)[number]
