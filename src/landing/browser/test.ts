import { byId, element } from './elements.ts'
import { queryFor } from './query.ts'

const TIMEOUT_MS = 10_000
const MAX_SHOWN_RECORDS = 50
const MAX_SHOWN_CHARS = 500

/** Shows the form that asks the endpoint. @param path returns the endpoint's path */
export function showTest(path: () => string): void {
  const form = byId('test-form', HTMLFormElement)
  const name = byId('test-name', HTMLInputElement)
  const type = byId('test-type', HTMLSelectElement)
  const result = byId('test-result', HTMLOutputElement)
  const names = new Map(Array.from(type.options, ({ value, text }) => [Number(value), text]))
  let last = 0
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const turn = ++last
    result.replaceChildren(element('p', 'Asking …'))
    const told = await ask(path(), name.value.trim(), Number(type.value), names)
    if (turn === last) result.replaceChildren(...told)
  })
  form.hidden = false
}

type Names = ReadonlyMap<number, string>

/** Asks as DoH clients do, for the reply as JSON. Returns it as text, or the reason why there is none. */
async function ask(path: string, name: string, type: number, typeNames: Names): Promise<HTMLElement[]> {
  const query = queryFor(name, type)
  if ('why' in query) return problem(`“${name}” cannot be asked for: ${query.why}`)
  const begun = performance.now()
  try {
    const response = await fetch(`${path}?dns=${query.dns}`, {
      headers: { Accept: 'application/dns-json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    const ms = Math.round(performance.now() - begun)
    if (!response.ok) return problem(`No DNS reply: HTTP ${response.status}, ${text.slice(0, MAX_SHOWN_CHARS)}`)
    return shown(JSON.parse(text), ms, typeNames)
  } catch (error) {
    return problem(`No reply: ${error instanceof Error ? error.message : error}`)
  }
}

const problem = (text: string): HTMLElement[] => [element('p', text, 'problem')]

type Record = { readonly name: string; readonly type: number; readonly TTL: number; readonly data: string }

/** The parts of Cloudflare's JSON that are shown. */
type Reply = { readonly Status: number; readonly Answer?: readonly Record[]; readonly Comment?: readonly string[] }

function shown({ Status, Answer = [], Comment = [] }: Reply, ms: number, typeNames: Names): HTMLElement[] {
  const count = `${Answer.length} ${Answer.length === 1 ? 'record' : 'records'}`
  const heading = element('p', `${RCODES[Status] ?? `rcode ${Status}`}, ${count}, ${ms} ms`)
  const comments = Comment.map((text) => element('p', text))
  if (Answer.length === 0) return [heading, ...comments]
  const list = document.createElement('ul')
  for (const { name, type, TTL, data } of Answer.slice(0, MAX_SHOWN_RECORDS)) {
    list.append(element('li', `${name} ${TTL} ${typeNames.get(type) ?? `TYPE${type}`} ${data}`))
  }
  if (Answer.length > MAX_SHOWN_RECORDS) list.append(element('li', `and ${Answer.length - MAX_SHOWN_RECORDS} more`))
  return [heading, list, ...comments]
}

/** RFC 1035 §4.1.1: the rcodes that answers have here, by number. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
