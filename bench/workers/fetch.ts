/**
 * The least that any DoH Worker can be: it reads the octets of the query, and returns a constant reply with the two
 * headers that RFC 8484 asks for.
 */
export default {
  fetch(request: Request): Response | Promise<Response> {
    if (request.method === 'POST') return request.arrayBuffer().then((query) => reply(new Uint8Array(query)))
    const { url } = request
    return reply(Uint8Array.fromBase64(url.slice(url.indexOf(DNS) + DNS.length), { alphabet: 'base64url' }))
  },
}

const DNS = '?dns='

/** The ID comes from the query, so that its octets are used. */
function reply(query: Uint8Array): Response {
  const message = Uint8Array.from([query[0] as number, query[1] as number, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  const headers = { 'Content-Type': 'application/dns-message', 'Cache-Control': 'private, max-age=300' }
  return new Response(message, { headers })
}
