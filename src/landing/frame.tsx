/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { ICON_SVG, LANDING_CSS } from '../static/index.ts'

type FrameProps = {
  readonly title: string
  readonly description: string
  /** The path of the page's script, which the page must work without. */
  readonly script: string
  readonly children: Child
}

/** The frame of a page: the head, and a way past the navigation for those who read by keyboard. */
export const Frame = ({ title, description, script, children }: FrameProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{title}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="description" content={description} />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <link rel="icon" href={ICON_SVG} type="image/svg+xml" />
      <link rel="stylesheet" href={LANDING_CSS} />
      <script type="module" src={script} />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      {children}
    </body>
  </html>
)
