import type { Reply } from '../zone/query-path.ts'

/** The format of a reply: the message itself, or the JSON of Cloudflare or of Google, whose code few queries need. */
export type Format = {
  readonly kind: 'message' | 'cloudflare-json' | 'google-json'
  readonly mediaType: string
  readonly body: (reply: Reply) => BodyInit
  /** Responses of this format without a body, for `writeResponse`. */
  readonly templates: Map<number, Response>
}

export const MESSAGE: Format = {
  kind: 'message',
  mediaType: 'application/dns-message',
  body: ({ message }) => message as BodyInit,
  templates: new Map(),
}

/** Returns the type of a Content-Type or Accept field, without its parameters. */
export const mediaType = (field: string): string => (field.split(';')[0] as string).trim().toLowerCase()
