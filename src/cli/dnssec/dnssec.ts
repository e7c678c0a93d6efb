import { columns } from '../../columns.ts'
import { printable } from '../../printable.ts'
import { err, ok, type Result } from '../../result.ts'
import { keyedOrigin } from '../../store/index.ts'
import { exportKeys, type KeyChange, type KeyFormat, type KeyStatus } from '../../zone-keys/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { writeKeyFiles } from './key-files.ts'
import type { DnssecStore } from './store.ts'

export type DnssecAction =
  | { readonly kind: 'change'; readonly zones: readonly string[]; readonly changes: readonly KeyChange[] }
  /** Without zones: all. */
  | { readonly kind: 'status'; readonly zones: readonly string[] }
  | { readonly kind: 'ds'; readonly zones: readonly string[] }
  | { readonly kind: 'export'; readonly zone: string; readonly format: KeyFormat; readonly folder: string | undefined }

/** `edge-gslb dnssec …`. @param secret opens private keys for `export` */
export async function dnssecCommand(
  action: DnssecAction,
  open: () => Promise<Result<DnssecStore>>,
  secret: string | undefined,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const origins = originsOf(action.kind === 'export' ? [action.zone] : action.zones)
  if (!origins.ok) return failed(origins.error, console, EXIT.USAGE)
  const store = await open()
  if (!store.ok) return failed(store.error, console)
  try {
    switch (action.kind) {
      case 'change':
        return await change(action.changes, origins.value, store.value, console, isJson)
      case 'status':
        return await status(origins.value, store.value, console, isJson)
      case 'ds':
        return await ds(origins.value, store.value, console, isJson)
      case 'export':
        return await exported(origins.value[0] ?? '', action, store.value, secret, console)
    }
  } finally {
    await store.value.close()
  }
}

function originsOf(zones: readonly string[]): Result<readonly string[]> {
  const origins: string[] = []
  for (const zone of zones) {
    const origin = keyedOrigin(zone)
    if (origin === undefined) return err(`"${zone}" is not a name; expected that of a zone, like example.com`)
    origins.push(origin)
  }
  return ok(origins)
}

async function change(
  changes: readonly KeyChange[],
  origins: readonly string[],
  store: DnssecStore,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const statuses: KeyStatus[] = []
  for (const origin of origins) {
    for (const one of changes) {
      const done = await store.change(origin, one)
      if (!done.ok) return failed(done.error, console)
      if (!isJson) for (const line of done.value.told) console.out(printable(line))
      if (one === changes.at(-1)) statuses.push(done.value.status)
    }
  }
  if (isJson) console.out(JSON.stringify(statuses, null, 2))
  return EXIT.OK
}

async function status(
  origins: readonly string[],
  store: DnssecStore,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const all = origins.length > 0 ? ok(origins) : await store.zones()
  if (!all.ok) return failed(all.error, console)
  const statuses: KeyStatus[] = []
  for (const origin of all.value) {
    const one = await store.status(origin)
    if (!one.ok) return failed(one.error, console)
    statuses.push(one.value)
  }
  if (isJson) console.out(JSON.stringify(statuses, null, 2))
  else for (const one of statuses) for (const line of statusLines(one)) console.out(printable(line))
  return EXIT.OK
}

function statusLines({ zone, enabled, keys, next, warnings }: KeyStatus): string[] {
  if (!enabled) return [`${zone} is not signed`, ...warnings.map((one) => `  ! ${one}`)]
  const rows = keys.map((key) => [
    `  key ${key.tag}`,
    `algorithm ${key.algorithm}`,
    key.flags === 257 ? (keys.some(({ flags }) => flags === 256) ? 'KSK' : 'CSK') : 'ZSK',
    key.foreign ? "another provider's" : key.active ? 'signs' : key.published ? 'published' : 'kept',
    `since ${key.since}`,
    `id ${key.id}`,
  ])
  return [
    `${zone} is signed`,
    ...columns(rows),
    ...(next ? [`  next: "dnssec ${next.command} ${zone}", safe from ${next.notBefore} on`] : []),
    ...(next?.waitsFor ? [`  ${next.waitsFor}`] : []),
    ...warnings.map((one) => `  ! ${one}`),
  ]
}

async function ds(
  origins: readonly string[],
  store: DnssecStore,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const lines: string[] = []
  for (const origin of origins) {
    const one = await store.status(origin)
    if (!one.ok) return failed(one.error, console)
    if (!one.value.enabled) return failed(`${origin}. is not signed; expected "dnssec enable" before`, console)
    lines.push(...one.value.ds)
  }
  if (isJson) console.out(JSON.stringify(lines, null, 2))
  else for (const line of lines) console.out(line)
  return EXIT.OK
}

async function exported(
  origin: string,
  { format, folder }: Extract<DnssecAction, { kind: 'export' }>,
  store: DnssecStore,
  secret: string | undefined,
  console: Console,
): Promise<ExitStatus> {
  const set = await store.keySet(origin)
  if (!set.ok) return failed(set.error, console)
  if (!set.value) return failed(`${origin}. has no keys; expected a zone that is signed`, console)
  const files = await exportKeys(set.value, secret, format)
  if (!files.ok) return failed(files.error, console)
  if (folder === undefined) {
    for (const { text, isSecret } of files.value) if (isSecret) console.out(text.trimEnd())
    return EXIT.OK
  }
  const written = writeKeyFiles(folder, files.value)
  if (!written.ok) return failed(written.error, console)
  for (const path of written.value) console.out(printable(path))
  return EXIT.OK
}

function failed(error: string, console: Console, status: ExitStatus = EXIT.FAILED): ExitStatus {
  console.err(`error: ${printable(error)}`)
  return status
}
