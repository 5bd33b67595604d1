// Which members of the electron module sources use, and which of them the test double lacks.
import ts from 'typescript'

/** Names as written in the sources: `app`, and `app.getPath` where a member of it is read. */
export function usedMembers(sources: Record<string, string>): string[] {
  const found = new Set<string>()
  for (const [name, text] of Object.entries(sources)) {
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
    const { names, wholes } = importedNames(file)
    for (const imported of names.values()) found.add(imported)
    visit(file, (node) => {
      const path = accessPath(node)
      if (!path) return
      const [first = '', ...rest] = path
      const imported = names.get(first)
      if (imported !== undefined) found.add([imported, ...rest.slice(0, 1)].join('.'))
      else if (first === REQUIRED || wholes.has(first))
        for (const end of [1, 2]) found.add(rest.slice(0, end).join('.'))
    })
  }
  return [...found].sort()
}

/** Those of the used members that a double, given as its exports, does not have. */
export function missingMembers(
  sources: Record<string, string>,
  double: Readonly<Record<string, object>>,
): string[] {
  return usedMembers(sources).filter((used) => {
    const [name = '', member] = used.split('.')
    if (!Object.hasOwn(double, name)) return true
    const owner = double[name]
    return member !== undefined && owner !== undefined && !(member in owner)
  })
}

/** Stands for the module where it is read on the spot: `require('electron').net`. */
const REQUIRED = 'require()'

/** What a preload may import from the renderer's half, in the shape `missingMembers` takes. */
export const preloadDouble = {
  contextBridge: { exposeInMainWorld: true },
  ipcRenderer: {
    on: true,
    addListener: true,
    once: true,
    off: true,
    removeListener: true,
    removeAllListeners: true,
    listenerCount: true,
    send: true,
    invoke: true,
  },
}

/** Local names of what a file imports; `wholes` are names of the whole module. Types do not count. */
function importedNames(file: ts.SourceFile): { names: Map<string, string>; wholes: Set<string> } {
  const names = new Map<string, string>()
  const wholes = new Set<string>()
  visit(file, (node) => {
    if (ts.isImportDeclaration(node) && isElectron(node.moduleSpecifier)) {
      const clause = node.importClause
      if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return
      if (clause.name) wholes.add(clause.name.text)
      const bindings = clause.namedBindings
      if (bindings && ts.isNamespaceImport(bindings)) wholes.add(bindings.name.text)
      if (bindings && ts.isNamedImports(bindings)) {
        for (const { isTypeOnly, name, propertyName } of bindings.elements) {
          if (!isTypeOnly) names.set(name.text, (propertyName ?? name).text)
        }
      }
    }
    if (ts.isVariableDeclaration(node) && isRequire(node.initializer)) {
      if (ts.isIdentifier(node.name)) wholes.add(node.name.text)
      else if (ts.isObjectBindingPattern(node.name)) {
        for (const { name, propertyName } of node.name.elements) {
          const imported = propertyName ?? name
          if (ts.isIdentifier(name) && ts.isIdentifier(imported))
            names.set(name.text, imported.text)
        }
      }
    }
  })
  return { names, wholes }
}

function isElectron(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isStringLiteral(node) && /^electron(\/\w+)?$/.test(node.text)
}

function isRequire(node: ts.Expression | undefined): boolean {
  return node !== undefined && ts.isCallExpression(node) && isElectron(node.arguments[0])
}

/** `a.b.c` as its parts, for plain reading only; undefined for anything else. */
function accessPath(node: ts.Node): string[] | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const { expression, name } = node
  if (ts.isCallExpression(expression) && isRequire(expression)) return [REQUIRED, name.text]
  if (ts.isIdentifier(expression)) return [expression.text, name.text]
  const before = accessPath(expression)
  return before && [...before, name.text]
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => {
    visit(child, see)
  })
}
