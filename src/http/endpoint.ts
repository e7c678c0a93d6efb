import type { Platform } from './origin.ts'

/** The place of DNS over HTTPS in this Worker, and the platform that it runs on. It is made once for all requests. */
export type Endpoint = {
  readonly platform: Platform
  /** The path: `/dns-query`. */
  readonly path: string
  /** The same with what is before the message of a GET: `/dns-query?dns=`. */
  readonly get: string
}

export const endpointAt = (path: string, platform: Platform): Endpoint => ({ platform, path, get: `${path}?dns=` })
