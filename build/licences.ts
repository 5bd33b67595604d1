// The packages that are shipped with the app, with their licences, out of the lock file.

export interface Licence {
  name: string
  version: string
  licence: string
}

interface LockedPackage {
  version?: string
  license?: string
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
}

/** Bundled into the pages, or what the app runs in; npm counts them as tools of development. */
const SHIPPED_TOOLS = ['@lucide/svelte', 'bits-ui', 'electron', 'svelte', 'virtua']

/** Their packages name it in a form of old that npm does not copy. */
const NAMED_ELSEWHERE: Record<string, string> = {
  buildcheck: 'MIT',
  'cpu-features': 'MIT',
  ssh2: 'MIT',
}

/** All of them by name. The Node that npm brings for development is not shipped. */
export function licencesOf(lock: { packages: Record<string, LockedPackage> }): Licence[] {
  const found = new Map<string, Licence>()
  for (const [path, { version = '', license, dev, devOptional, optional }] of Object.entries(
    lock.packages,
  )) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const isTool = (dev ?? false) || (devOptional ?? false)
    const isNode = optional === true && /^node-(?:linux|darwin|win)-/.test(name)
    if (path === '' || isNode || (isTool && !SHIPPED_TOOLS.includes(name))) continue
    const licence = license ?? NAMED_ELSEWHERE[name] ?? 'see the package'
    found.set(`${name} ${version}`, { name, version, licence })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
