import { MAX_CONSOLE_ZONE_FORM_BYTES } from '../limits.ts'
import type { Page } from './visit.ts'

/** All pages, in the order of the navigation. A new page is a file in `pages/` and a row here. */
export const PAGES: readonly Page[] = [
  {
    path: '/console',
    title: 'Overview',
    isListed: true,
    load: () => import('./pages/overview.tsx').then(({ overview }) => overview),
  },
  {
    path: '/console/name',
    title: 'A name',
    isListed: true,
    needs: { kind: 'read-answers' },
    load: () => import('./pages/name.tsx').then(({ namePage }) => namePage),
  },
  {
    path: '/console/health',
    title: 'Health',
    isListed: true,
    needs: { kind: 'read-health' },
    load: () => import('./pages/health.tsx').then(({ health }) => health),
  },
  {
    path: '/console/health/target',
    title: 'Target',
    isListed: false,
    needs: { kind: 'read-health' },
    load: () => import('./pages/target.tsx').then(({ target }) => target),
  },
  {
    path: '/console/health/override',
    title: 'Override',
    isListed: false,
    needs: { kind: 'read-health' },
    load: () => import('./pages/override.tsx').then(({ override }) => override),
  },
  {
    path: '/console/traffic',
    title: 'Traffic',
    isListed: true,
    isOfTraffic: true,
    needs: { kind: 'read-health' },
    load: () => import('./pages/traffic.tsx').then(({ traffic }) => traffic),
  },
  {
    path: '/console/settings',
    title: 'Settings',
    isListed: true,
    load: () => import('./pages/settings.tsx').then(({ settings }) => settings),
  },
  {
    path: '/console/new-zone',
    title: 'New zone',
    isListed: false,
    load: () => import('./pages/zone-new.tsx').then(({ zoneNew }) => zoneNew),
  },
  {
    path: '/console/zones/:zone',
    title: 'Zone',
    isListed: false,
    load: () => import('./pages/zone-records.tsx').then(({ zoneRecords }) => zoneRecords),
  },
  {
    path: '/console/zones/:zone/policies',
    title: 'Policies',
    isListed: false,
    load: () => import('./pages/zone-policies.tsx').then(({ zonePolicies }) => zonePolicies),
  },
  {
    path: '/console/zones/:zone/edit',
    title: 'Edit',
    isListed: false,
    maxFormBytes: MAX_CONSOLE_ZONE_FORM_BYTES,
    load: () => import('./pages/zone-edit.tsx').then(({ zoneEdit }) => zoneEdit),
  },
  {
    path: '/console/zones/:zone/history',
    title: 'History',
    isListed: false,
    load: () => import('./pages/zone-history.tsx').then(({ zoneHistory }) => zoneHistory),
  },
  {
    path: '/console/zones/:zone/history/:id',
    title: 'Change',
    isListed: false,
    load: () => import('./pages/zone-change.tsx').then(({ zoneChange }) => zoneChange),
  },
]

/** Finds the page of a path, with the parts that it names. */
export function pageAt(path: string): { readonly page: Page; readonly params: Record<string, string> } | undefined {
  for (const page of PAGES) {
    const params = matched(page.path.split('/'), path.split('/'))
    if (params) return { page, params }
  }
  return undefined
}

function matched(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const segment = path[i] as string
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined
      continue
    }
    const decoded = decode(segment)
    if (decoded === undefined || decoded === '') return undefined
    params[part.slice(1)] = decoded
  }
  return params
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
