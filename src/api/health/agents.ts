import type { Context } from 'hono'
import { SIGNATURE_HEADERS, verify } from '../../health/index.ts'
import { readBody } from '../../http/index.ts'
import { MAX_REPORT_BYTES } from '../../limits.ts'
import type { KeyedEnv } from '../access.ts'
import { badBody } from '../bodies.ts'
import { problem } from '../replies.ts'
import type { HealthReply } from './calls.ts'
import { replied } from './replied.ts'

/** Answers an agent by its signature. @param handle gets the agent's name and the body */
export async function signed(
  c: Context<KeyedEnv>,
  handle: (agent: string, text: string) => Promise<HealthReply>,
): Promise<Response> {
  const { hasAgents, agentSecret } = c.env.health
  if (!hasAgents) return problem(404, 'no agents are known; set the secret AGENT_KEYS')
  const body = await readBody(c.req.raw, MAX_REPORT_BYTES)
  if (!body.ok) return badBody(c.req.path, body.error, MAX_REPORT_BYTES)
  const agent = c.req.param('agent') ?? ''
  const refused = await refusal(c, agent, body.value, agentSecret(agent))
  return refused === undefined
    ? replied(await handle(agent, new TextDecoder().decode(body.value)))
    : problem(401, refused)
}

/** Returns why a request is not that of the agent whose path it asks for. */
async function refusal(
  c: Context,
  agent: string,
  body: Uint8Array,
  secret: string | undefined,
): Promise<string | undefined> {
  const header = (name: keyof typeof SIGNATURE_HEADERS): string => c.req.header(SIGNATURE_HEADERS[name]) ?? ''
  const missing = Object.entries(SIGNATURE_HEADERS).filter(
    ([name]) => header(name as keyof typeof SIGNATURE_HEADERS) === '',
  )
  const at = /^\d{1,15}$/.test(header('at')) ? Number(header('at')) : 0
  const agentSecret = header('agent') === agent ? secret : undefined
  const signed = { agent, method: c.req.method, path: c.req.path, at, body }
  const verified = await verify(agentSecret, signed, header('signature'), Date.now())
  if (missing.length > 0)
    return `the request is not signed; expected the headers ${missing.map(([, name]) => name).join(', ')}`
  return verified.ok ? undefined : verified.error
}
