import type { Page } from 'playwright-core'

/** Tab is pressed at most so often to get somewhere: lists may go on while somebody is in them. */
const MAX_TABS = 1500

/** Somebody at a page who has no pointer: they go by Tab, and press what has the focus. */
export class Keyboard {
  /** The controls that were pressed, by `CONTROLS`. */
  readonly pressed = new Set<string>()
  /** The controls of all pages on the way. */
  readonly seen = new Set<string>()
  private readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Notes the controls of the page as it is. */
  async look(): Promise<void> {
    for (const control of await controlsOf(this.page)) this.seen.add(control)
  }

  /** Goes to a control, a field or a link, by the name of the control, the id, the text or the label. */
  async to(wanted: string): Promise<void> {
    const met = new Set<string>()
    for (let i = 0; i < MAX_TABS; i++) {
      await this.page.keyboard.press('Tab')
      const focus = await focusOf(this.page)
      if (focus.names.includes(wanted)) return
      met.add(focus.names.join(' = '))
      // Tab indents in the editor, whose help tells this way out.
      if (focus.isEditor) await this.page.keyboard.press('Escape')
    }
    throw new Error(`Tab does not lead to “${wanted}”; it leads to ${[...met].join('; ')}`)
  }

  /** Goes to a control, and presses it. */
  async press(control: string, key = 'Enter'): Promise<void> {
    await this.look()
    await this.to(control)
    this.pressed.add(control)
    await this.hit(key)
  }

  async follow(link: string): Promise<void> {
    await this.to(link)
    await this.hit('Enter')
  }

  /** Presses a key, and waits for the page that it leads to. */
  private async hit(key: string): Promise<void> {
    const { page } = this
    const leads = await page.evaluate<boolean>(LEADS)
    await Promise.all([leads && page.waitForEvent('domcontentloaded'), page.keyboard.press(key)])
  }

  /** Goes to a field, and types in place of what is there. */
  async fill(id: string, text: string): Promise<void> {
    await this.to(id)
    await this.page.keyboard.press('ControlOrMeta+A')
    await this.page.keyboard.type(text)
  }

  /** Goes to a list of choices, and types the beginning of one. */
  async choose(id: string, text: string): Promise<void> {
    await this.to(id)
    await this.page.keyboard.type(text)
  }
}

/**
 * Names a control so that it is the same for each zone, key, target and number: the path and the step of its form, then
 * its text. It is the text of a script, since types of a browser's page are not known here.
 */
const NAME_OF = `(element) => {
  const text = (element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\\s+/g, ' ').replace(/\\d+/g, 'N')
  const form = element.closest('form')
  if (!form) return text
  const action = (form.getAttribute('action') ?? '')
    .replace(/#.*/, '')
    .replace(/(\\/zones\\/)[^/]+/, '$1:zone')
    .replace(/\\d+/g, ':id')
  const step = form.querySelector('input[name="step"]')?.value
  return action + (step === undefined ? '' : ' ' + step) + ': ' + text
}`

/** True if what has the focus is a link to another page, or sends a form. */
const LEADS = `document.activeElement.matches('a[href]:not([href^="#"]), button[type="submit"]')`

/** Elements that do something when they are pressed, but for links. */
const PRESSED = 'button, input[type="submit"], input[type="button"], summary, [role="button"], [role="application"]'

/** Returns the controls of a page that are shown: its forms, their buttons, and what islands have. */
const controlsOf = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const nameOf = ${NAME_OF}
    const shown = [...document.querySelectorAll('${PRESSED}')].filter((one) => one.checkVisibility())
    const editor = [...document.querySelectorAll('#editor')].filter((one) => one.checkVisibility()).map(() => 'the editor')
    const bare = [...document.forms].filter((form) => !form.querySelector('${PRESSED}')).map((form) => 'a form without a button: ' + form.outerHTML)
    return [...shown.map(nameOf), ...editor, ...bare]
  })()`)

type Focus = { readonly names: readonly string[]; readonly isEditor: boolean }

/** Returns the names of what has the focus: that of its control, its id, its text, its label. */
const focusOf = (page: Page): Promise<Focus> =>
  page.evaluate(`(() => {
    const nameOf = ${NAME_OF}
    const element = document.activeElement
    const isEditor = element.id === 'editor'
    const texts = [element, ...(element.labels ?? [])].map((one) => one.textContent.trim().replace(/\\s+/g, ' '))
    const names = isEditor ? ['the editor'] : [nameOf(element), element.id, ...texts].filter((name) => name !== '')
    return { names: names.map((name) => name.slice(0, 200)), isEditor }
  })()`)

/**
 * Goes through a page by Tab alone.
 * @returns what Tab does not lead to, and what does not show that it has the focus
 */
export async function unreachedOn(page: Page): Promise<readonly string[]> {
  const count = await page.evaluate<number>(`(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"], #editor')]
    window.isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled
    window.wanted = new Set(all.filter(isShown))
    window.faults = []
    return window.wanted.size
  })()`)
  for (let i = 0; i < count + MAX_TABS; i++) {
    await page.keyboard.press('Tab')
    // A list may end while somebody goes through it, and its button with it.
    const state = await page.evaluate<'more' | 'end' | 'editor'>(`(() => {
      const element = document.activeElement
      for (const one of window.wanted) if (!isShown(one)) window.wanted.delete(one)
      if (element === document.body || !document.hasFocus()) return window.wanted.size === 0 ? 'end' : 'more'
      if (window.wanted.delete(element) && element.id !== 'editor') {
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        if (outlineStyle === 'none' || outlineWidth === '0px') window.faults.push('no focus is seen: ' + element.outerHTML.slice(0, 200))
      }
      if (element.id === 'editor') return 'editor'
      return window.wanted.size === 0 ? 'end' : 'more'
    })()`)
    if (state === 'end') break
    if (state === 'editor') {
      await page.locator('#editor .cm-editor.cm-focused').waitFor()
      await page.keyboard.press('Escape')
    }
  }
  return page.evaluate(
    `[...[...window.wanted].map((one) => 'Tab does not lead to ' + one.outerHTML.slice(0, 200)), ...window.faults]`,
  )
}
