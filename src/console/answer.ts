import { logEvent } from '../events.ts'
import { BROKEN, connectionOf, problem, readBody } from '../http/index.ts'
import { type Operation, refusalOf } from '../keys/index.ts'
import { MAX_CONSOLE_FORM_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { cookiesOf } from './cookies.ts'
import { answerData } from './data.ts'
import { faultOf } from './fault.tsx'
import { pageAt } from './pages.ts'
import { messagePage, offPage, signInPage, written } from './plain-pages.tsx'
import { ownPath, seeOther } from './redirect.ts'
import { BAD_TOKEN, foreignReason, isSameToken } from './same-site.ts'
import type { ConsoleSettings } from './settings.ts'
import { signIn } from './sign-in.ts'
import { isPlainLoopback, type SignedIn, sessionCookie, signedIn } from './signed-in.ts'
import { THEMES, themeCookie, themeIn } from './theme.ts'
import type { Page, Shown, Visit } from './visit.ts'

/** Answers a request for `/console`, or for anything below. Never rejects. */
export async function answerConsole(request: Request, settings: ConsoleSettings): Promise<Response> {
  const response = await answer(request, settings).catch((error: unknown) => {
    logEvent({ event: 'api-failed', why: String(error) })
    return problem(503, 'storage could not be reached, or failed; try again')
  })
  return request.method === 'HEAD' ? new Response(null, response) : response
}

async function answer(request: Request, settings: ConsoleSettings): Promise<Response> {
  const now = Date.now()
  const url = new URL(request.url)
  const path = withoutSlashes(url.pathname)
  const theme = themeIn(cookiesOf(request))
  const isData = path.startsWith('/console/data/')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead && request.method !== 'POST' && !isData)
    return problem(405, `expected one of ${METHODS}`, { Allow: METHODS })
  const foreign = isRead ? undefined : foreignReason(request)
  if (foreign !== undefined) return problem(403, foreign)
  if (path === '/console/session' && !isRead) {
    const form = await formOf(request)
    return form.ok ? signIn(request, form.value, settings, now) : form.error
  }
  const somebody = await signedIn(request, settings, now)
  switch (somebody.kind) {
    case 'in':
      break
    case 'off':
      return isData ? problem(404, 'there is no key yet') : offPage(theme)
    case 'refused':
      return isData ? problem(somebody.status, somebody.why) : messagePage(theme, somebody.status, somebody.why)
    default:
      if (isData) return problem(401, 'nobody is signed in; expected a session of the console')
      return signInPage({
        theme,
        to: isRead ? path + url.search : '/console',
        status: path === '/console' && isRead ? 200 : 401,
      })
  }
  const ask = (way: string, init?: RequestInit): Promise<Response> =>
    settings.api(new Request(new URL(way, url.origin), init), somebody.key)
  if (isData) {
    const isOurs = isRead || isSameToken(request.headers.get('x-form-token') ?? '', somebody.form)
    return isOurs ? answerData(request, url, ask) : problem(403, BAD_TOKEN)
  }
  const at = pageAt(path)
  const hasTraffic = settings.control.health.traffic !== undefined
  const found = at?.page.isOfTraffic && !hasTraffic ? undefined : at
  const visit: Visit = {
    url,
    params: found?.params ?? {},
    key: somebody.key,
    address: connectionOf(request),
    now,
    theme,
    formToken: somebody.form,
    hasSession: somebody.hasSession,
    hasTraffic,
    may: (operation) => refusalOf(somebody.key, operation) === undefined,
    api: ask,
    read: async (way, init, seeHeaders) => {
      const reply = await ask(way, init)
      seeHeaders?.(reply.headers)
      return jsonOf(reply)
    },
  }
  return isRead ? show(visit, found?.page) : act(request, path, visit, somebody, found?.page)
}

const METHODS = 'GET, HEAD, POST'

/** Returns a path without the slashes at its end. A pattern would look from each slash of a long row again. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

async function show(visit: Visit, page: Page | undefined): Promise<Response> {
  if (!page) return written(visit, undefined, NOT_FOUND)
  return written(visit, page, refused(visit, page.needs) ?? (await (await page.load()).show(visit)))
}

/** A form is read after its headers were, and acted on if it has the token of the session. */
async function act(
  request: Request,
  path: string,
  visit: Visit,
  { form: token }: SignedIn,
  page?: Page,
): Promise<Response> {
  const form = await formOf(request, page?.maxFormBytes)
  if (!form.ok) return form.error
  if (!isSameToken(form.value.get('token') ?? '', token)) return problem(403, BAD_TOKEN)
  if (path === '/console/sign-out')
    return seeOther('/console', { 'Set-Cookie': sessionCookie('', 0, isPlainLoopback(visit.url)) })
  if (path === '/console/theme') {
    const theme = THEMES.find((one) => one === form.value.get('theme')) ?? 'system'
    return seeOther(ownPath(form.value.get('to')), { 'Set-Cookie': themeCookie(theme) })
  }
  if (!page) return written(visit, undefined, NOT_FOUND)
  const code = await page.load()
  if (!code.act) return problem(405, 'expected one of GET, HEAD', { Allow: 'GET, HEAD' })
  return written(visit, page, refused(visit, page.needs) ?? (await code.act(visit, form.value)))
}

function refused({ key }: Visit, needs: Operation | undefined): Shown | undefined {
  const why = needs && refusalOf(key, needs)
  return why === undefined ? undefined : faultOf({ status: 403, why })
}

const NOT_FOUND: Shown = faultOf({ status: 404, why: 'There is no such page; expected one of the navigation.' })

async function formOf(request: Request, most = MAX_CONSOLE_FORM_BYTES): Promise<Result<URLSearchParams, Response>> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== FORM_TYPE) return err(problem(415, `expected Content-Type: ${FORM_TYPE}`))
  const body = await readBody(request, most)
  if (body.ok) return ok(new URLSearchParams(new TextDecoder().decode(body.value)))
  return err(body.error === 'broken' ? problem(400, BROKEN) : problem(413, `expected at most ${most} octets`))
}

const FORM_TYPE = 'application/x-www-form-urlencoded'

async function jsonOf<T>(response: Response): Promise<Result<T, { readonly status: number; readonly why: string }>> {
  const text = await response.text()
  if (response.ok) return ok(JSON.parse(text || 'null') as T)
  return err({ status: response.status, why: reasonIn(text) })
}

function reasonIn(text: string): string {
  try {
    const { detail, error } = JSON.parse(text) as { readonly detail?: string; readonly error?: string }
    return detail ?? error ?? text
  } catch {
    return text.trim()
  }
}
