import { Hono } from 'hono'

/** The least that a DoH Worker with a router can be: a route of GET, one of POST, a constant reply. */
const REPLY = Uint8Array.from([0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const HEADERS = { 'Content-Type': 'application/dns-message' }

const app = new Hono()
app.get('/dns-query', (c) => c.body(REPLY, 200, HEADERS))
app.post('/dns-query', async (c) => {
  await c.req.arrayBuffer()
  return c.body(REPLY, 200, HEADERS)
})

export default app
