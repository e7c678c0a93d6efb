/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { PageCode } from '../visit.ts'

/** What is wrong now, then the zones. */
export const overview: PageCode = {
  show: async () => ({ title: 'Overview', body: <p>…</p> }),
}
