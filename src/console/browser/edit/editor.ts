import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { search, searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { EditorData } from '../../zone/editor.tsx'
import { completionsOf } from './completions.ts'
import { liveCheck } from './live-check.ts'
import { HIGHLIGHT, themeOf } from './theme.ts'
import { typeOver } from './type-over.ts'
import { zoneFile } from './zone-file.ts'

/**
 * Makes an editor in an element.
 * @param tell says what the check found
 */
export function editorIn(
  frame: HTMLElement,
  text: string,
  label: string,
  data: EditorData,
  tell: (text: string) => void,
): EditorView {
  const root = frame.attachShadow({ mode: 'open' })
  const state = EditorState.create({
    doc: text,
    extensions: [
      ...[lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection()],
      ...[bracketMatching(), closeBrackets(), highlightActiveLine(), search({ top: true })],
      data.form === 'json' ? json() : StreamLanguage.define(zoneFile(data.types)),
      syntaxHighlighting(HIGHLIGHT),
      autocompletion({ override: [completionsOf(data)] }),
      ...[liveCheck(data, tell), lintGutter(), typeOver],
      keymap.of([
        ...[...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap],
        ...[...lintKeymap, indentWithTab],
      ]),
      EditorView.lineWrapping,
      // A description outside of the shadow tree cannot be referred to from inside.
      EditorView.contentAttributes.of({ 'aria-label': `${label}. Escape, then Tab leaves it.`, tabindex: '0' }),
      themeOf(frame),
    ],
  })
  return new EditorView({ state, parent: root, root })
}
