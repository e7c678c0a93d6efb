import { readFileSync } from 'node:fs'
import { Health, viewNotAhead } from '../src/health/query-path.ts'
import { viewSealed } from '../src/store/sealed-vantage.ts'

/** Loads the health document on standard input once, and prints the milliseconds of CPU that it took. */
const text = readFileSync(0, 'utf8')
const now = 1_900_000_100_000
// Node loads Web Crypto at its first use; a Worker has it from the start.
await crypto.subtle.digest('SHA-256', new Uint8Array(1))
const before = process.cpuUsage()
const view = await viewSealed(text)
if (!view.ok) throw new Error(view.error)
const health = new Health([viewNotAhead(view.value, now)], [], now)
const { user, system } = process.cpuUsage(before)
if (health.vantages[0]?.targets.get('LS0tLS0tLS00OTk5')?.state !== 'down')
  throw new Error('the last target is not down')
console.log((user + system) / 1000)
