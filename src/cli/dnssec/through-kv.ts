import type { KeySet } from '../../dnssec/index.ts'
import { askDs, parseUpstreams } from '../../forward/index.ts'
import { KEYS_SLACK_SECONDS, USUAL_REFRESH_SECONDS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import {
  CATALOG_KEY,
  type Catalog,
  dnssecKey,
  formatCatalog,
  type KeySetPointer,
  keySetDeletes,
  keySetWrites,
  parseCatalog,
  parseKeySetPointer,
  withKeySets,
} from '../../store/index.ts'
import {
  changeStoredKeys,
  type KeyChange,
  type KeyStatus,
  keyStatus,
  largestTtl,
  type ParentDs,
  readKeys,
} from '../../zone-keys/index.ts'
import { readDocument } from '../kv/documents.ts'
import type { PublishKv } from '../kv/kv.ts'
import type { DnssecStore, KeysDone } from './store.ts'

type KeysInKvOptions = {
  readonly kv: PublishKv
  readonly where: string
  /** The secret that wraps private keys. */
  readonly secret: string | undefined
  /** UPSTREAMS of the environment: DoH servers that are asked for the DS records at the parent. */
  readonly upstreams: string | undefined
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
}

/** The keys of a zone as KV has them. */
type Held = { readonly text: string | undefined; readonly pointer: KeySetPointer | undefined }

/** The keys of zones in Workers KV, which this command writes itself, and has the catalog name. */
export function keysInKv({ kv, where, secret, upstreams, clock }: KeysInKvOptions): DnssecStore {
  const parentOf = async (origin: string): Promise<ParentDs | undefined> => {
    const urls = parseUpstreams(upstreams)
    if (!urls.ok || urls.value.length === 0) return undefined
    const records = await askDs(urls.value, origin, { fetch, timer })
    return records.ok ? records.value : undefined
  }

  const statusOf = async (origin: string): Promise<Result<KeyStatus>> => {
    const catalog = await readCatalog(kv)
    if (!catalog.ok) return catalog
    const entry = catalog.value.zones.get(origin)
    if (!entry) return err(unpublished(origin, where))
    const held = await readHeld(kv, origin)
    if (!held.ok) return held
    const set = parsed(held.value)
    if (!set.ok) return set
    const status = await keyStatus(origin, set.value, await parentOf(origin), clock())
    const isNamed = entry.dnssec === held.value.pointer?.hash
    return ok(isNamed ? status : { ...status, warnings: [...status.warnings, unnamed(origin)] })
  }

  const change = async (origin: string, asked: KeyChange): Promise<Result<KeysDone>> => {
    const catalog = await readCatalog(kv)
    if (!catalog.ok) return catalog
    if (!catalog.value.zones.has(origin)) return err(unpublished(origin, where))
    const [held, document] = [await readHeld(kv, origin), await readDocument(kv, origin)]
    if (!held.ok) return held
    if (!document.ok) return document
    const asksParent = asked.kind === 'rollover' || asked.kind === 'disable'
    const outcome = await changeStoredKeys(held.value.text, asked, {
      ...{ origin, now: clock(), maxTtl: largestTtl(document.value), secret },
      propagation: 2 * USUAL_REFRESH_SECONDS + KEYS_SLACK_SECONDS,
      parent: asksParent ? await parentOf(origin) : undefined,
    })
    if (!outcome.ok) return err(outcome.error.why)
    const { set: next, told } = outcome.value
    const written = await write(kv, origin, next, held.value, clock())
    if (!written.ok) return written
    return ok({ told, status: await keyStatus(origin, next ?? undefined, undefined, clock()) })
  }

  return {
    where,
    status: statusOf,
    change,
    close: kv.close,
    async zones() {
      const catalog = await readCatalog(kv)
      return catalog.ok ? ok([...catalog.value.zones.keys()]) : catalog
    },
    async keySet(origin) {
      const held = await readHeld(kv, origin)
      return held.ok ? parsed(held.value) : held
    },
  }
}

/** Writes the keys, then the catalog that names them, then deletes what nobody reads. */
async function write(
  kv: PublishKv,
  origin: string,
  set: KeySet | null,
  held: Held,
  now: number,
): Promise<Result<true>> {
  const text = set && JSON.stringify(set)
  const writes = text === null ? undefined : await keySetWrites(origin, text, held.pointer, now)
  for (const put of text === held.text ? [] : (writes?.puts ?? [])) {
    const written = await kv.put([put])
    if (!written.ok) return err(`${written.error}; the keys are as they were`)
  }
  // Somebody may have published meanwhile.
  const catalog = await readCatalog(kv)
  if (!catalog.ok) return catalog
  const next = withKeySets(catalog.value, [[origin, writes?.hash ?? null]])
  if (next !== catalog.value) {
    const named = await kv.put([{ key: CATALOG_KEY, value: formatCatalog(next) }])
    if (!named.ok) return err(`${named.error}; the keys were written, and the catalog was not: run the command again`)
  }
  const deletes = writes ? (text === held.text ? [] : writes.deletes) : keySetDeletes(origin)
  return deletes.length > 0 ? kv.delete(deletes) : ok(true)
}

async function readCatalog(kv: PublishKv): Promise<Result<Catalog>> {
  const text = await kv.get(CATALOG_KEY)
  if (!text.ok) return err(`the catalog in KV could not be read: ${text.error}`)
  return text.value === undefined ? err('KV has no catalog; expected published zones') : parseCatalog(text.value)
}

async function readHeld(kv: PublishKv, origin: string): Promise<Result<Held>> {
  const key = dnssecKey(origin)
  const text = await kv.get(key)
  if (!text.ok) return err(`the keys could not be read: ${text.error}`)
  if (text.value === undefined) return ok({ text: undefined, pointer: undefined })
  const listed = await kv.list(key)
  if (!listed.ok) return err(`the keys could not be read: ${listed.error}`)
  const pointer = parseKeySetPointer(listed.value.find(({ name }) => name === key)?.metadata)
  return ok({ text: text.value, pointer })
}

function parsed({ text }: Held): Result<KeySet | undefined> {
  const set = readKeys(text)
  return set.ok ? set : err(set.error.why)
}

const unpublished = (origin: string, where: string): string =>
  `${where} has no zone ${origin}.; expected one that is published`

const unnamed = (origin: string): string =>
  `the catalog does not name the keys of ${origin}. as they are: a change broke off; expected the same command again`

const timer = (ms: number, fire: () => void): (() => void) => {
  const id = setTimeout(fire, ms)
  return () => clearTimeout(id)
}
