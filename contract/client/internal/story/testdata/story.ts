import { Client, InvalidError, NotFoundError, ServiceError, StaleError, TimeoutError, UnavailableError } from './faqv2.js'

const told: string[] = []
console.warn = (text: string) => { told.push(text) }

async function fails<E extends ServiceError>(kind: new (...args: never[]) => E, call: Promise<unknown>): Promise<E> {
  try {
    await call
  } catch (error) {
    if (error instanceof kind) return error
    throw error
  }
  throw new Error(`${kind.name} was expected`)
}

const faq = new Client()
const made = await faq.create({ question: 'How do I reset it?', source: 123, tags: ['reset'] })
console.log('created', made.httpStatus, made.etag !== undefined, made.created_at.endsWith('Z') ? '0:00:00' : made.created_at)
const entry = await faq.get({ id: String(made.id) })
console.log('got', entry.title, entry.status)
for (let i = 0; i < 4; i++) await faq.create({ question: `Question number ${i}`, source: 200 + i }, i === 0 ? { idempotencyKey: 'key-1' } : {})
const again = await faq.create({ question: 'Question number 0', source: 200 }, { idempotencyKey: 'key-1' })
console.log('repeated', again.httpStatus)
let pages = 0
let seen = 0
for (let after: string | undefined = ''; after !== undefined; pages++) {
  const page = await faq.list({ limit: 2, ...(after === '' ? {} : { after }) })
  seen += page.items.length
  after = page.next
}
console.log('listed', seen, 'in', pages)
const edit = { id: entry.slug, title: 'How to reset it?', answer: 'Press.' }
const stale = await fails(StaleError, faq.update({ ...edit, ifMatch: '"stale"' }))
console.log('stale', stale.code, stale.status, stale.requestId !== '')
const edited = await faq.update({ ...edit, ifMatch: entry.etag })
console.log('updated', edited.revision, edited.etag !== entry.etag)
const invalid = await fails(InvalidError, faq.create({ question: 'x', source: 0 }))
console.log('invalid', invalid.fields.map(f => f.pointer).sort().join(' '))
console.log('missing', (await fails(NotFoundError, faq.get({ id: 'nowhere' }))).title)
const killed = await faq.create({ question: 'What if it is killed?', source: 777 })
console.log('killed', killed.httpStatus, (await faq.list({ source: 777 })).items.length)
const down = await fails(UnavailableError, new Client({ retry: false }).create({ question: 'What if it is killed once?', source: 778 }))
console.log('unavailable', down.status, String(down).includes('secret'))
console.log('waited', (await faq.create({ question: 'Who waits?', source: 779 })).httpStatus)
const later = await fails(UnavailableError, faq.create({ question: 'Come back later?', source: 780 }))
console.log('later', later.retryAfter === 3600 ? later.status : later.retryAfter)
console.log('timeout', (await fails(TimeoutError, faq.get({ id: 'slow' }, { timeout: 300 }))).code)
console.log('refused', (await fails(InvalidError, faq.get({ id: '..' }))).fields[0]?.pointer)
await faq.search({ q: 'reset' })
await faq.search({ q: 'reset' })
console.log('deprecated', told.length, true, told[0]?.includes('2026-11-01'))
console.log('secret', JSON.stringify(faq).includes('secret'))
