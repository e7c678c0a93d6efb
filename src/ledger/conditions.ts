import type { Condition, Refused } from './change.ts'

/**
 * Holds a condition against the present version (RFC 9110 §13.2.2).
 * @param hash the entity tag of the present version; undefined if there is no zone
 */
export function failedCondition(condition: Condition | undefined, hash: string | undefined): Refused | undefined {
  const { ifMatch, ifNoneMatch } = condition ?? {}
  const failed = (fact: string): Refused => ({
    ...{ kind: 'refused', status: 412, error: `${fact}; nothing was changed` },
    ...(hash !== undefined && { etag: hash }),
  })
  const now = hash === undefined ? 'there is no such zone' : `its ETag is "${hash}"`
  if (ifMatch !== undefined && (hash === undefined || (ifMatch !== '*' && !ifMatch.includes(hash)))) {
    return failed(`the zone is not the one that If-Match names: ${now}; expected that of the newest GET`)
  }
  if (ifNoneMatch !== undefined && hash !== undefined && (ifNoneMatch === '*' || ifNoneMatch.includes(hash))) {
    return failed(`the zone is there already, which If-None-Match excludes: ${now}; expected a zone that is not there`)
  }
  return undefined
}
