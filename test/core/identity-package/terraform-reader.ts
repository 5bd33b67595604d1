// Reads a parsed Terraform file: its blocks, and their values by HCL's own rules.
import type { Node } from 'web-tree-sitter'
import { codeOf, type Value, unwrapped } from './parsers.ts'

export interface Block {
  type: string
  labels: string[]
  attributes: Record<string, Value>
  blocks: Block[]
}

export function readTerraform(root: Node): Block[] {
  const body = root.namedChildren.find((one) => one.type === 'body')
  return body ? blocksOf(body) : []
}

/** The block with this type and these labels. */
export function blockOf(blocks: Block[], type: string, ...labels: string[]): Block {
  const found = blocks.filter(
    (one) => one.type === type && labels.every((label, index) => one.labels[index] === label),
  )
  const [only] = found
  if (!only || found.length > 1)
    throw new Error(`${found.length} blocks ${[type, ...labels].join(' ')}`)
  return only
}

function blocksOf(body: Node): Block[] {
  return body.namedChildren.filter((one) => one.type === 'block').map(readBlock)
}

function readBlock(node: Node): Block {
  const [type, ...rest] = node.namedChildren
  const body = rest.find((one) => one.type === 'body')
  const attributes = body?.namedChildren.filter((one) => one.type === 'attribute') ?? []
  return {
    type: type?.text ?? '',
    labels: rest.filter((one) => one.type === 'string_lit').map((one) => textOf(one)),
    attributes: Object.fromEntries(
      attributes.flatMap((one) => {
        const [name, value] = one.namedChildren
        return name && value ? [[name.text, valueOf(value)]] : []
      }),
    ),
    blocks: body ? blocksOf(body) : [],
  }
}

function valueOf(wrapped: Node): Value {
  const node = unwrapped(wrapped)
  switch (node.type) {
    case 'string_lit':
      return textOf(node)
    case 'numeric_lit':
      return Number(node.text)
    case 'bool_lit':
      return node.text === 'true'
    case 'tuple':
      return node.namedChildren.filter((one) => one.type === 'expression').map(valueOf)
    case 'object':
      return Object.fromEntries(
        node.namedChildren.flatMap((one) => {
          if (one.type !== 'object_elem') return []
          const [key, value] = one.namedChildren
          return key && value ? [[key.text, valueOf(value)]] : []
        }),
      )
    case 'function_call': {
      const [name, items] = node.namedChildren
      return name?.text === 'toset' && items ? valueOf(items) : codeOf(node)
    }
    default:
      return codeOf(node)
  }
}

/** https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences */
function textOf(node: Node): string {
  const inner = node.text.slice(1, -1)
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }
  return inner.replaceAll(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|([$%])\4\{/g,
    (_, four?: string, eight?: string, one?: string, sign?: string) => {
      if (sign !== undefined) return `${sign}{`
      const code = four ?? eight
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      const plain = escapes[one ?? '']
      if (plain === undefined) throw new Error(`HCL knows no \\${one ?? ''}`)
      return plain
    },
  )
}
