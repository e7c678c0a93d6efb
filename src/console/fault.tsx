/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { Note } from './parts/index.ts'
import type { ApiFault, Shown } from './visit.ts'

/** A page that says why there is nothing to see, in the words of the API. */
export const faultOf = ({ status, why }: ApiFault): Shown => ({
  title: TITLES[status] ?? 'This did not work',
  status,
  body: <Note kind="problem">{why}</Note>,
})

const TITLES: Readonly<Record<number, string>> = {
  403: 'Your key may not do this',
  404: 'Not found',
  409: 'Refused',
  412: 'Somebody else was faster',
  422: 'Not valid',
  503: 'Not reachable',
}
