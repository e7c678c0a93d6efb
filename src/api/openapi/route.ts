import type { Context } from 'hono'
import { accepted, JSON_TYPE } from '../own/media.ts'
import { openApi } from './document.ts'
import { yamlOf } from './yaml.ts'

/** RFC 9512 has application/yaml; PowerDNS sends text/x-yaml, and clients ask for text/yaml. */
const YAML_TYPES = ['application/yaml', 'text/yaml', 'text/x-yaml', 'application/x-yaml'] as const

/** `GET /api/docs`: this API, as OpenAPI 3.1. YAML, or JSON if Accept prefers that, as in PowerDNS. */
export function docsRoute(c: Context): Response {
  const type = accepted(c, [...YAML_TYPES, JSON_TYPE])
  if (!type.ok) return type.error
  const document = openApi(new URL(c.req.url).origin)
  const body = type.value === JSON_TYPE ? `${JSON.stringify(document, null, 2)}\n` : yamlOf(document)
  return new Response(body, {
    headers: {
      'Cache-Control': 'no-store',
      'Content-Type': type.value,
      Vary: 'Accept',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
