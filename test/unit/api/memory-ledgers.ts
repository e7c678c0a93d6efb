import type { Author, Change, Changed, LedgerCalls, Ledgers, ListedZone, Version } from '../../../src/ledger/index.ts'
import { healthCalls } from '../../../src/lua/index.ts'
import { err, ok, type Result } from '../../../src/result.ts'
import {
  createdZone,
  parsePatch,
  patched,
  type Refusal,
  replacedZone,
  withMetadata,
} from '../../../src/rrsets/index.ts'
import { compileZone, type ZoneDocument } from '../../../src/zone/index.ts'

const NOW = Date.UTC(2026, 10, 30, 12)

/** Ledgers without storage: the newest document of each zone, changed as PowerDNS's API does, and compiled. */
export class MemoryLedgers implements Ledgers {
  readonly zones = new Map<string, MemoryLedger>()

  zone(origin: string): MemoryLedger {
    const ledger = this.zones.get(origin) ?? new MemoryLedger(origin)
    this.zones.set(origin, ledger)
    return ledger
  }

  async list(): Promise<readonly ListedZone[]> {
    return [...this.zones.values()].flatMap(({ document, versions, origin }) => {
      const newest = versions.at(-1)
      if (!document || !newest) return []
      const { kind = 'Native', account = '' } = document.api ?? {}
      const { serial, hash, time: changed, author } = newest
      return [{ origin, serial, hash, changed, author, kind, account }]
    })
  }
}

export class MemoryLedger implements LedgerCalls {
  document: ZoneDocument | undefined
  readonly versions: Version[] = []
  readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  async read() {
    const version = this.versions.at(-1)
    return this.document && version && { version, text: JSON.stringify(this.document) }
  }

  async change(change: Change, author: Author): Promise<Changed> {
    const before = this.document
    if (before === undefined && change.kind !== 'create')
      return refused({ status: 404, error: 'there is no such zone' })
    const next = nextDocument(change, before)
    if (!next.ok) return refused(next.error)
    const { document, isBumped } = next.value
    if (document !== before && document !== undefined) {
      const compiled = compileZone(document, { healthCalls })
      if (!compiled.ok) return refused({ status: 422, error: compiled.error[0]?.message ?? 'not valid' })
    }
    this.document = document
    const serial = document?.soa.serial ?? 0
    const id = this.versions.length + 1
    if (document !== before)
      this.versions.push({ id, origin: this.origin, serial, hash: String(id), time: NOW, ...author })
    const isEffective = document !== before
    const version = this.versions.at(-1) as Version
    return { kind: 'changed', isNew: !before, isEffective, version, oldSerial: before?.soa.serial, isBumped }
  }

  async history() {
    return [...this.versions].reverse()
  }

  async past() {
    return undefined
  }

  async notice() {
    return { kind: 'same' as const }
  }

  /** Puts a document, as `publish` does. */
  put(input: object): void {
    const compiled = compileZone(input, { healthCalls })
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
    this.document = compiled.value.document
    this.versions.push({ id: 1, origin: this.origin, serial: 1, hash: '1', time: NOW, author: 'publish' })
  }
}

const refused = ({ status, error, errors }: Refusal): Changed => ({
  kind: 'refused',
  status,
  error,
  ...(errors && { details: errors }),
})

type Next = { readonly document: ZoneDocument | undefined; readonly isBumped: boolean }

function nextDocument(change: Change, before: ZoneDocument | undefined): Result<Next, Refusal> {
  if (change.kind === 'delete') return ok({ document: undefined, isBumped: false })
  if (change.kind === 'create') {
    if (before) return err({ status: 409, error: 'Conflict' })
    const made = createdZone(change.body, { now: NOW })
    return made.ok ? ok({ document: made.value, isBumped: false }) : made
  }
  const made = before ? edited(change, before) : err({ status: 404 as const, error: 'Not Found' })
  return made.ok ? ok({ document: made.value.document, isBumped: made.value.serial !== undefined }) : made
}

function edited(change: Change, before: ZoneDocument) {
  if (change.kind === 'metadata') return withMetadata(before, change.name, change.values, change.add)
  if (change.kind === 'replace') return replacedZone(before, change.body, { now: NOW })
  if (change.kind !== 'patch') throw new Error(`not a change of PowerDNS's API: ${change.kind}`)
  const changes = parsePatch(change.body)
  return changes.ok ? patched(before, changes.value, { now: NOW }) : changes
}
