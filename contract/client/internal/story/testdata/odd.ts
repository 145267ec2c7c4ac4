import { Client, ClientError, InvalidError, UnavailableError, UnexpectedError, type ImportRequest } from './oddv1.js'

const show = (value: unknown): unknown => value === undefined || value === null ? 'null' : value === '' ? '""' : value
const hex = (bytes: string): string => Array.from(atob(bytes), c => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')

const most = Number.MAX_SAFE_INTEGER
const given: ImportRequest = {
  from: 'a/b ü?%2F#', class: '1-2', import: most, least: -most, most, float: 0.1, bytes: btoa('\x00\xff>?'), list: ['a', null, ''],
  datetime: '2026-11-24T10:20:30.123456+02:00', dict: JSON.parse('{"": 1, "b": null, "__proto__": 3}') as Record<string, number | null>,
  deep: { x: [{ def: 'd' }, null], y: [] }, pass: { raise: '' }, ways: [{ card: { def: 'd' } }, { cash: false }, { raise: 'x' }],
  'ein-Name': 'ein', ein_name: 'zwei',
}

async function fails<E extends Error>(kind: new (...args: never[]) => E, call: Promise<unknown>): Promise<E> {
  try {
    await call
  } catch (error) {
    if (error instanceof kind) return error
    throw error
  }
  throw new Error(`${kind.name} was expected`)
}

const odd = new Client()
let got = await odd.import({
  ...given, if_match: 'tag', ifMatch: '"v1"', self: false, str: '', time: '2026-01-01T00:00:00Z',
  typing: { def: 'd', inner: [{ def: 'e' }, { def: 'f', inner: [] }] },
})
console.log('answered', got.httpStatus, got.etag_, got.etag, got.http_status)
console.log('path', got.from)
console.log('words', got.class, got['ein-Name'], got.ein_name)
console.log('numbers', got.import, got.least, got.most, got.float, got.xLeft)
console.log('bytes', hex(got.bytes))
console.log('times', got.datetime, got.time)
console.log('given', got.self, show(got.str))
console.log('list', ...got.list.map(show))
console.log('map', got.dict[''], got.dict['b'], Object.entries(got.dict).find(([name]) => name === '__proto__')?.[1])
console.log('deep', got.deep['x']?.[0]?.def, got.deep['x']?.[1], got.deep['y']?.length)
console.log('one', show(got.pass?.raise), show(got.pass?.card), show(got.pass?.cash))
console.log('ways', got.ways[0]?.card?.def, got.ways[1]?.cash, got.ways[2]?.raise)
console.log('tree', got.typing?.def, ...(got.typing?.inner ?? []).map(line => line.def))
got = await odd.import({ ...given, bytes: '', list: [], dict: {}, deep: {}, ways: [] })
console.log('empty', got.bytes.length, got.list.length, Object.keys(got.dict).length, Object.keys(got.deep).length, got.ways.length)
console.log('absent', show(got.self), show(got.str), show(got.time), show(got.typing), show(got.etag))
const refused = await fails(InvalidError, odd.import({ ...given, import: 2 ** 53 }))
console.log('beyond', refused.fields[0]?.pointer, (await fails(UnexpectedError, odd.import({ ...given, from: 'beyond', import: 1 }))).detail)
let asked = await odd.constructor_({ q: ['a&b=', '', 'ü'], at: '2026-01-01T00:00:00Z', yes: false, most: 0, class: 'None' })
console.log('asked', ...asked.q.map(show), asked.at, asked.yes, asked.most, asked.class)
asked = await odd.constructor_()
console.log('asked', asked.q.length, show(asked.most), show(asked.class))
console.log('none', show(await odd.none()))
const once = await fails(UnavailableError, odd.once())
console.log('once', once.code, once.status)
const failed = await fails(ClientError, odd.import({ ...given, from: 'full' }))
console.log('failed', failed.code, failed.status, failed.message)
