/** What a browser loads before it shows a board: the scripts of the page, as a server sends them. */
import { readFileSync } from 'node:fs'

const read = (file) => readFileSync(new URL(`.next/${file}`, import.meta.url), 'utf8')
const { rootMainFiles } = JSON.parse(read('build-manifest.json'))
const manifest = read('server/app/board/page_client-reference-manifest.js')
const { entryJSFiles } = JSON.parse(manifest.slice(manifest.indexOf('= {') + 2).replace(/;\s*$/, ''))
const files = new Set([...rootMainFiles, ...Object.values(entryJSFiles).flat()])

export default [
  { name: 'first load of the board', path: [...files].map((file) => `.next/${file}`), gzip: true, limit: '170 kB' },
]
