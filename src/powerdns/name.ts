import { escapeBytes, keyOf, type NameKey, parseName, ROOT } from '../dns/index.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import {
  byTexts,
  COPIED,
  HostObject,
  type HostType,
  hostType,
  LuaError,
  type LuaValue,
  objectArgument,
  type Run,
  tableOf,
  textArgument,
} from '../lua-vm/index.ts'

/** PowerDNS's DNSName: `chopOff` changes it. The wire form of the empty name, which is not the root, is empty. */
type DnsName = { wire: Uint8Array }

export const DNS_NAME: HostType<DnsName> = hostType<DnsName>(
  'DNSName',
  {
    canonCompare: [byTexts(COPIED), (self, args, run, name) => canonicallyLess(self, other(args, name, run))],
    /** Takes the first label away; false for the root. */
    chopOff: (self) => {
      const [length] = self.wire
      if (!length) return false
      self.wire = self.wire.subarray(length + 1)
      return true
    },
    countLabels: (self) => labelsOf(self).length,
    equal: [
      byTexts(COPIED),
      (self, args, run, name) => key(self) === key(nameFromText(textArgument(args, 1, name, run), run)),
    ],
    getRawLabels: (self, _, run) => tableOf(labelsOf(self), run),
    isPartOf: [byTexts(COPIED), (self, args, run, name) => isPartOf(self, other(args, name, run))],
    makeRelative: [byTexts(COPIED), (self, args, run, name) => dnsName(relativeTo(self, other(args, name, run)))],
    toString: (self: DnsName, _: readonly LuaValue[], run: Run) => textOfName(self, run),
    toStringNoDot: (self, _, run) => textOfName(self, run).slice(0, -1),
    wireLength: (self) => self.wire.length,
    wirelength: (self) => self.wire.length,
  },
  {
    equal: (a, b) => key(a) === key(b),
    // PowerDNS's order, by the octets from the last to the first.
    less: (a, b) => reversed(key(a)) < reversed(key(b)),
    text: textOfName,
    steps: ({ wire }) => stepsFor(wire),
  },
)

/** The steps to read a name: a long one takes microseconds. */
export const stepsFor = (wire: Uint8Array): number => wire.length >> 1

export const dnsName = (wire: Uint8Array): HostObject<DnsName> => new HostObject(DNS_NAME, { wire })

/** `newDN`: names are absolute with or without the last dot; an empty text is the root. */
export function newDN(args: readonly LuaValue[], run: Run, name: string): HostObject<DnsName> {
  return dnsName(nameFromText(textArgument(args, 0, name, run), run).wire)
}

function nameFromText(text: string, run: Run): DnsName {
  if (text.length > MAX_NAME_TEXT) throw run.fail(`newDN: the name has ${text.length} characters`)
  if (text === '') return { wire: ROOT.wire }
  run.chargeSteps(text.length >> 1)
  // Octets that are not ASCII are themselves, not the letters of an international name; and "@" is a label.
  const escaped = text === '@' ? '\\@' : text.replace(/\\?[\x80-\xff]/g, (found) => octet(found))
  const parsed = parseName(escaped, ROOT)
  if (!parsed.ok) throw run.fail(`newDN: ${parsed.error}`)
  return { wire: parsed.value.wire }
}

/** Every octet of the longest name as `\DDD`. */
const MAX_NAME_TEXT = 4 * MAX_NAME_BYTES

const octet = (found: string): string => `\\${found.charCodeAt(found.length - 1)}`

function other(args: readonly LuaValue[], name: string, run: Run): DnsName {
  const value = objectArgument(args, 1, name, run, DNS_NAME)
  run.chargeSteps(stepsFor(value.wire))
  return value
}

const key = ({ wire }: DnsName): NameKey => keyOf(wire, 0, wire.length)

/** The octets of each label. */
export function labelsOf({ wire }: DnsName): string[] {
  const labels: string[] = []
  for (let at = 0; wire[at]; ) {
    const end = at + 1 + (wire[at] as number)
    let label = ''
    for (at++; at < end; at++) label += String.fromCharCode(wire[at] as number)
    labels.push(label)
  }
  return labels
}

/** Returns the name with its last dot, its letter case unchanged. */
function textOfName(self: DnsName, run: Run): string {
  if (self.wire.length === 0) throw new LuaError('Attempt to print an unset dnsname', run.site)
  const text = labelsOf(self)
    .map((label) => `${escapeBytes(octetsOf(label), '.\\').replaceAll(' ', '\\032')}.`)
    .join('')
  run.chargeBytes(text.length)
  return text === '' ? '.' : text
}

const octetsOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0))

function isPartOf(self: DnsName, of: DnsName): boolean {
  if (self.wire.length === 0 || of.wire.length === 0) return self.wire.length === of.wire.length
  const suffix = key(of)
  const whole = key(self)
  if (!whole.endsWith(suffix)) return false
  const from = whole.length - suffix.length
  let at = 0
  while (at < from) at += whole.charCodeAt(at) + 1
  return at === from
}

/** The labels in front of the other name; the empty name where it is not part of it. */
export function relativeTo(self: DnsName, of: DnsName): Uint8Array {
  if (!isPartOf(self, of) || self.wire.length === 0) return new Uint8Array()
  const length = self.wire.length - of.wire.length
  const own = new Uint8Array(length + 1)
  own.set(self.wire.subarray(0, length))
  return own
}

/** RFC 4034 §6.1: by the labels from the last to the first, in lower case. */
function canonicallyLess(a: DnsName, b: DnsName): boolean {
  const [left, right] = [a, b].map((name) => labelsOf({ wire: octetsIn(key(name)) }).reverse()) as [string[], string[]]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left[i] as string) < (right[i] as string)
  }
  return left.length < right.length
}

const octetsIn = (text: NameKey): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const reversed = (text: string): string => [...text].reverse().join('')
