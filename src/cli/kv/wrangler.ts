import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { err, ok, type Result } from '../../result.ts'
import { type Finished, runWrangler } from '../wrangler.ts'
import type { AnyKv, KvPlace, ListedKey } from './kv.ts'

/**
 * KV through the wrangler command, which knows the account and which namespace the deployed Worker is bound to.
 * @param target production, or the local state by the same commands (what the tests run)
 */
export function wranglerKv(place: KvPlace, target: '--remote' | '--local'): AnyKv {
  const cwd = dirname(place.config)
  const common = ['--binding', place.binding, target, '--config', place.config]
  if (target === '--local' && place.persistTo !== undefined) common.push('--persist-to', place.persistTo)
  const run = async (...args: readonly string[]): Promise<Result<string>> => {
    const finished = await runWrangler(['kv', ...args, ...common], cwd)
    return finished.status === 0 ? ok(finished.stdout) : err(explainFailure(finished))
  }
  const list = async (prefix: string): Promise<Result<readonly ListedKey[]>> => {
    const listed = await run('key', 'list', '--prefix', prefix)
    return listed.ok ? parseListing(listed.value) : listed
  }
  // A missing key is told apart from a failed read by the list of keys; `get` fails or says so in words, in turn.
  const getListed = async (key: string, exists: boolean): Promise<Result<string | undefined>> => {
    const value = await run('key', 'get', key, '--text')
    if (exists) return value.ok ? ok(value.value.replace(/\n$/, '')) : value
    // The list lags behind a write by up to a minute: what can be read is there, whatever the list says.
    if (value.ok) return ok(value.value.trim() === 'Value not found' ? undefined : value.value.replace(/\n$/, ''))
    return value.error.includes('404') ? ok(undefined) : value
  }
  const getPart = async (keys: readonly string[]): Promise<Result<ReadonlyMap<string, string>>> => {
    const got = await withFile(JSON.stringify(keys), (file) => run('bulk', 'get', file))
    if (got.ok) return parseValues(got.value)
    // Together they may be more than Cloudflare gives out at once.
    const values = new Map<string, string>()
    for (const key of keys) {
      const value = await getListed(key, false)
      if (!value.ok) return value
      if (value.value !== undefined) values.set(key, value.value)
    }
    return ok(values)
  }
  return {
    list,
    getAll: async (keys) => {
      const found = new Map<string, string>()
      for (let i = 0; i < keys.length; i += MAX_BULK_KEYS) {
        const values = await getPart(keys.slice(i, i + MAX_BULK_KEYS))
        if (!values.ok) return values
        for (const [key, value] of values.value) found.set(key, value)
      }
      return ok(found)
    },
    get: async (key) => {
      const listed = await list(key)
      return listed.ok
        ? getListed(
            key,
            listed.value.some(({ name }) => name === key),
          )
        : listed
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
    put: async (rows) => done(await withFile(JSON.stringify(rows), (file) => run('bulk', 'put', file))),
    putBytes: async (key, value) => done(await withFile(value, (file) => run('key', 'put', key, '--path', file))),
    delete: async (keys) =>
      done(await withFile(JSON.stringify(keys), (file) => run('bulk', 'delete', file, '--force'))),
    close: async () => {},
  }
}

/** KV gives out no more at once. */
const MAX_BULK_KEYS = 100

function parseListing(listing: string): Result<readonly ListedKey[]> {
  const keys = parseJson(listing)
  return Array.isArray(keys)
    ? ok(keys as ListedKey[])
    : err(`wrangler listed the keys of KV in a form that is not JSON: ${listing.slice(0, 200)}`)
}

/** Values by their keys, as `wrangler kv bulk get` prints them: plain, or of local KV as `{ "value": … }`. */
function parseValues(text: string): Result<ReadonlyMap<string, string>> {
  const values = parseJson(text)
  if (typeof values !== 'object' || values === null) {
    return err(`wrangler gave values of KV in a form that is not JSON: ${text.slice(0, 200)}`)
  }
  const found = new Map<string, string>()
  for (const [key, one] of Object.entries(values)) {
    const value: unknown = typeof one === 'object' && one !== null && 'value' in one ? one.value : one
    if (typeof value === 'string') found.set(key, value)
  }
  return ok(found)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const done = (result: Result<string>): Result<true> => (result.ok ? ok(true) : result)

async function withFile(
  content: string | Uint8Array,
  run: (file: string) => Promise<Result<string>>,
): Promise<Result<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-gslb-'))
  try {
    const file = join(folder, 'value')
    await writeFile(file, content, { mode: 0o600 })
    return await run(file)
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
