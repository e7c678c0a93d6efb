import type { Page } from 'playwright-core'

/** Returns the path of a page without the zone, and with the names of its parameters. */
export function patternOf(href: string): string {
  const { pathname, searchParams } = new URL(href, 'http://console')
  const path = pathname.replace(/^(\/console\/zones\/)[^/]+/, '$1:zone').replace(/\d+/g, ':id')
  const names = [...searchParams.keys()].sort()
  return names.length === 0 ? path : `${path}?${names.join('&')}`
}

/** Returns the links of a page to pages of the console. */
const linksOn = (page: Page): Promise<string[]> =>
  page.evaluate(
    `[...document.querySelectorAll('a[href^="/console"]')].map((link) => link.getAttribute('href').replace(/#.*/, ''))`,
  )

/**
 * Goes from link to link to a page of each kind.
 * @param starts the paths that it begins with: of their kinds it visits others, too
 * @param visit is called on each page, when it is loaded
 */
export async function crawl(
  page: Page,
  url: string,
  starts: readonly string[],
  visit: (path: string) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  const left = [...starts]
  const patterns = new Set<string>()
  for (let path = left.shift(); path !== undefined; path = left.shift()) {
    await page.goto(url + path)
    patterns.add(patternOf(path))
    await visit(path)
    for (const href of await linksOn(page)) {
      if (known.has(patternOf(href))) continue
      known.add(patternOf(href))
      left.push(href)
    }
  }
  return patterns
}
