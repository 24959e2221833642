import { VQ_LINES, type VqAddress, type VqFormat, type VqMetrics, type VqReport } from './vq-report';

/** Longer bodies are no reports. */
const LONGEST = 65_536;

/**
 * Reads the body of a voice quality report (RFC 6035 §4.6.2), also with white space and capitals other than the grammar's.
 * Lines it does not know go to `extensions`; values that cannot be read are left out.
 *
 * @returns undefined when it is none
 */
export function parseVqReport(body: string): VqReport | undefined {
  if (body.length > LONGEST) return undefined;
  const lines = body.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const report = readHeading(lines[0] ?? '');
  if (!report) return undefined;
  let metrics: VqMetrics | undefined;
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    const key = name.toLowerCase();
    if (key === 'localmetrics') metrics = report.local = {};
    else if (key === 'remotemetrics') metrics = report.remote = {};
    else if (!readSessionLine(report, key, value) && !(metrics && readMetricLine(metrics, key, value))) {
      const owner = metrics ?? report;
      owner.extensions ??= {};
      // A name from outside must not reach the prototype.
      Object.defineProperty(owner.extensions, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return report;
}

function readHeading(line: string): VqReport | undefined {
  const match = /^\s*VQ(Interval|Session|Alert)Report\s*(?::\s*(.*))?$/i.exec(line);
  if (!match) return undefined;
  const kind = match[1]!.toLowerCase() as VqReport['kind'];
  const report: VqReport = { kind, callId: '' };
  const rest = match[2]?.trim() ?? '';
  if (kind === 'session' && /^callterm$/i.test(rest)) report.callTerm = true;
  if (kind !== 'alert') return report;
  const fields = readFields(rest);
  const severity = (['Warning', 'Critical', 'Clear'] as const).find(
    (one) => one.toLowerCase() === fields.get('severity')?.toLowerCase(),
  );
  const direction = fields.get('dir')?.toLowerCase();
  const type = fields.get('type');
  if (type !== undefined && severity && (direction === 'local' || direction === 'remote')) {
    report.alert = { type, severity, direction };
  }
  return report;
}

function readSessionLine(report: VqReport, key: string, value: string): boolean {
  switch (key) {
    case 'callid':
      report.callId = value;
      return true;
    case 'localid':
      report.localId = value;
      return true;
    case 'remoteid':
      report.remoteId = value;
      return true;
    case 'origid':
      report.originatorId = value;
      return true;
    case 'localaddr':
      return readAddress(value, (address) => (report.localAddress = address));
    case 'remoteaddr':
      return readAddress(value, (address) => (report.remoteAddress = address));
    case 'localgroup':
    case 'localgroupid':
      report.localGroupId = value;
      return true;
    case 'remotegroup':
    case 'remotegroupid':
      report.remoteGroupId = value;
      return true;
    case 'localmac':
      report.localMac = value;
      return true;
    case 'remotemac':
      report.remoteMac = value;
      return true;
    case 'dialogid':
      report.dialogId = readDialog(value);
      return true;
    default:
      return false;
  }
}

function readAddress(value: string, take: (address: VqAddress) => void): boolean {
  const fields = readFields(value);
  const ip = fields.get('ip');
  if (ip === undefined) return false;
  const address: VqAddress = { ip, port: integer(fields.get('port')) ?? 0 };
  const ssrc = fields.get('ssrc')?.replace(/^0x/i, '');
  if (ssrc !== undefined && /^[\da-f]{1,8}$/i.test(ssrc)) address.ssrc = Number.parseInt(ssrc, 16);
  take(address);
  return true;
}

function readDialog(value: string): NonNullable<VqReport['dialogId']> {
  const [callId = '', ...parameters] = value.split(';').map((part) => part.trim());
  const dialog: NonNullable<VqReport['dialogId']> = { callId };
  for (const parameter of parameters) {
    const [name, tag = ''] = parameter.split('=', 2);
    if (name?.toLowerCase() === 'to-tag') dialog.toTag = tag;
    else if (name?.toLowerCase() === 'from-tag') dialog.fromTag = tag;
  }
  return dialog;
}

function readMetricLine(metrics: VqMetrics, key: string, value: string): boolean {
  if (key === 'timestamps') {
    const fields = readFields(value);
    const start = date(fields.get('start'));
    const stop = date(fields.get('stop'));
    if (start) metrics.start = start;
    if (stop) metrics.stop = stop;
    return true;
  }
  const line = VQ_LINES.find(({ name }) => name.toLowerCase() === key);
  if (!line) return false;
  const texts = readFields(value);
  const values: Record<string, unknown> = {};
  for (const [name, member, format] of line.fields) {
    const text = texts.get(name.toLowerCase());
    const read = text === undefined ? undefined : readValue(text, format);
    if (read !== undefined) values[member] = read;
  }
  (metrics as Record<string, unknown>)[line.member] = values;
  return true;
}

/** `NAME=value` pairs between white space, values in quotes included; names in small letters. */
function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/([^\s=]+)=("[^"]*"|[^\s"]*)/g)) {
    fields.set(match[1]!.toLowerCase(), match[2]!.replaceAll('"', ''));
  }
  return fields;
}

function readValue(text: string, format: VqFormat): string | number | boolean | undefined {
  switch (format) {
    case 'integer':
    case 'percent':
    case 'mos': {
      const value = text === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : undefined;
    }
    case 'onOff':
      return text.toLowerCase() === 'on' ? true : text.toLowerCase() === 'off' ? false : undefined;
    case 'quoted':
    case 'token':
      return text;
  }
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function date(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const value = new Date(text);
  return Number.isNaN(value.getTime()) ? undefined : value;
}
