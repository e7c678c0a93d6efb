import { err, ok, type Result } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import { isSame, type Standing } from '../api/compare-with-api.ts'
import type { Fault } from '../api/fault.ts'
import {
  type ApiWritten,
  type ApiZone,
  type Before,
  deleteZone,
  putExpectations,
  putZone,
  readZone,
} from '../api/zones.ts'
import { type WrittenZone, writtenZone } from './api-report.ts'

/**
 * Writes a zone and the tests beside it, if the zone is as it was read. Tests that change with their zone are taken
 * away first: the old ones may not fit the new zone, nor the new ones the old. They come back if the zone is refused.
 */
export async function writeZone(
  api: ApiClient,
  standing: Standing,
  reason: string | undefined,
): Promise<Result<WrittenZone, Fault>> {
  const { file } = standing
  const { origin, expectations } = file
  const done = (written: ApiWritten | undefined): Result<WrittenZone, Fault> => ok(writtenZone(standing, written))
  if (standing.kind === 'new') {
    const written = await put(api, standing, undefined, reason)
    if (!written.ok || expectations === undefined) return written.ok ? done(written.value) : written
    const tests = await putExpectations(api, origin, expectations, reason)
    return tests.ok ? done(written.value) : err(onlyTests(tests.error))
  }
  const { tests } = standing
  if (standing.kind === 'unchanged') {
    const written = await putExpectations(api, origin, expectations, reason)
    return written.ok ? done(undefined) : written
  }
  if (tests.kind === 'same') {
    const written = await put(api, standing, standing.etag, reason)
    return written.ok ? done(written.value) : written
  }
  const { before } = tests
  const away = before === undefined ? ok(true) : await putExpectations(api, origin, undefined, reason)
  if (!away.ok) return away
  const written = await put(api, standing, standing.etag, reason)
  if (!written.ok) {
    if (before !== undefined) await putExpectations(api, origin, JSON.stringify(before), reason)
    return written
  }
  const beside = expectations === undefined ? ok(true) : await putExpectations(api, origin, expectations, reason)
  return beside.ok ? done(written.value) : err(onlyTests(beside.error))
}

const onlyTests = (fault: Fault): Fault => ({
  ...fault,
  why: `the zone is written, but not its expectations: ${fault.why}`,
})

/**
 * Writes a zone. A write whose reply was lost, and that was sent again, finds its own work: that is no conflict.
 */
async function put(
  api: ApiClient,
  { file, document }: Exclude<Standing, { readonly kind: 'unchanged' }>,
  before: Before,
  reason: string | undefined,
): Promise<Result<ApiWritten, Fault>> {
  const { origin } = file
  const written = await putZone(api, origin, JSON.stringify(document), before, reason)
  if (written.ok || written.error.status !== 412 || written.error.attempts === 1) return written
  const there = await readZone(api, origin)
  if (!there.ok || !there.value || !isSame(document, there.value.document)) return written
  const { etag } = there.value
  return ok({ origin, serial: file.serial, hash: etag.replaceAll('"', ''), published: undefined })
}

/** Removes a zone, if it is as it is read now. */
export async function removeZone(
  api: ApiClient,
  { origin }: ApiZone,
  reason: string | undefined,
): Promise<Result<true, Fault>> {
  const there = await readZone(api, origin)
  if (!there.ok || !there.value) return there.ok ? ok(true) : there
  return deleteZone(api, origin, there.value.etag, reason)
}
