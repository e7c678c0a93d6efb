import { type CheckReference, effectiveTimes } from '../health/index.ts'
import { USER_AGENT } from './check-options.ts'
import { type Http, type Member, type Option, option, type Probed, type Refusal } from './print-refusal.ts'

/** Reads checks back into the options and URLs that they were made of. */
export class CheckPrinter {
  private readonly refusal: Refusal

  constructor(refusal: Refusal) {
    this.refusal = refusal
  }

  checkOf(reference: CheckReference | readonly CheckReference[]): Probed | undefined {
    const [check, ...more] = [reference].flat() as CheckReference[]
    if (more.length > 0) return this.refusal.refuse('several checks; expected one')
    if (typeof check === 'string')
      return this.refusal.refuse(`the check "${check}" by its name; expected it written out`)
    if (check?.kind === 'tcp' || check?.kind === 'http' || check?.kind === 'https') return check
    return this.refusal.refuse(`a check of kind ${check?.kind} is not in PowerDNS; expected tcp, http or https`)
  }

  tcpOptions(check: Extract<Probed, { kind: 'tcp' }>): readonly Option[] | undefined {
    return this.refusal.hasOnly('check', check, ['port', ...PROBING]) ? this.probing(check) : undefined
  }

  ownOptions(check: Probed): readonly Option[] | undefined {
    if (check.kind === 'tcp') return this.refusal.refuse('checks of kind tcp in members; expected one in the pool')
    return this.httpOptions(check, [])
  }

  /** @param more fields beyond those that options have */
  httpOptions(check: Http, more: readonly string[]): readonly Option[] | undefined {
    const own = ['path', 'redirects', 'status', 'body', 'userAgent', 'bytes', 'headers', 'verify']
    if (!this.refusal.hasOnly('check', check, [...own, ...more, ...PROBING], { method: 'GET' })) return undefined
    const { status, body, userAgent = 'edge-gslb', bytes, headers = {} } = check
    if (status !== undefined && typeof status !== 'number') {
      return this.refusal.refuse(`"status": ${JSON.stringify(status)} is not a valid httpcode; expected one number`)
    }
    if (body && !('contains' in body))
      return this.refusal.refuse('a pattern is not a valid stringmatch; expected "contains"')
    if (bytes === 0) return this.refusal.refuse('"bytes": 0 means no limit in PowerDNS; expected more, or no "bytes"')
    const underlined = Object.keys(headers).find((name) => name.includes('_'))
    if (underlined !== undefined) {
      return this.refusal.refuse(`PowerDNS makes - of the _ in the header ${underlined}; expected another name`)
    }
    const probing = this.probing(check)
    return (
      probing && [
        ...probing,
        ...option('httpcode', status),
        ...option('stringmatch', body?.contains),
        ...option('useragent', userAgent, USER_AGENT),
        ...option('byteslimit', bytes),
        ...option('headers', Object.keys(headers).length > 0 ? headers : undefined),
        ...option('redirects', check.redirects ?? 'refuse', 'follow'),
        ...option('verify', check.kind === 'https' ? `${check.verify ?? true}` : undefined, 'false'),
      ]
    )
  }

  private probing(check: Probed): readonly Option[] | undefined {
    const { initially = 'up', from, quorum } = check
    const { interval, timeout, fall, rise, first } = effectiveTimes(check)
    const numbers = { interval, timeout, fall, rise }
    for (const [name, value] of Object.entries(numbers)) {
      if (!Number.isInteger(value)) {
        return this.refusal.refuse(`"${name}": ${value} is not in PowerDNS; expected a whole number`)
      }
    }
    return [
      ...option('timeout', timeout, 2),
      ...option('interval', interval, 5),
      ...option('minimumFailures', fall, 1),
      ...option('initially', initially, 'down'),
      ...option('rise', rise, 1),
      ...option('first', first, 'counts'),
      ...option('from', from?.join(',')),
      ...option('quorum', quorum),
    ]
  }

  /** The address is given, so that the URL only says how to ask it. */
  pinnedUrl({ kind, host, port, path = '/' }: Http): string | undefined {
    if (host === undefined) return this.refusal.refuse('a check without "host"; expected the name that its URL has')
    const url = this.urlOf(kind, host, path)
    if (!url) return undefined
    if ((url.port === '' ? undefined : Number(url.port)) === port) return url.href
    const own = port === undefined ? 'no port' : `the port ${port}`
    return this.refusal.refuse(`${own} beside the host ${host}; expected the same port in both, where it is unusual`)
  }

  ownUrl({ check, target }: Member): string | undefined {
    const { kind, path = '/' } = this.checkOf(check as CheckReference) as Http
    if (target === undefined)
      return this.refusal.refuse('a check of its own without a "target"; expected the host of its URL')
    return this.urlOf(kind, target, path)?.href
  }

  /** Returns the URL that is read as just that. */
  private urlOf(kind: 'http' | 'https', host: string, path: string): URL | undefined {
    const text = `${kind}://${host}${path}`
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url && url.href === text && url.host === host && url.pathname + url.search === path) return url
    return this.refusal.refuse(
      `${text} is not a URL, or is written in other ways; expected host and path as a URL has them`,
    )
  }
}

const PROBING = ['interval', 'timeout', 'fall', 'rise', 'first', 'initially', 'from', 'quorum']
