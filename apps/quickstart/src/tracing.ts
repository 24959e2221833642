import { open } from 'node:fs/promises';
import type { SipStack } from '@offhook/sip-core';
import { HepExporter, PcapngFile } from '@offhook/sip-core/node';
import type { CommandContext } from './command-context';
import { usageError } from './command-error';
import type { TracingOptions } from './options/tracing';

/** What keeps the messages of a phone's stack. */
export interface Tracing {
  /** Begins with this stack. */
  watch(stack: SipStack): void;
  /** All is on the disk, or on its way to the collector. */
  close(): Promise<void>;
}

/** Opens what `--trace` and `--hep` name. @throws CommandError when the file cannot be written */
export async function openTracing(context: CommandContext, { trace, hep }: TracingOptions): Promise<Tracing> {
  if (trace !== undefined) await requireWritable(trace);
  const file =
    trace === undefined ? undefined : new PcapngFile(trace, { onError: ({ message }) => warn(context, message) });
  const exporter = hep && new HepExporter(hep);
  return {
    watch(stack) {
      if (file) stack.on('trace', (event) => file.write(event));
      if (exporter) stack.on('trace', (event) => exporter.write(event));
    },
    async close() {
      await Promise.all([file?.close(), exporter?.close()]);
      if (exporter && exporter.counters.failures > 0) warn(context, `${hep!.host} did not take the messages.`);
    },
  };
}

async function requireWritable(path: string): Promise<void> {
  try {
    await (await open(path, 'w')).close();
  } catch (error) {
    throw usageError(`${path} cannot be written: ${(error as Error).message}`, error);
  }
}

/** Tells what is worth knowing and stops nothing. */
export const warn = ({ output, streams }: CommandContext, message: string): void => {
  if (output.json) output.event({ type: 'warning', message });
  else streams.err.write(`offhook: ${message}\n`);
};
