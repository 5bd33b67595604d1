// Real parsers for the generated files: tree-sitter grammars, loaded once.
import { createRequire } from 'node:module'
import { Language, type Node, Parser } from 'web-tree-sitter'

const GRAMMARS = {
  powershell: '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm',
  bash: '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm',
  terraform: '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm',
}

/** A parser for one language. */
export async function openParser(language: keyof typeof GRAMMARS): Promise<(text: string) => Node> {
  await Parser.init()
  const path = createRequire(import.meta.url).resolve(GRAMMARS[language])
  const parser = new Parser()
  parser.setLanguage(await Language.load(path))
  return (text) => {
    const tree = parser.parse(text)
    if (!tree) throw new Error('The parser was stopped.')
    return tree.rootNode
  }
}

/** What the parser could not make sense of, with its line. */
export function problemsOf(node: Node): string[] {
  if (!node.hasError) return []
  const own =
    node.type === 'ERROR' || node.isMissing
      ? [`${node.isMissing ? 'missing ' : ''}${node.type} in line ${node.startPosition.row + 1}`]
      : []
  return [...own, ...node.children.flatMap(problemsOf)]
}

/** The node below the chain of single children that grammars wrap around a value. */
export function unwrapped(node: Node): Node {
  const [only] = node.children
  const isSame = only?.isNamed && only.text.length === node.text.length
  return isSame ? unwrapped(only) : node
}

/** What stands for a part of a script that only its run could tell. */
export interface Code {
  code: string
}

export type Value = string | number | boolean | null | Code | Value[] | { [key: string]: Value }

export function codeOf(node: Node): Code {
  return { code: node.text.replaceAll(/\s+/g, ' ') }
}
