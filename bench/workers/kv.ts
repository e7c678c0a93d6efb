/** Workers KV as workerd asks for it over HTTP, from values in the configuration, in base64: what is measured is the Worker, not KV. */
export default {
  async fetch(request: Request, env: { VALUES: Record<string, string> }): Promise<Response> {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1))
    const value = env.VALUES[key]
    if (value === undefined) return new Response(null, { status: 404 })
    return new Response(Uint8Array.from(atob(value), (octet) => octet.charCodeAt(0)))
  },
}
