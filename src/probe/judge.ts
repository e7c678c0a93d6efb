import type { HttpAction, Probe } from '../health/index.ts'
import type { Head } from './reply.ts'
import { failed, type Verdict } from './verdict.ts'

/** One request of a probe. A redirect makes another hop. */
export type Hop = Probe & { readonly action: HttpAction }

/** Returns the verdict, or the head of a redirect to follow; undefined if the body decides. */
export function judge(head: Head, action: HttpAction): Verdict | Head | undefined {
  const { status, location } = head
  if (action.redirects === 'follow' && location !== undefined && REDIRECTS.has(status)) return head
  if (!action.status.some(([first, last]) => status >= first && status <= last)) {
    return failed(`status ${status}, expected ${formatStatuses(action)}`)
  }
  return undefined
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

const formatStatuses = ({ status }: HttpAction): string =>
  status.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
