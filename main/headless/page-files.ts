// The built pages as a fixed map of addresses to files, read once: no address can reach any other file.
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { createHash } from 'node:crypto'
import { AppError } from '../core/app-error.ts'
import { contentTypeOf } from '../node/page-rules.ts'

/** One file of the pages, ready to be sent. */
export interface PageFile {
  body: Buffer
  contentType: string
  cacheControl: string
  etag: string
}

/**
 * Reads all files below the folder; `/` is index.html.
 * Throws AppError not-found when the pages have not been built.
 */
export async function readPageFiles(folder: string): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>()
  for (const entry of await listFolder(folder)) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const address = `/${relative(folder, path).split(sep).join('/')}`
    files.set(address === '/index.html' ? '/' : address, toPageFile(address, await readFile(path)))
  }
  if (!files.has('/')) throw pagesMissing(folder)
  return files
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true })
  } catch (error) {
    throw pagesMissing(folder, error)
  }
}

function toPageFile(address: string, body: Buffer): PageFile {
  // Vite puts a hash of the content into the names below /assets/.
  const named = address.startsWith('/assets/')
  return {
    body,
    contentType: contentTypeOf(address) ?? 'application/octet-stream',
    cacheControl: named ? 'private, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  }
}

function pagesMissing(folder: string, cause?: unknown): AppError {
  return new AppError('not-found', {
    message: `The pages of the app are missing from ${folder}.`,
    nextStep: 'Run “npm run build” in the project folder, then start again.',
    cause,
  })
}
