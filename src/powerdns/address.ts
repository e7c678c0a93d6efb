import {
  BYTES,
  byTables,
  byTexts,
  COPIED,
  HostObject,
  type HostType,
  hostType,
  innerValue,
  integerArgument,
  joinable,
  LuaTable,
  type LuaValue,
  objectArgument,
  type Run,
  textArgument,
} from '../lua-vm/index.ts'
import {
  type Address,
  addressBits,
  formatAddress,
  maskAddress,
  type Prefix,
  parseAddress,
  UNKNOWN_ADDRESS,
  unmapped,
} from '../net/index.ts'

/** The addresses of a query that a script can read. */
export type Who = 'bestwho' | 'who' | 'ecswho' | 'localwho'

/**
 * Called whenever a script learns something about an address of the query: all of it, or only in which of some networks
 * it is. The scope of the answer follows from these calls; a script that reads nothing has the same answer for
 * everybody.
 */
export type Read = (who: Who, compared?: readonly Prefix[]) => void

/** The source of an address, and the number of its bits that are left. */
export type Origin = { readonly who: Who; readonly read: Read; readonly bits: number }

/** PowerDNS's ComboAddress: `truncate` changes it. */
export type Combo = { address: Address; readonly port: number; origin: Origin | undefined }

export const COMBO_ADDRESS: HostType<Combo> = hostType<Combo>(
  'ComboAddress',
  {
    /** The address alone, without the port. */
    equal: [
      byTexts(COPIED),
      (self, args, run, name) => {
        const other = objectArgument(args, 1, name, run, COMBO_ADDRESS)
        compareWith(self, [wholePrefix(other.address)])
        compareWith(other, [wholePrefix(self.address)])
        return sameAddress(self.address, other.address)
      },
    ],
    getPort: (self) => self.port,
    getRaw: (self) => String.fromCharCode(...observe(self).bytes),
    isIPv4: (self) => self.address.family === 1,
    isIPv6: (self) => self.address.family === 2,
    isMappedIPv4: (self) => unmapped(observe(self)) !== undefined,
    mapToIPv4: (self, _, run) => {
      const inner = unmapped(observe(self))
      if (!inner) throw run.fail("ComboAddress can't map non-mapped IPv6 address back to IPv4")
      return comboAddress(inner, self.port)
    },
    toString: (self: Combo) => formatCombo(observe(self)),
    toStringNoInterface: (self) => formatCombo(observe(self)),
    toStringReversed: (self) => reversed(observe(self)),
    toStringWithPort: (self) => {
      const text = formatCombo(observe(self))
      return self.address.family === 1 ? `${text}:${self.port}` : `[${text}]:${self.port}`
    },
    truncate: [
      byTexts(COPIED),
      (self, args, run, name) => {
        const most = addressBits(self.address.family)
        // PowerDNS reads an unsigned number: one below 0 is very large.
        const bits = Math.min(integerArgument(args, 1, name, run) >>> 0, most)
        self.address = maskAddress(self.address, bits)
        if (self.origin) self.origin = { ...self.origin, bits: Math.min(self.origin.bits, bits) }
        return []
      },
    ],
  },
  { text: (self) => formatCombo(observe(self)), steps: () => STEPS_AN_OBJECT },
)

export const comboAddress = (address: Address, port = 0, origin?: Origin): HostObject<Combo> =>
  new HostObject(COMBO_ADDRESS, { address: { family: address.family, bytes: address.bytes }, port, origin })

/** Reports that the script reads the whole address, or all that is left of it. */
export function observe({ address, origin }: Combo): Address {
  if (origin) {
    const all = origin.bits >= addressBits(address.family)
    origin.read(origin.who, all ? undefined : [maskAddress(address, origin.bits)])
  }
  return address
}

/** Reports that the script learns in which of some networks the address is. */
export function compareWith({ address, origin }: Combo, prefixes: readonly Prefix[]): void {
  const own = prefixes.filter((prefix) => prefix.family === address.family)
  if (!origin || own.length === 0) return
  // A truncated address reveals no more than the bits that are left.
  if (origin.bits < addressBits(address.family)) observe({ address, port: 0, origin })
  else origin.read(origin.who, own)
}

const wholePrefix = (address: Address): Prefix => ({ ...address, length: addressBits(address.family) })

export function isInPrefix(address: Address, prefix: Prefix): boolean {
  if (address.family !== prefix.family) return false
  const whole = prefix.length >> 3
  for (let i = 0; i < whole; i++) if (address.bytes[i] !== prefix.bytes[i]) return false
  const rest = prefix.length & 7
  return (
    rest === 0 || (((address.bytes[whole] as number) ^ (prefix.bytes[whole] as number)) & (0xff00 >> rest) & 0xff) === 0
  )
}

const sameAddress = (a: Address, b: Address): boolean => isInPrefix(a, wholePrefix(b))

/** Returns an address as inet_ntop writes it: an IPv4 address inside an IPv6 one with dots. */
export function formatCombo(address: Address): string {
  const inner = unmapped(address)
  return inner ? `::ffff:${formatAddress(inner)}` : formatAddress(address)
}

/** The labels of the reverse zone: octets, or nibbles. */
function reversed({ family, bytes }: Address): string {
  if (family === 1) return [...bytes].reverse().join('.')
  return [...bytes]
    .reverse()
    .map((byte) => `${(byte & 15).toString(16)}.${(byte >> 4).toString(16)}`)
    .join('.')
}

// --- making them ----------------------------------------------------------------------------------------------------

/** `newCA`: an address, with a port behind a colon, IPv6 then in brackets. */
export function newCA(args: readonly LuaValue[], run: Run, name: string): HostObject<Combo> {
  return comboOfText(textArgument(args, 0, name, run), run, true)
}

function comboOfText(text: string, run: Run, isLoose: boolean): HostObject<Combo> {
  const made = comboFromText(text, run, isLoose)
  if (!made) throw run.fail(`Unable to convert presentation address '${text.slice(0, 64)}'`)
  return made
}

/** @param isLoose true if short forms of IPv4 addresses are valid */
export function comboFromText(text: string, run: Run, isLoose = true): HostObject<Combo> | undefined {
  if (text.length > MAX_TEXT) return undefined
  run.chargeSteps(text.includes(':') ? STEPS_AN_ADDRESS : STEPS_AN_ADDRESS >> 2)
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1
  const colon = text.indexOf(':')
  const isIPv4 = bracket < 0 && colon === text.lastIndexOf(':')
  // A single colon stands before the port of an IPv4 address.
  const end = bracket > 0 ? bracket : colon >= 0 && isIPv4 ? colon : text.length
  const rest = text.slice(bracket > 0 ? end + 1 : end)
  const inner = text.slice(bracket > 0 ? 1 : 0, end)
  const address = isLoose && isIPv4 ? looseIPv4(inner) : addressIn(inner)
  if (address?.family === 1 && bracket > 0) return undefined
  const port = bracket > 0 ? /^(:\d{0,5})?$/ : /^(:\d{1,5})?$/
  if (!address || !port.test(rest) || Number(rest.slice(1)) > 65_535) return undefined
  return comboAddress(address, Number(rest.slice(1)))
}

function addressIn(text: string): Address | undefined {
  const parsed = parseAddress(text)
  return parsed.ok ? parsed.value : undefined
}

/**
 * Reads an IPv4 address as C's inet_aton does: one to four numbers, octal after 0 and hexadecimal after 0x, of which
 * the last fills the remaining octets. White space ends it, whatever follows.
 */
function looseIPv4(text: string): Address | undefined {
  const [numbers] = text.split(/\s/, 1) as [string]
  const parts = numbers.split('.')
  if (parts.length > 4 || !parts.every((part) => /^(0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined
  const values = parts.map((part) => (/^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)))
  const last = values.pop() as number
  const left = 4 - values.length
  if (values.some((value) => value > 0xff) || last >= 256 ** left) return undefined
  const rest = Array.from({ length: left }, (_, i) => Math.floor(last / 256 ** (left - 1 - i)) % 256)
  return { family: 1, bytes: Uint8Array.from([...values, ...rest]) }
}

/** An address is written, compared or copied in about a microsecond. */
const STEPS_AN_OBJECT = 1

/** Reading an IPv6 address out of a text takes many microseconds; IPv4 is quick. */
export const STEPS_AN_ADDRESS = 32

/** An IPv6 address of eight groups, one of them with dots, in brackets and with a port. */
const MAX_TEXT = 64

/** `newCAFromRaw`: 4 or 16 octets, and a port. Anything else is 0.0.0.0, as in PowerDNS. */
export function newCAFromRaw(args: readonly LuaValue[], run: Run, name: string): HostObject<Combo> {
  const raw = textArgument(args, 0, name, run)
  const port = integerArgument(args, 1, name, run, 0) & 0xffff
  if (raw.length !== 4 && raw.length !== 16) return comboAddress(UNKNOWN_ADDRESS)
  const bytes = Uint8Array.from(raw, (character) => character.charCodeAt(0))
  return comboAddress({ family: raw.length === 4 ? 1 : 2, bytes }, port)
}

const ADDRESS_SET: HostType<Set<string>> = hostType<Set<string>>(
  'ComboAddressSet',
  {
    add: [
      byTables(1, COPIED),
      (self, args, run, name) => {
        const add = (item: LuaValue): void => {
          run.chargeBytes(BYTES.entry)
          self.add(rawOf(observe(comboArgument([undefined, item], 1, name, run, true))))
        }
        if (args[1] instanceof LuaTable) for (const [, item] of args[1].entries(run)) add(item)
        else add(args[1])
        return []
      },
    ],
    check: [
      byTexts(COPIED),
      (self, args, run, name) => {
        const combo = objectArgument(args, 1, name, run, COMBO_ADDRESS)
        run.chargeSteps(self.size)
        compareWith(
          combo,
          [...self].map((raw) => wholePrefix(addressOf(raw))),
        )
        return self.has(rawOf(combo.address))
      },
    ],
  },
  { steps: () => 0 },
)

/** `newCAS`: an empty set of addresses. */
export const newCAS = (): HostObject<Set<string>> => new HostObject(ADDRESS_SET, new Set<string>())

const rawOf = (address: Address): string => String.fromCharCode(...address.bytes)

const addressOf = (raw: string): Address => ({
  family: raw.length === 4 ? 1 : 2,
  bytes: Uint8Array.from(raw, (character) => character.charCodeAt(0)),
})

/** A ComboAddress, or the text of one: as `newCA` takes it, or in full. */
export function comboArgument(args: readonly LuaValue[], at: number, name: string, run: Run, isLoose = false): Combo {
  const value = isLoose ? (joinable(args[at]) ?? args[at]) : args[at]
  if (typeof value === 'string') return comboOfText(value, run, isLoose).value
  return innerValue(value, COMBO_ADDRESS) ?? objectArgument(args, at, name, run, COMBO_ADDRESS)
}
