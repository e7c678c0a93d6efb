import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { err, ok, type Result } from '../result.ts'
import type { BinaryKv, KvPlace } from './kv.ts'
import { type Finished, runWrangler } from './wrangler.ts'

/**
 * KV through the wrangler command, which knows the account and which namespace the deployed Worker is bound to.
 * @param target production, or the local state by the same commands (what the tests run)
 */
export function wranglerKv(place: KvPlace, target: '--remote' | '--local'): BinaryKv {
  const cwd = dirname(place.config)
  const common = ['--binding', place.binding, target, '--config', place.config]
  if (target === '--local' && place.persistTo !== undefined) common.push('--persist-to', place.persistTo)
  const run = async (...args: readonly string[]): Promise<Result<string>> => {
    const finished = await runWrangler(['kv', ...args, ...common], cwd)
    return finished.status === 0 ? ok(finished.stdout) : err(explainFailure(finished))
  }
  return {
    get: async (key) => {
      // A missing key is told apart from a failed read by the list of keys; `get` fails or says so in words, in turn.
      const listed = await run('key', 'list', '--prefix', key)
      if (!listed.ok) return listed
      const exists = hasKey(listed.value, key)
      if (!exists.ok) return exists
      const value = await run('key', 'get', key, '--text')
      if (exists.value) return value.ok ? ok(value.value.replace(/\n$/, '')) : value
      // The list lags behind a write by up to a minute: what can be read is there, whatever the list says.
      if (value.ok) return ok(value.value.trim() === 'Value not found' ? undefined : value.value.replace(/\n$/, ''))
      return value.error.includes('404') ? ok(undefined) : value
    },
    getBytes: async (key) => {
      const got = await runWrangler(['kv', 'key', 'get', key, ...common], cwd, 'latin1')
      if (got.status === 0) {
        const missing = got.stdout.trim() === 'Value not found'
        return ok(missing ? undefined : Uint8Array.from(Buffer.from(got.stdout, 'latin1')).buffer)
      }
      const why = explainFailure(got)
      return why.includes('404') ? ok(undefined) : err(why)
    },
    put: (rows) => withFile(JSON.stringify(rows), (file) => run('bulk', 'put', file)),
    putBytes: (key, value) => withFile(value, (file) => run('key', 'put', key, '--path', file)),
    delete: (keys) => withFile(JSON.stringify(keys), (file) => run('bulk', 'delete', file, '--force')),
    close: async () => {},
  }
}

function hasKey(listing: string, key: string): Result<boolean> {
  try {
    const keys: unknown = JSON.parse(listing)
    if (Array.isArray(keys)) return ok(keys.some((entry: { name?: unknown }) => entry.name === key))
  } catch {
    // Told below.
  }
  return err(`wrangler listed the keys of KV in a form that is not JSON: ${listing.slice(0, 200)}`)
}

async function withFile(
  content: string | Uint8Array,
  run: (file: string) => Promise<Result<string>>,
): Promise<Result<true>> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-gslb-'))
  try {
    const file = join(folder, 'value')
    await writeFile(file, content, { mode: 0o600 })
    const result = await run(file)
    return result.ok ? ok(true) : result
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Wrangler's own words, after what to do about them where that is known. */
export function explainFailure({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): string {
  const said = stripVTControlCharacters(`${stderr}\n${stdout}`)
  const words = said
    .split('\n')
    .map((line) => line.replace(/^[✘\s]*\[ERROR\]\s*/, '').trim())
    .filter(
      (line) =>
        line !== '' &&
        !line.startsWith('🪵') &&
        !line.startsWith('⛅') &&
        !/^─+$/.test(line) &&
        !line.startsWith('If you think this is a bug'),
    )
    .join(' ')
  const advice = ADVICE.find(({ when }) => when.test(said))?.advice
  return advice === undefined ? `wrangler failed: ${words}` : `${advice} (wrangler said: ${words})`
}

const ADVICE: readonly { readonly when: RegExp; readonly advice: string }[] = [
  {
    when: /CLOUDFLARE_API_TOKEN|not logged in|Authentication error|\[code: 10000\]/i,
    advice: 'Cloudflare does not know you; run "npx wrangler login", or set CLOUDFLARE_API_TOKEN',
  },
  {
    when: /No KV namespace ID found|does not exist on your account|\[code: 10007\]|namespace not found|\[code: 10013\]/i,
    advice: 'the KV namespace does not exist yet; run "npx wrangler deploy" first, which makes it',
  },
  {
    when: /fetch failed|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT/,
    advice: 'Cloudflare cannot be reached; check the network and try again',
  },
]
