import { HighlightStyle } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Colours of words. The variables are those of the page, so that they follow its theme. */
export const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--up)' },
  { tag: [tags.keyword, tags.bool, tags.null], color: 'var(--forced)' },
  { tag: [tags.typeName, tags.propertyName], color: 'var(--accent)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: tags.variableName, fontWeight: '600' },
])

/**
 * A mark under a finding. The pictures that the editor comes with are data in URLs, which the page's policy refuses.
 */
const mark = (color: string) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy var(${color})`,
  textDecorationSkipInk: 'none',
})
const gutterMark = (sign: string, color: string) => ({
  content: 'normal',
  '&::before': { content: `"${sign}"`, color: `var(${color})`, fontSize: '0.7em' },
})

/** The look of the editor. @param frame its element, which has the page's colour scheme */
export const themeOf = (frame: HTMLElement): Extension =>
  EditorView.theme(
    {
      '&': { backgroundColor: 'var(--ground)', color: 'var(--text)', fontSize: '0.85rem', borderRadius: '6px' },
      '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
      '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', maxHeight: '65vh', minHeight: '18rem' },
      '.cm-content': { caretColor: 'var(--text)' },
      '.cm-cursor': { borderLeftColor: 'var(--text)' },
      '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--muted)', borderRight: '1px solid var(--edge)' },
      '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 8%, transparent)' },
      '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
      '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
        backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
      },
      '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--strong-edge)' },
      '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
        backgroundColor: 'var(--accent)',
        color: 'var(--on-accent)',
      },
      '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
      '.cm-lintRange-error': mark('--down'),
      '.cm-lintRange-warning': mark('--warn'),
      '.cm-lintRange-info': mark('--accent'),
      '.cm-lint-marker-error': gutterMark('▼', '--down'),
      '.cm-lint-marker-warning': gutterMark('▲', '--warn'),
      '.cm-lint-marker-info': gutterMark('●', '--accent'),
      '.cm-diagnostic-error': { borderLeftColor: 'var(--down)' },
      '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
    },
    { dark: isDark(frame) },
  )

function isDark(frame: HTMLElement): boolean {
  const { theme } = frame.ownerDocument.documentElement.dataset
  return theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
}
