export type Path = readonly (string | number)[]

/** An error in a document and its path: `message` gives the fact and what was expected. */
export type Issue = { readonly path: Path; readonly message: string }

/** A valid part of a document that is likely a mistake: a warning, or only advice. */
export type Warning = Issue & { readonly severity?: 'warning' | 'advice' }

/** Reports an error in a document. */
export function refuse({ issues }: { readonly issues: Issue[] }, path: Path, message: string): void {
  issues.push({ path, message })
}
