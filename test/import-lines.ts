// Reads what each source file imports, with the line, from TypeScript and from the scripts of Svelte files.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface ImportLine {
  /** Path from the project folder, with forward slashes. */
  file: string
  line: number
  /** As written: a path, a package or a node: module. */
  specifier: string
  typeOnly: boolean
}

/** Every import of every source below the folders. */
export function readImports(root: string, folders: string[]): ImportLine[] {
  return folders
    .flatMap((folder) => sourcesBelow(join(root, folder)).map((path) => `${folder}/${path}`))
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
}

/** The imports of one file: static, dynamic, re-exported, and in types. */
export function importsOf(file: string, text: string): ImportLine[] {
  const source = ts.createSourceFile(
    file.replace(/\.svelte$/, '.svelte.ts'),
    file.endsWith('.svelte') ? scriptsOf(text) : text,
    ts.ScriptTarget.Latest,
  )
  const found: ImportLine[] = []
  const visit = (node: ts.Node): void => {
    const from = specifierOf(node)
    if (from) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({
        file,
        line: line + 1,
        specifier: from.text,
        typeOnly: isTypeOnly(node),
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  const expression =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : ts.isCallExpression(node) && isLoad(node)
          ? node.arguments[0]
          : undefined
  return expression && ts.isStringLiteral(expression) ? expression : undefined
}

function isLoad({ expression }: ts.CallExpression): boolean {
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'require')
  )
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return (
    ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  )
}

/** The text with everything outside of <script> blanked, so that lines stay where they are. */
function scriptsOf(text: string): string {
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)]
  let at = 0
  let result = ''
  for (const match of scripts) {
    const code = match[1] ?? ''
    const start = match.index + match[0].indexOf('>') + 1
    result += blank(text.slice(at, start)) + code
    at = start + code.length
  }
  return result
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|cjs|mjs|svelte)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
}
