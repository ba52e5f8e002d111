// Sends the events that come on stdin, one JSON object per line, through Segment's own SDK. Only the host is changed.
import { createInterface } from 'node:readline'
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: 50, flushInterval: 500 })
let sent = 0
const errors = []
analytics.on('error', (error) => errors.push(String(error.reason ?? error.code)))

for await (const line of createInterface({ input: process.stdin })) {
  const { type, ...event } = JSON.parse(line)
  analytics[type]({ ...event, timestamp: new Date(event.timestamp) })
  sent += 1
}
await analytics.closeAndFlush({ timeout: 30_000 })
console.log(JSON.stringify({ sent, errors }))
