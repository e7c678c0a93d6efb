import { formatName, type NameKey, type Rdata, splitFields, TYPE, WILDCARD_LABEL } from '../dns/index.ts'
import { targetOf } from './target.ts'

/**
 * Returns the target that a check probes for a record: its address, or the host that it names, with its port; undefined
 * if there is nothing to probe.
 */
export function probeTarget(type: number, rdata: Rdata, owner: NameKey): string | undefined {
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA:
      return rdata.text
    case TYPE.CNAME:
    case TYPE.ALIAS:
      return withoutDot(formatName(targetOf(rdata).key))
    case TYPE.NS:
    case TYPE.MX:
    case TYPE.PTR: {
      const [placed] = rdata.names
      return placed && withoutDot(formatName(placed.name.key))
    }
    // Names of all others are never compressed (RFC 3597 §4), and so are not among the names.
    case TYPE.SRV: {
      const [, , port, target] = fieldsOf(rdata)
      return withPort(target, port)
    }
    case TYPE.SVCB:
    case TYPE.HTTPS: {
      const [priority, target, ...params] = fieldsOf(rdata)
      // RFC 9460 §2.4.2, §2.5: AliasMode has no parameters, and the root then means that there is no service; else it
      // is the owner.
      if (priority === '0') return withPort(target, undefined)
      const port = params.find((param) => param.startsWith('port='))?.slice('port='.length)
      return withPort(target === '.' && !owner.startsWith(WILDCARD_LABEL) ? formatName(owner) : target, port)
    }
    case TYPE.NAPTR: {
      const [, , flags = '', , , target] = fieldsOf(rdata)
      // RFC 3404 §4.3: the other flags lead to no host.
      return flags.toUpperCase() === 'A' ? withPort(target, undefined) : undefined
    }
    default:
      return undefined
  }
}

function fieldsOf({ text }: Rdata): readonly string[] {
  const fields = splitFields(text)
  return fields.ok ? fields.value.map((field) => field.text) : []
}

/** Undefined for the root: no service, or no mail (RFC 2782, RFC 7505). */
const withoutDot = (name: string): string | undefined => (name === '.' ? undefined : name.slice(0, -1))

function withPort(target = '.', port: string | undefined): string | undefined {
  const host = withoutDot(target)
  return host && (port === undefined ? host : `${host}:${port}`)
}
