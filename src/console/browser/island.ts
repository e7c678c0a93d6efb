/** Returns the data that the page has for an island. @throws if the page has none under this id */
export function dataOf<T>(id: string): T {
  const text = document.getElementById(id)?.textContent
  if (text == null) throw new Error(`the page has no data with the id ${id}`)
  return JSON.parse(text) as T
}

/** A reply of the API, or its words for what is wrong. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }

const TIMEOUT_MS = 30_000

/** Asks the API as the session: `health/events` is `/api/v1/health/events`. Changes carry the token of the page. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<Reply<T>> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="form-token"]')?.content ?? ''
  const headers = new Headers(init.headers)
  if (init.method !== undefined && init.method !== 'GET') headers.set('X-Form-Token', token)
  try {
    const response = await fetch(`/console/data/${path}`, {
      ...init,
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.ok) return { ok: true, value: JSON.parse(text || 'null') as T }
    return { ok: false, error: reasonIn(text) || `HTTP ${response.status}` }
  } catch (error) {
    return { ok: false, error: `there is no reply: ${error instanceof Error ? error.message : error}` }
  }
}

function reasonIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly error?: string }).error ?? text
  } catch {
    return text.trim()
  }
}

/** Tells those who do not see the page what happened. */
export function tell(text: string): void {
  const status = document.getElementById('status')
  if (status) status.textContent = text
}
