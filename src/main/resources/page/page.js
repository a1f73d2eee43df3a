// The node's page: flows by server-sent events, the agent's own numbers by its metrics.

import { Sums, end, map, ports, size, table, top } from './tables.js';

const byId = (id) => document.getElementById(id);
let sums = new Sums();
let source = null;
let isPaused = false;
let isStale = true;

function say(text, isBad = false) {
  byId('status').textContent = text;
  byId('status').className = isBad ? 'bad' : '';
}

/** What the form asks for, as parameters of /flows. */
function query() {
  const parts = new URLSearchParams();
  for (const name of ['pod', 'ip', 'port', 'verdict']) {
    const value = byId(name).value.trim();
    if (value) parts.set(name, value);
  }
  const range = byId('range').value;
  if (range) {
    parts.set('since', range);
    parts.set('follow', 'false');
  }
  return parts;
}

async function open() {
  if (source) source.close();
  sums = new Sums();
  isStale = true;
  const parts = query();
  const url = `/flows?${parts}`;
  // An EventSource hides what is wrong with a query: ask for its head first.
  const head = await fetch(url, { method: 'HEAD' }).catch(() => null);
  if (!head || !head.ok) {
    const why = head && head.status === 400 ? 'the filter is not understood' : 'flows are refused';
    say(head ? `${why} (${head.status})` : 'the agent does not answer', true);
    return;
  }
  const mine = new EventSource(url);
  source = mine;
  mine.onopen = () => say(parts.has('since') ? 'reading the journal' : 'live');
  mine.addEventListener('flow', (event) => {
    const read = JSON.parse(event.data);
    sums.add(read.flow || read);
    isStale = true;
  });
  mine.addEventListener('lost', (event) => say(`flows are missing: ${event.data}`, true));
  mine.onerror = () => {
    if (parts.has('since')) {
      mine.close(); // the journal's end, not a fault
      say(`${sums.count} flows of the ${byId('range').selectedOptions[0].textContent}`);
    } else {
      say('the stream broke; trying again', true);
    }
  };
}

function draw() {
  if (!isStale || isPaused) return;
  isStale = false;
  table(byId('drops'), ['Reason', 'From → to', '#Packets'], top(sums.drops, 'packets').map(([key, row]) => ({ cells: [...key.split('\n'), row.packets], bad: true })));
  table(byId('talkers'), ['From → to', '#Bytes', '#Packets'], top(sums.talkers, 'bytes').map(([key, row]) => ({ cells: [key, size(row.bytes), row.packets] })));
  table(byId('dns'), ['Name', 'Answer', '#Times'], top(sums.dns, 'packets').map(([key, row]) => ({ cells: [...key.split('\n'), row.packets], bad: true })));
  table(byId('latency'), ['From → to', '#Handshake ms', '#Round trip ms', '#Sent again'], top(sums.latency, 'rtt').map(([key, row]) => ({
    cells: [key, row.connect ? row.connect.toFixed(2) : '', row.rtt ? row.rtt.toFixed(2) : '', row.resent || ''],
    bad: row.resent > 0,
  })));
  table(byId('flows'), ['Time', 'From', 'To', 'Verdict', 'What'], sums.flows.map((flow) => {
    const at = ports(flow);
    return {
      cells: [(flow.time || '').replace('T', ' ').replace(/(\.\d{3})\d*/, '$1'), `${end(flow, 'source')}${at.source ? `:${at.source}` : ''}`,
        `${end(flow, 'destination')}${at.destination ? `:${at.destination}` : ''}`, flow.verdict || '', flow.Summary || ''],
      bad: flow.verdict === 'DROPPED',
    };
  }));
  map(byId('map'), sums);
  if (sums.flows.length) byId('node').textContent = sums.flows[0].node_name || '';
}

/** Sum of the series of a name in a scrape. */
function sum(text, name, wanted = '') {
  let total = 0;
  for (const line of text.split('\n')) {
    if ((line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(wanted)) total += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return total;
}

let before = null;

async function agent() {
  if (isPaused) return;
  const answer = await fetch('/metrics').catch(() => null);
  if (!answer || !answer.ok) return;
  const text = await answer.text();
  const now = { at: performance.now(), cpu: sum(text, 'retina_agent_cpu_seconds_total'), events: sum(text, 'retina_agent_events_total', 'stage="kernel"') };
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const lost = sum(text, 'retina_agent_lost_events_total');
  const plugins = [...text.matchAll(/^retina_agent_plugin_status\{(?=[^}]*plugin="([^"]+)")[^}]*status="([^"]+)"[^}]*\} 1/gm)];
  const rows = [
    ['Plugins', plugins.map((one) => (one[2] === 'running' ? one[1] : `${one[1]} (${one[2]})`)).join(', '), plugins.some((one) => one[2] === 'failed')],
    ['Events', seconds ? `${Math.round((now.events - before.events) / seconds)} a second, ${Math.round(now.events)} in all` : Math.round(now.events)],
    ['Lost events', lost, lost > 0],
    ['CPU', seconds ? `${(((now.cpu - before.cpu) / seconds) * 100).toFixed(1)} % of a core` : `${now.cpu.toFixed(1)} s`],
    ['Memory', size(sum(text, 'retina_agent_overhead_memory_bytes'))],
    ['Overhead guard', `step ${sum(text, 'retina_agent_overhead_step')}`, sum(text, 'retina_agent_overhead_step') > 0],
    ['Behind by', `${sum(text, 'retina_agent_queue_lag_seconds').toFixed(2)} s`],
  ];
  byId('agent').replaceChildren(...rows.flatMap(([name, value, isBad]) => {
    const term = document.createElement('dt');
    term.textContent = name;
    const is = document.createElement('dd');
    is.textContent = value;
    if (isBad) is.className = 'bad';
    return [term, is];
  }));
  before = now;
}

byId('filters').addEventListener('submit', (event) => {
  event.preventDefault();
  open();
});
byId('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', isPaused);
  byId('pause').textContent = isPaused ? 'Go on' : 'Pause';
});
setInterval(draw, 500);
setInterval(agent, 2000);
draw();
agent();
open();
