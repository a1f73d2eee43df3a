// What is added up from flows, and how it is drawn. Text is only ever set as text: names come from others.

const MOST = 200;

/** Who an end is, as a person knows it. */
export function end(flow, side) {
  const pod = flow[side] || {};
  if (pod.pod_name) return `${pod.namespace}/${pod.pod_name}`;
  const service = flow[`${side}_service`];
  if (service && service.name) return `${service.namespace}/${service.name}`;
  const names = flow[`${side}_names`];
  if (names && names.length) return names[0];
  return (flow.IP && flow.IP[side]) || 'unknown';
}

export function ports(flow) {
  const l4 = flow.l4 || {};
  const part = l4.TCP || l4.UDP || l4.SCTP || {};
  return { source: part.source_port || 0, destination: part.destination_port || 0 };
}

/** The sums of what is shown; bounded, the smallest go first. */
export class Sums {
  constructor() {
    this.flows = [];
    this.drops = new Map();
    this.talkers = new Map();
    this.dns = new Map();
    this.latency = new Map();
    this.count = 0;
  }

  add(flow) {
    this.count += 1;
    const more = (flow.extensions && flow.extensions.value) || {};
    const packets = Number(more.packets || 1);
    const isReply = flow.is_reply === true;
    const from = end(flow, isReply ? 'destination' : 'source');
    const to = end(flow, isReply ? 'source' : 'destination');
    const pair = `${from} → ${to}`;
    this.flows.unshift(flow);
    this.flows.length = Math.min(this.flows.length, MOST);
    if (flow.verdict === 'DROPPED') {
      bump(this.drops, `${more.drop_reason || 'UNKNOWN'}\n${end(flow, 'source')} → ${end(flow, 'destination')}`, { packets });
    } else if (flow.verdict === 'FORWARDED' && flow.Type !== 'L7') {
      bump(this.talkers, pair, { packets, bytes: Number(more.bytes || 0) }, { from, to });
    }
    const dns = flow.l7 && flow.l7.dns;
    if (dns && flow.l7.type === 'RESPONSE' && dns.rcode && flow.trace_observation_point !== 'FROM_ENDPOINT') { // once each
      bump(this.dns, `${dns.query}\n${flow.Summary.replace(/^.*RCode: /, '').replace(/ TTL.*$/, '')}`, { packets: 1 });
    }
    if (more.connect_ns || more.rtt_ns || more.socket_report === 'retransmission') {
      const row = bump(this.latency, pair, { resent: more.socket_report === 'retransmission' ? packets : 0 });
      if (more.connect_ns) row.connect = more.connect_ns / 1e6;
      if (more.rtt_ns) row.rtt = more.rtt_ns / 1e6;
    }
  }
}

function bump(map, key, amounts, fixed = {}) {
  let row = map.get(key);
  if (!row) {
    if (map.size >= 1000) map.delete(map.keys().next().value);
    row = { ...fixed };
    map.set(key, row);
  }
  for (const [name, amount] of Object.entries(amounts)) row[name] = (row[name] || 0) + amount;
  return row;
}

export function top(map, by, most = 12) {
  return [...map.entries()].sort((a, b) => (b[1][by] || 0) - (a[1][by] || 0)).slice(0, most);
}

export function table(element, heads, rows) {
  const head = document.createElement('tr');
  heads.forEach((text) => head.append(cell('th', text.replace(/^#/, ''), text.startsWith('#'))));
  const body = rows.map(({ cells, bad }) => {
    const row = document.createElement('tr');
    if (bad) row.className = 'bad';
    cells.forEach((text, i) => row.append(cell('td', text, heads[i].startsWith('#'))));
    return row;
  });
  if (!body.length) {
    const none = document.createElement('tr');
    const only = cell('td', 'none', false);
    only.colSpan = heads.length;
    none.append(only);
    body.push(none);
  }
  element.replaceChildren(head, ...body);
}

function cell(kind, text, isNumber) {
  const made = document.createElement(kind);
  if (kind === 'th') made.scope = 'col';
  if (isNumber) made.className = 'number';
  made.textContent = text;
  return made;
}

export function size(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Who talks to whom: ends on a circle, lines as thick as what they carry. */
export function map(element, sums) {
  const edges = top(sums.talkers, 'bytes', 30).map(([, row]) => row);
  const names = [...new Set(edges.flatMap((row) => [row.from, row.to]))].sort().slice(0, 24);
  const at = new Map(names.map((name, i) => {
    const angle = (2 * Math.PI * i) / names.length - Math.PI / 2;
    return [name, { x: 320 + 200 * Math.cos(angle), y: 210 + 160 * Math.sin(angle) }];
  }));
  const dropped = new Set([...sums.drops.keys()].map((key) => key.split('\n')[1]));
  const most = Math.max(1, ...edges.map((row) => row.bytes));
  const lines = edges.filter((row) => at.has(row.from) && at.has(row.to)).map((row) => {
    const from = at.get(row.from);
    const to = at.get(row.to);
    const line = svg('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, 'stroke-width': 1 + (5 * Math.log1p(row.bytes)) / Math.log1p(most) });
    if (dropped.has(`${row.from} → ${row.to}`)) line.setAttribute('class', 'bad');
    line.append(titled(`${row.from} → ${row.to}: ${size(row.bytes)}`));
    return line;
  });
  const dots = names.flatMap((name) => {
    const { x, y } = at.get(name);
    const text = svg('text', { x: x < 320 ? x - 8 : x + 8, y: y + 4, 'text-anchor': x < 320 ? 'end' : 'start' });
    text.textContent = name.length > 26 ? `${name.slice(0, 25)}…` : name;
    const dot = svg('circle', { cx: x, cy: y, r: 5 });
    dot.append(titled(name));
    return [dot, text];
  });
  element.replaceChildren(...lines, ...dots);
}

function svg(kind, attributes) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function titled(text) {
  const title = document.createElementNS(SVG, 'title');
  title.textContent = text;
  return title;
}
