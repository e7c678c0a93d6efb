import { formatName, type Rdata, TYPE } from '../dns/index.ts'

/**
 * What a record leads to, as a check's target: its address, or the host that it names, with the port that SRV gives.
 * Undefined where it leads to nothing that could be probed.
 */
export function probeTarget(type: number, { text, names }: Rdata): string | undefined {
  if (type === TYPE.A || type === TYPE.AAAA) return text
  switch (type) {
    case TYPE.CNAME:
    case TYPE.NS:
    case TYPE.MX:
    case TYPE.PTR: {
      const [placed] = names
      return placed && withoutDot(formatName(placed.name.key))
    }
    case TYPE.SRV: {
      // Its name is never compressed (RFC 2782), and so is not among the names.
      const [, , port, target = '.'] = text.split(' ')
      const host = withoutDot(target)
      return host && `${host}:${port}`
    }
    default:
      return undefined
  }
}

/** Undefined for the root: no service, or no mail (RFC 2782, RFC 7505). */
const withoutDot = (name: string): string | undefined => (name === '.' ? undefined : name.slice(0, -1))
