import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../result.ts'
import type { Kv, KvPlace, Row } from './kv.ts'
import { quietWrangler } from './wrangler.ts'

/**
 * The local KV that `wrangler dev` serves from, opened once and kept: a write takes milliseconds, where a run of the
 * wrangler command takes more than a second. It is a database on disk that several processes may have open; a running
 * `wrangler dev` sees a write at once (test/e2e/dev.test.ts holds both).
 */
export async function openLocalKv({ binding, config, persistTo }: KvPlace): Promise<Result<Kv>> {
  Object.assign(process.env, quietWrangler)
  const path = join(persistTo ?? join(dirname(config), '.wrangler', 'state'), 'v3')
  // Here and not above: wrangler takes a second to load, which no other command should wait for.
  const { getPlatformProxy } = await import('wrangler')
  const proxy = await settled(() =>
    getPlatformProxy<Record<string, unknown>>({ configPath: config, persist: { path }, remoteBindings: false }),
  )
  if (!proxy.ok) return err(`local KV cannot be opened: ${proxy.error}`)
  const namespace = proxy.value.env[binding]
  if (!isNamespace(namespace)) {
    await proxy.value.dispose()
    return err(`${config} has no KV namespace with the binding ${binding}; expected [[kv_namespaces]] to name it`)
  }
  return ok({
    get: async (key) => {
      const value = await settled(() => namespace.get(key))
      return value.ok ? ok(value.value ?? undefined) : value
    },
    put: (rows) => all(rows, ({ key, value, metadata }) => namespace.put(key, value, { metadata })),
    delete: (keys) => all(keys, (key) => namespace.delete(key)),
    close: () => proxy.value.dispose(),
  })
}

type Namespace = {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { metadata: Row['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
}

const isNamespace = (value: unknown): value is Namespace =>
  typeof value === 'object' && value !== null && 'get' in value && 'put' in value && 'delete' in value

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
