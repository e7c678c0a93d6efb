import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import { loadWrangler, quietWrangler } from '../wrangler.ts'
import type { AnyKv, KvTarget, ListedKey, Row } from './kv.ts'

/**
 * Opens the local KV that `wrangler dev` serves from, and keeps it open: a write takes milliseconds, a run of the
 * wrangler command more than a second. It is a database on disk that several processes may open; a running `wrangler
 * dev` sees a write at once (test/e2e/dev.test.ts tests both).
 */
export async function openLocalKv(kvTarget: KvTarget): Promise<Result<AnyKv>> {
  const { binding, config } = kvTarget
  Object.assign(process.env, quietWrangler)
  const path = join(stateFolder(kvTarget), 'v3')
  const wrangler = await loadWrangler()
  if (!wrangler.ok) return err(`local KV cannot be opened: ${wrangler.error}`)
  const { getPlatformProxy, unstable_readConfig } = wrangler.value
  if (!existsSync(config)) return err(`${config} does not exist; expected a wrangler configuration: npx edge-gslb init`)
  const read = await settled(async () => unstable_readConfig({ config }, { hideWarnings: true }))
  if (!read.ok) return err(`local KV cannot be opened: ${read.error}`)
  const configured = read.value.kv_namespaces.find((entry: { readonly binding: string }) => entry.binding === binding)
  if (!configured) {
    return err(`${config} has no KV namespace with the binding ${binding}; expected it in [[kv_namespaces]]`)
  }
  const proxy = await settled(() =>
    withConfig({ kv_namespaces: [configured], compatibility_date: read.value.compatibility_date }, (configPath) =>
      getPlatformProxy<Record<string, unknown>>({ configPath, persist: { path }, remoteBindings: false }),
    ),
  )
  if (!proxy.ok) return err(`local KV cannot be opened: ${proxy.error}`)
  const namespace = proxy.value.env[binding] as Namespace
  return ok({
    get: async (key) => {
      const value = await settled(() => namespace.get(key))
      return value.ok ? ok(value.value ?? undefined) : value
    },
    getAll: async (keys) => {
      const found = new Map<string, string>()
      for (const key of keys) {
        const value = await settled(() => namespace.get(key))
        if (!value.ok) return value
        if (value.value !== null) found.set(key, value.value)
      }
      return ok(found)
    },
    list: (prefix) => settled(() => listAll(namespace, prefix)),
    put: (rows) => all(rows, ({ key, value, metadata }) => namespace.put(key, value, { metadata })),
    getBytes: async (key) => {
      const value = await settled(() => namespace.get(key, 'arrayBuffer'))
      return value.ok ? ok(value.value ?? undefined) : value
    },
    putBytes: (key, value) => all([key], () => namespace.put(key, value, { metadata: undefined })),
    delete: (keys) => all(keys, (key) => namespace.delete(key)),
    close: () => proxy.value.dispose(),
  })
}

/** Returns the folder in which wrangler keeps local KV. */
export const stateFolder = ({ config, persistTo }: KvTarget): string =>
  persistTo ?? join(dirname(config), '.wrangler', 'state')

type Namespace = {
  get(key: string): Promise<string | null>
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>
  put(key: string, value: string | Uint8Array, options: { metadata: Row['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
  list(options: { prefix: string; cursor?: string | undefined }): Promise<{
    readonly keys: readonly ListedKey[]
    readonly list_complete: boolean
    readonly cursor?: string
  }>
}

async function listAll(namespace: Namespace, prefix: string): Promise<ListedKey[]> {
  const keys: ListedKey[] = []
  let cursor: string | undefined
  do {
    const page = await namespace.list({ prefix, ...(cursor !== undefined && { cursor }) })
    keys.push(...page.keys)
    cursor = page.list_complete ? undefined : page.cursor
  } while (cursor !== undefined)
  return keys
}

/** Writes a configuration with KV alone: wrangler prints long warnings about Durable Objects that it does not run. */
async function withConfig<T>(content: object, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-gslb-kv-'))
  try {
    const path = join(folder, 'wrangler.json')
    await writeFile(path, JSON.stringify({ name: 'edge-gslb', ...content }))
    return await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function settled<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

async function all<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<Result<true>> {
  const results = await Promise.all(items.map((item) => settled(() => work(item))))
  const failed = results.find((result) => !result.ok)
  return failed ?? ok(true)
}
