// The catalogue in use. Another language is another file with the same keys, chosen here.
import { en } from './en.ts'

/** The keys that every language has. */
export type Texts = typeof en

/** Every sentence on the pages, in the language of the person. */
export const t: Texts = en
