import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_QUERY_PATH_GZIP, staticGraphOf } from '../tools/query-path.ts'
import { type Cost, type Row, ratio } from './ratio.ts'
import { ROOT } from './root.ts'
import { runFolder } from './run-folder.ts'
import { COMPATIBILITY_DATE } from './server.ts'

/** The share of the CPU time that a start takes if the entry imports everything. */
const START_LIMIT = 0.5

/** Measures what the code of a new isolate costs: its size, and its start. */
export async function startRows(): Promise<Row[]> {
  return [await sizeRow(), await startRow()]
}

async function sizeRow(): Promise<Row> {
  const { gzip } = await staticGraphOf(ROOT, 'src/worker.ts')
  const row = 'the static graph of the query path, minified, by gzip / the limit'
  return { row, value: Math.round((gzip / MAX_QUERY_PATH_GZIP) * 1000) / 1000, limit: 1, spread: 0 }
}

function startRow(): Promise<Row> {
  const row = 'start-up CPU by wrangler check startup / the same Worker with all its code loaded at once'
  const light = checkStartup('src/worker.ts')
  const all = checkStartup('bench/workers/all.ts')
  return ratio(row, START_LIMIT, light, all, { times: 1, rounds: 9, warmUp: 1 })
}

/** A CPU profile: the function of each sample, and the microseconds since the sample before. */
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The profiler takes a sample each millisecond. In a longer interval other processes had the processor. */
const MAX_SAMPLE_US = 1500

/** Measures the microseconds of CPU that `wrangler check startup` reports for an entry. It needs no account. */
function checkStartup(entry: string): Cost {
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const name = entry.replaceAll('/', '-')
  const [config, bundle, outfile] = ['toml', 'bundle', 'cpuprofile'].map((end) =>
    join(runFolder(), `${name}.${end}`),
  ) as [string, string, string]
  const lines = ['name = "start"', `main = "${join(ROOT, entry)}"`, `compatibility_date = "${COMPATIBILITY_DATE}"`]
  writeFileSync(config, [...lines, 'minify = true', 'keep_names = false', ''].join('\n'))
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' }
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, [wrangler, ...args, '--config', config], { cwd: ROOT, env, stdio: 'pipe' })
  run('deploy', '--dry-run', '--outfile', bundle)
  return () => {
    run('check', 'startup', '--worker', bundle, '--outfile', outfile)
    return activeTime(JSON.parse(readFileSync(outfile, 'utf8')))
  }
}

function activeTime({ nodes, samples, timeDeltas }: Profile): number {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  const active = timeDeltas.filter((_, i) => !idle.has(samples[i] as number))
  return active.reduce((sum, delta) => sum + Math.min(delta, MAX_SAMPLE_US), 0)
}
