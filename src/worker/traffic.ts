import type { HealthReply } from '../api/index.ts'
import { MAX_TRAFFIC_BYTES, MAX_TRAFFIC_ROWS, TRAFFIC_TIMEOUT_MS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { Env } from './env.ts'

/** Analytics Engine can be written to by a binding, and read by Cloudflare's API alone, with a token of the account. */
const API = 'https://api.cloudflare.com/client/v4/accounts'

const DATASET = 'edge_gslb_queries'

type Reading = { readonly account: string; readonly token: string; readonly dataset: string }

/** Returns what reads counts of queries; undefined if there are none, or nobody said how to read them. */
export function trafficOf({ QUERIES, ANALYTICS_ACCOUNT = '', ANALYTICS_TOKEN = '', ANALYTICS_DATASET }: Env) {
  const reading = { account: ANALYTICS_ACCOUNT, token: ANALYTICS_TOKEN, dataset: ANALYTICS_DATASET || DATASET }
  return QUERIES && isReading(reading) ? (hours: number) => traffic(reading, hours) : undefined
}

/** The names stand in a URL and in SQL: none but these is put there. */
const isReading = ({ account, token, dataset }: Reading): boolean =>
  /^[0-9a-f]{32}$/.test(account) && token !== '' && /^[A-Za-z0-9_]{1,64}$/.test(dataset)

/** Returns the queries of the last hours: over time, and by zone, branch and country. */
async function traffic(reading: Reading, hours: number): Promise<HealthReply> {
  const step = Math.max(300, Math.ceil((hours * 3600) / MAX_POINTS / 300) * 300)
  const since = `timestamp > NOW() - INTERVAL '${hours}' HOUR`
  const sum = 'SUM(double1 * _sample_interval) AS queries'
  const top = (columns: string, by: string): string =>
    `SELECT ${columns}, ${sum} FROM ${reading.dataset} WHERE ${since} GROUP BY ${by} ORDER BY queries DESC LIMIT ${MAX_TRAFFIC_ROWS}`
  const time = `intDiv(toUInt32(timestamp), ${step}) * ${step}`
  const [series, zones, branches, countries] = await Promise.all([
    rowsOf(
      reading,
      `SELECT ${time} AS at, ${sum} FROM ${reading.dataset} WHERE ${since} GROUP BY at ORDER BY at LIMIT ${2 * MAX_POINTS}`,
    ),
    rowsOf(reading, top('blob1 AS zone, blob4 AS rcode', 'zone, rcode')),
    rowsOf(reading, top('blob2 AS rrset, blob3 AS branch', 'rrset, branch')),
    rowsOf(reading, top('blob5 AS country', 'country')),
  ])
  if (!series.ok) return failure(series.error)
  if (!zones.ok) return failure(zones.error)
  if (!branches.ok) return failure(branches.error)
  if (!countries.ok) return failure(countries.error)
  const counted = (row: Row): { readonly queries: number } => ({ queries: Math.round(Number(row.queries) || 0) })
  const words = (row: Row, ...names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, String(row[name] ?? '')]))
  return {
    status: 200,
    body: {
      ...{ hours, step },
      series: series.value.map((row) => ({ at: new Date(Number(row.at) * 1000).toISOString(), ...counted(row) })),
      zones: zones.value.map((row) => ({
        zone: words(row, 'zone').zone,
        rcode: words(row, 'rcode').rcode,
        ...counted(row),
      })),
      branches: branches.value.map((row) => ({ ...words(row, 'rrset', 'branch'), ...counted(row) })),
      countries: countries.value.map((row) => ({ ...words(row, 'country'), ...counted(row) })),
    },
  }
}

/** Points of a plot: as many as a wide screen has room for. */
const MAX_POINTS = 300

const failure = (error: string): HealthReply => ({ status: 503, error })

type Row = Readonly<Record<string, unknown>>

async function rowsOf({ account, token }: Reading, sql: string): Promise<Result<readonly Row[]>> {
  try {
    const reply = await fetch(`${API}/${account}/analytics_engine/sql`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: sql,
      redirect: 'error',
      signal: AbortSignal.timeout(TRAFFIC_TIMEOUT_MS),
    })
    const text = await reply.text()
    if (!reply.ok) return err(`Analytics Engine answers ${reply.status}; expected that ANALYTICS_TOKEN may read it`)
    if (text.length > MAX_TRAFFIC_BYTES) return err(`Analytics Engine answers with ${text.length} characters`)
    const { data } = JSON.parse(text) as { readonly data?: unknown }
    return Array.isArray(data) ? ok(data as readonly Row[]) : err('Analytics Engine answers without rows')
  } catch (error) {
    return err(`Analytics Engine cannot be read: ${(error as Error).message}`)
  }
}
