import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { err, ok, type Result } from '../../result.ts'
import { type Finished, runWrangler } from '../wrangler.ts'
import type { AnyKv, KvTarget, ListedKey, Row } from './kv.ts'

/**
 * Opens KV through the wrangler command, which knows the account and the namespace of the deployed Worker.
 * @param target production, or for tests the local state by the same commands
 */
export function wranglerKv(kvTarget: KvTarget, target: '--remote' | '--local'): AnyKv {
  const cwd = dirname(kvTarget.config)
  const common = ['--binding', kvTarget.binding, target, '--config', kvTarget.config]
  if (target === '--local' && kvTarget.persistTo !== undefined) common.push('--persist-to', kvTarget.persistTo)
  const run = async (...args: readonly string[]): Promise<Result<string>> => {
    const finished = await runWrangler(['kv', ...args, ...common], cwd)
    return finished.status === 0 ? ok(finished.stdout) : err(explainFailure(finished))
  }
  const list = async (prefix: string): Promise<Result<readonly ListedKey[]>> => {
    const listed = await run('key', 'list', '--prefix', prefix)
    return listed.ok ? parseListing(listed.value) : listed
  }
  // The list of keys tells a missing key from a failed read: `get` reports a missing key as a failure or as a text.
  const getListed = async (key: string, exists: boolean): Promise<Result<string | undefined>> => {
    const value = await run('key', 'get', key, '--text')
    if (exists) return value.ok ? ok(value.value.replace(/\n$/, '')) : value
    // The list lags behind a write by up to a minute, so a value that can be read counts.
    if (value.ok) return ok(value.value.trim() === 'Value not found' ? undefined : value.value.replace(/\n$/, ''))
    return value.error.includes('404') ? ok(undefined) : value
  }
  const getPart = async (keys: readonly string[]): Promise<Result<ReadonlyMap<string, string>>> => {
    const got = await withFile(JSON.stringify(keys), (file) => run('bulk', 'get', file))
    if (got.ok) return parseValues(got.value)
    // Together the values may exceed Cloudflare's limit for one response.
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
    put: async (rows) => done(await withFile(JSON.stringify(rows.map(bulkRow)), (file) => run('bulk', 'put', file))),
    putBytes: async (key, value) => done(await withFile(value, (file) => run('key', 'put', key, '--path', file))),
    delete: async (keys) =>
      done(await withFile(JSON.stringify(keys), (file) => run('bulk', 'delete', file, '--force'))),
    close: async () => {},
  }
}

/** `wrangler kv bulk put` takes octets in base64. */
const bulkRow = ({ key, value, metadata }: Row) =>
  typeof value === 'string'
    ? { key, value, metadata }
    : { key, value: Buffer.from(value).toString('base64'), base64: true, metadata }

/** Cloudflare's limit for one bulk read. */
const MAX_BULK_KEYS = 100

function parseListing(listing: string): Result<readonly ListedKey[]> {
  const keys = parseJson(listing)
  return Array.isArray(keys)
    ? ok(keys as ListedKey[])
    : err(`wrangler listed the keys of KV in a form that is not JSON: ${listing.slice(0, 200)}`)
}

/** Parses the output of `wrangler kv bulk get`: values by key, plain or, for local KV, as `{ "value": … }`. */
function parseValues(text: string): Result<ReadonlyMap<string, string>> {
  const values = parseJson(text)
  if (typeof values !== 'object' || values === null) {
    return err(`wrangler printed values of KV in a form that is not JSON: ${text.slice(0, 200)}`)
  }
  const found = new Map<string, string>()
  for (const [key, entry] of Object.entries(values)) {
    const value: unknown = typeof entry === 'object' && entry !== null && 'value' in entry ? entry.value : entry
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

/** Returns wrangler's message, after advice if the failure is a known one. */
export function explainFailure({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): string {
  const output = stripVTControlCharacters(`${stderr}\n${stdout}`)
  const message = output
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
  const advice = ADVICE.find(({ when }) => when.test(output))?.advice
  return advice === undefined ? `wrangler failed: ${message}` : `${advice} (wrangler said: ${message})`
}

const ADVICE: readonly { readonly when: RegExp; readonly advice: string }[] = [
  {
    when: /CLOUDFLARE_API_TOKEN|not logged in|Authentication error|\[code: 10000\]/i,
    advice: 'you are not logged in to Cloudflare; run "npx wrangler login", or set CLOUDFLARE_API_TOKEN',
  },
  {
    when: /No KV namespace ID found|does not exist on your account|\[code: 10007\]|namespace not found|\[code: 10013\]/i,
    advice: 'the KV namespace does not exist yet; run "npx wrangler deploy" first, which creates it',
  },
  {
    when: /fetch failed|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT/,
    advice: 'Cloudflare cannot be reached; check the network and try again',
  },
]
