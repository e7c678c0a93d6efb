import type { Child } from 'hono/jsx'
import type { Key, Operation } from '../keys/index.ts'
import type { Address } from '../net/index.ts'
import type { Result } from '../result.ts'
import type { Theme } from './theme.ts'

/** A request of somebody who is signed in, as pages see it. */
export type Visit = {
  readonly url: URL
  /** The parts of the path that the page's row names: `:zone`. They are decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly key: Key
  /** The address that the request came from. */
  readonly address: Address
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly theme: Theme
  /** The token that forms carry, and islands in the header X-Form-Token. */
  readonly formToken: string
  /** True for a session of the console, which can be ended here; people of Cloudflare Access sign out there. */
  readonly hasSession: boolean
  readonly may: (operation: Operation) => boolean
  /** True if queries are counted here, and can be read. */
  readonly hasTraffic: boolean
  /** Asks the API as this visitor. @param path below the host: `/api/v1/health` */
  readonly api: (path: string, init?: RequestInit) => Promise<Response>
  /** Reads JSON from the API. @param seeHeaders gets the headers of the reply */
  readonly read: <T>(
    path: string,
    init?: RequestInit,
    seeHeaders?: (headers: Headers) => void,
  ) => Promise<Result<T, ApiFault>>
}

/** A refusal of the API: its status, and its words, which name what would be right. */
export type ApiFault = { readonly status: number; readonly why: string }

/** A page as it is shown. */
export type Shown = {
  readonly title: string
  readonly status?: number
  readonly body: Child
  /** The paths of the islands' scripts. The page shows what it has without them. */
  readonly scripts?: readonly string[]
  /** True if a browser draws nothing before the scripts have run: they hide what takes long to draw. */
  readonly drawsAfterScripts?: boolean
  /** The paths of style sheets beside the console's own. */
  readonly styles?: readonly string[]
}

/** The code of a page, which is loaded with its first visit. */
export type PageCode = {
  readonly show: (visit: Visit) => Promise<Shown | Response>
  /**
   * Acts on a form that was sent to the page's own path. Its token was checked. A form that was acted on ends in
   * `done`.
   */
  readonly act?: (visit: Visit, form: URLSearchParams) => Promise<Shown | Response>
}

/** A row of the table of pages. */
export type Page = {
  /** The path, where `:name` stands for one segment. */
  readonly path: string
  readonly title: string
  /** True for a page that the navigation lists. */
  readonly isListed: boolean
  /** Tells what a key has to be allowed, so that the page has something to show; undefined for any key. */
  readonly needs?: Operation
  /** Octets of a form, if it may be longer than those of other pages. */
  readonly maxFormBytes?: number
  /** True for a page that is there only where queries are counted, and can be read. */
  readonly isOfTraffic?: true
  readonly load: () => Promise<PageCode>
}
