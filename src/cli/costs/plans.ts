/** The allowance of a plan of Cloudflare Workers. A value that is left out has no limit but its price. */
export type PlanFigures = {
  /** Milliseconds of CPU that a request may take. */
  readonly cpuMs: number
  /** KV writes in a day. */
  readonly kvWrites: number
  /** Octets that KV stores. */
  readonly kvOctets: number
  /** Probes of a round, which is a run of the cron: its subrequests are 50 and 10,000, KV and others among them. */
  readonly probes: number
}

/** The figures of 2026. The paid plan includes a million KV writes a month; more are $5 a million. */
export const PLANS: Readonly<Record<'free' | 'paid', PlanFigures>> = {
  free: { cpuMs: 10, kvWrites: 1000, kvOctets: 1e9, probes: 40 },
  paid: { cpuMs: 30_000, kvWrites: Number.POSITIVE_INFINITY, kvOctets: Number.POSITIVE_INFINITY, probes: 9000 },
}
