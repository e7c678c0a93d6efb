import {
  byTables,
  byTexts,
  COPIED,
  HostObject,
  type HostType,
  hostType,
  innerValue,
  type LuaTable,
  type LuaValue,
  objectArgument,
  type Run,
  type TableEntry,
  tableArgument,
  textArgument,
  typeOf,
} from '../lua-vm/index.ts'
import { maskAddress, type Prefix, parsePrefix } from '../net/index.ts'
import {
  type Combo,
  comboAddress,
  comboArgument,
  compareWith,
  formatCombo,
  isInPrefix,
  type Origin,
} from './address.ts'
import { clientOf } from './client.ts'
import type { QueryInput } from './query-input.ts'

/** PowerDNS's Netmask: without host bits, whatever it was made of. */
type Netmask = { readonly prefix: Prefix; readonly origin: Origin | undefined }

export const NETMASK: HostType<Netmask> = hostType<Netmask>(
  'Netmask',
  {
    empty: () => false,
    getBits: (self) => self.prefix.length,
    getMaskedNetwork: (self) => networkOf(self),
    getNetwork: (self) => networkOf(self),
    isIPv4: (self) => self.prefix.family === 1,
    isIPv6: (self) => self.prefix.family === 2,
    isIpv4: (self) => self.prefix.family === 1,
    isIpv6: (self) => self.prefix.family === 2,
    match: [
      byTexts(COPIED),
      (self, args, run, name) => {
        const combo = comboArgument(args, 1, name, run)
        compareWith(combo, [observed(self)])
        return isInPrefix(combo.address, self.prefix)
      },
    ],
    toString: (self: Netmask) => textOf(self),
  },
  {
    equal: (a, b) => {
      const [left, right] = [observed(a), observed(b)]
      return left.length === right.length && isInPrefix(left, right)
    },
    text: textOf,
    steps: () => 1,
  },
)

export const networkObject = (prefix: Prefix, origin?: Origin): HostObject<Netmask> =>
  new HostObject(NETMASK, { prefix, origin })

function observed({ prefix, origin }: Netmask): Prefix {
  origin?.read(origin.who)
  return prefix
}

function textOf(self: Netmask): string {
  const prefix = observed(self)
  return `${formatCombo(prefix)}/${prefix.length}`
}

const networkOf = ({ prefix, origin }: Netmask): HostObject<Combo> =>
  comboAddress(maskAddress(prefix, prefix.length), 0, origin && { ...origin, bits: prefix.length })

export function newNetmask(args: readonly LuaValue[], run: Run, name: string): HostObject<Netmask> {
  return networkObject(prefixFromText(textArgument(args, 0, name, run), name, run))
}

/** An IPv6 address of eight groups, one of them with dots, in brackets, with a port and a length. */
const MAX_NETWORK_TEXT = 64

/** The steps to describe an error, which takes longer than to read the text. */
const STEPS_A_REFUSAL = 16

/** The last networks read from text: the same lists come with every query. */
const known = new Map<string, Prefix>()

function prefixFromText(text: string, name: string, run: Run): Prefix {
  // Less than reading one takes: most are cached.
  run.chargeSteps(text.includes(':') ? 16 : 2)
  if (text.length > MAX_NETWORK_TEXT) throw run.fail(`${name}: a text of ${text.length} octets is not a network`)
  const last = known.get(text)
  if (last) return last
  // PowerDNS accepts brackets, and a port after them.
  const [, inner, length = ''] = /^\[([^\]]*:[^\]]*)\](?::\d{0,5})?(\/\d+)?$/.exec(text) ?? []
  const parsed = parsePrefix(inner === undefined ? text : inner + length, 'as written')
  if (!parsed.ok) {
    run.chargeSteps(STEPS_A_REFUSAL)
    throw run.fail(`${name}: ${parsed.error}`)
  }
  if (known.size >= 4096) known.clear()
  known.set(text, parsed.value)
  return parsed.value
}

// --- groups ---------------------------------------------------------------------------------------------------------

/** PowerDNS's NetmaskGroup: the longest network that an address is in decides. */
type NetmaskGroup = { readonly prefix: Prefix; readonly isIn: boolean }[]

const NETMASK_GROUP: HostType<NetmaskGroup> = hostType<NetmaskGroup>(
  'NetmaskGroup',
  {
    addMask: [
      byTexts(COPIED),
      (self, args, run, name) => {
        addMask(self, args[1], name, run)
        return []
      },
    ],
    addMasks: [
      byTables(1, COPIED),
      (self, args, run, name) => {
        addMasks(self, tableArgument(args, 1, name, run), name, run)
        return []
      },
    ],
    match: [byTexts(COPIED), (self, args, run, name) => isInGroup(self, comboArgument(args, 1, name, run), run)],
  },
  { steps: () => 0 },
)

/** `newNMG`: a group of the networks in a list, if there is one; those that begin with `!` are not in it. */
export function newNMG(args: readonly LuaValue[], run: Run, name: string): HostObject<NetmaskGroup> {
  const group: NetmaskGroup = []
  if (args[0] !== undefined) addMasks(group, tableArgument(args, 0, name, run), name, run)
  return new HostObject(NETMASK_GROUP, group)
}

function addMasks(group: NetmaskGroup, list: LuaTable, name: string, run: Run): void {
  for (const entry of list.entries(run)) addMask(group, elementOf(entry, name, run), name, run)
}

/** The element of a list: PowerDNS fails at keys that are not numbers. */
function elementOf([key, element]: TableEntry, name: string, run: Run): LuaValue {
  if (typeof key !== 'number') throw run.fail(`${name}: the list has a ${typeOf(key)} as a key; expected a list`)
  return element
}

function addMask(group: NetmaskGroup, value: LuaValue, name: string, run: Run): void {
  run.chargeBytes(32)
  const netmask = innerValue(value, NETMASK)
  if (netmask) {
    group.push({ prefix: observed(netmask), isIn: true })
    return
  }
  const text = networkText(value, name, run)
  const isIn = !text.startsWith('!')
  group.push({ prefix: prefixFromText(isIn ? text : text.slice(1), name, run), isIn })
}

function networkText(value: LuaValue, name: string, run: Run): string {
  if (typeof value !== 'string') throw run.fail(`${name}: a ${typeOf(value)} is not a network; expected a text`)
  return value
}

export function isInGroup(group: NetmaskGroup, combo: Combo, run: Run): boolean {
  run.chargeSteps(group.length)
  compareWith(
    combo,
    group.map(({ prefix }) => prefix),
  )
  let best: NetmaskGroup[number] | undefined
  for (const mask of group) {
    const isLonger = !best || mask.prefix.length >= best.prefix.length
    if (isLonger && isInPrefix(combo.address, mask.prefix)) best = mask
  }
  return best?.isIn ?? false
}

export const groupArgument = (args: readonly LuaValue[], at: number, name: string, run: Run): NetmaskGroup =>
  objectArgument(args, at, name, run, NETMASK_GROUP)

/** `netmask(list)`: true if the client is in one of the networks. */
export const netmask = (query: QueryInput, args: readonly LuaValue[], run: Run, name: string): boolean =>
  isInNetmasks(tableArgument(args, 0, name, run), clientOf(query), name, run)

/** True if the client is in one of the networks; those behind the first match are not read. */
export function isInNetmasks(list: LuaTable, client: Combo, name: string, run: Run): boolean {
  const compared: Prefix[] = []
  try {
    for (const entry of list.entries(run)) {
      const prefix = prefixFromText(networkText(elementOf(entry, name, run), name, run), name, run)
      compared.push(prefix)
      if (isInPrefix(client.address, prefix)) return true
    }
    return false
  } finally {
    // If a text is not a network, the client was in no network before it.
    compareWith(client, compared)
  }
}
