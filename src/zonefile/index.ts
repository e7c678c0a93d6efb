export { type CompiledSource, compileSource, type SourceText } from './compile.ts'
export { type Diagnostic, formatDiagnostic, type Position } from './diagnostic.ts'
export type { Include } from './master.ts'
