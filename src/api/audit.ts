import { createMiddleware } from 'hono/factory'
import { logEvent } from '../events.ts'
import { MAX_LOGGED_PATH_CHARS } from '../limits.ts'
import type { KeyedEnv } from './access.ts'
import { offeredKey } from './authenticate.ts'

/** The writes that this isolate answered since it began, by the status of the reply. Statuses are few. */
export const apiWrites = new Map<number, number>()

/** Logs a line for each write of a key, whatever came of it. It stands behind the authentication. */
export const audit = createMiddleware<KeyedEnv>(async (c, next) => {
  await next()
  const { method, path, raw } = c.req
  if (!isWrite(method, path)) return
  const { name } = c.var.access.key
  const { status } = c.res
  apiWrites.set(status, (apiWrites.get(status) ?? 0) + 1)
  logEvent({
    event: 'api-write',
    key: name,
    method,
    path: loggedPath(path, offeredKey(raw.headers)),
    status,
  })
})

/** POST asks, too: a check, a plan and a rehearsal change nothing. */
const isWrite = (method: string, path: string): boolean =>
  !['GET', 'HEAD', 'OPTIONS'].includes(method) &&
  !/^\/api\/v1\/(plan|overrides\/rehearse|zones\/[^/]+\/check)$/.test(path)

/** Somebody may paste a secret into a path by mistake. */
const loggedPath = (path: string, offered: string): string =>
  (offered === '' ? path : path.replaceAll(offered, '…'))
    .replace(/gslb_([a-z2-7]{1,16})_\w*/g, 'gslb_$1_…')
    .slice(0, MAX_LOGGED_PATH_CHARS)
