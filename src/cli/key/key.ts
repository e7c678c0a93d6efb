import { columns } from '../../columns.ts'
import type { NewKey, ShownKey } from '../../keys/index.ts'
import { printable } from '../../printable.ts'
import type { Result } from '../../result.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'

export type KeyAction =
  | { readonly kind: 'create'; readonly wanted: NewKey }
  | { readonly kind: 'list' }
  | { readonly kind: 'revoke'; readonly id: string }

/** A key with its secret, which is told once. */
export type NewSecret = ShownKey & { readonly secret: string }

/** `damaged` has the ids of values that cannot be read. */
export type KeyList = { readonly keys: readonly ShownKey[]; readonly damaged: readonly string[] }

/** The keys of a Worker: in KV, or through its API. */
export type KeyStore = {
  /** The place as messages name it. */
  readonly where: string
  readonly create: (wanted: NewKey, now: number) => Promise<Result<NewSecret>>
  readonly list: () => Promise<Result<KeyList>>
  readonly revoke: (id: string) => Promise<Result<true>>
  readonly close: () => Promise<void>
}

/** `edge-gslb key create|list|revoke`. @param now milliseconds since the epoch */
export async function keyCommand(
  action: KeyAction,
  open: () => Promise<Result<KeyStore>>,
  now: number,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const store = await open()
  if (!store.ok) return failed(store.error, console)
  try {
    switch (action.kind) {
      case 'create':
        return await create(action.wanted, store.value, now, console, isJson)
      case 'list':
        return await list(store.value, now, console, isJson)
      case 'revoke':
        return await revoke(action.id, store.value, console, isJson)
    }
  } finally {
    await store.value.close()
  }
}

/** The secret alone is on stdout, so that a script can take it. */
async function create(
  wanted: NewKey,
  store: KeyStore,
  now: number,
  console: Console,
  isJson: boolean,
): Promise<ExitStatus> {
  const created = await store.create(wanted, now)
  if (!created.ok) return failed(created.error, console)
  const { secret, ...key } = created.value
  if (isJson) console.out(JSON.stringify(created.value, null, 2))
  else {
    const ends = key.ends === undefined ? '' : `, until ${key.ends}`
    console.err(`the key ${key.name} (${key.id}) may: ${key.scopes.join(', ')}${ends}; it is in ${store.where}`)
    console.err('its secret, which is shown this once:')
    console.out(secret)
  }
  return EXIT.OK
}

async function list(store: KeyStore, now: number, console: Console, isJson: boolean): Promise<ExitStatus> {
  const listed = await store.list()
  if (!listed.ok) return failed(listed.error, console)
  const { keys, damaged } = listed.value
  if (isJson) console.out(JSON.stringify({ keys, ...(damaged.length > 0 && { damaged }) }, null, 2))
  else if (keys.length === 0) console.out(`no keys in ${store.where}`)
  else for (const line of columns(keys.map((key) => rowOf(key, now)))) console.out(line)
  for (const id of damaged)
    console.err(`warning: the key ${printable(id)} cannot be read, and opens nothing; expected that it is revoked`)
  return EXIT.OK
}

const rowOf = ({ id, name, scopes, created, ends }: ShownKey, now: number): string[] => [
  id,
  printable(name),
  printable(scopes.join(' ')),
  created === undefined ? '' : `made ${day(created)}`,
  ends === undefined ? '' : `${Date.parse(ends) <= now ? 'ended' : 'ends'} ${day(ends)}`,
]

const day = (time: string): string => time.slice(0, 10)

async function revoke(id: string, store: KeyStore, console: Console, isJson: boolean): Promise<ExitStatus> {
  const revoked = await store.revoke(id)
  if (!revoked.ok) return failed(revoked.error, console)
  if (isJson) console.out(JSON.stringify({ revoked: id }, null, 2))
  else console.out(`revoked ${id} in ${store.where}; around the world it may be taken for a minute more`)
  return EXIT.OK
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}`)
  return EXIT.FAILED
}
