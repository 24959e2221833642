import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodecRegistry } from '@offhook/codecs';
import { Command } from 'commander';
import type { CommandContext } from '../command-context';
import { CommandError } from '../command-error';
import { DemoCall } from '../demo/demo-call';
import { DemoWorld } from '../demo/demo-world';
import { checks, type Measurements, noMeasurements } from '../demo/measurements';
import { report } from '../demo/report';
import { exitCodes } from '../exit-codes';
import { LadderPrinter } from '../ladder/ladder-printer';
import { addCodecOption, type CodecOptions, useCodecs } from '../options/codecs';
import { addExamples, addJsonOption } from '../options/common';
import { withPhone } from '../phone';
import { runCommand } from '../run-command';

const digits = '0123456789*#';

/** Of these codecs the echo is the speech, sample by sample, so that it can be judged. */
const judged = ['PCMU', 'PCMA'];

interface Options extends CodecOptions {
  readonly record?: string;
}

/** `offhook demo`: a whole call on this machine, with nothing to set up. */
export function demoCommand(context: CommandContext): Command {
  const command = new Command('demo')
    .summary('make a whole call on this machine, with nothing to set up')
    .description(
      'Starts a server and an echo service on free ports of this machine, registers a phone, calls, plays ' +
        'speech, records the echo, holds, retrieves, sends DTMF and hangs up. Prints every SIP message, and a ' +
        'report at the end.',
    )
    .option('--record <file.wav>', 'where to record the echo (default: a new file among the temporary ones)');
  addCodecOption(command, judged.join(', '));
  addJsonOption(command);
  addExamples(command, ['demo', 'demo --record echo.wav', 'demo --json | tail -1']);
  return command.action((options: Options) =>
    runCommand(context, 'demo', async (facts) => {
      const measured = noMeasurements(digits);
      try {
        const registry = await useCodecs(options);
        await demonstrate(context, measured, registry, options);
      } finally {
        Object.assign(facts, measured);
      }
      return judge(context, measured);
    }),
  );
}

async function temporaryRecording(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'offhook-')), 'echo.wav');
}

async function demonstrate(
  context: CommandContext,
  measured: Measurements,
  registry: CodecRegistry,
  { record, codec = judged, codecPlugin = [] }: Options,
): Promise<void> {
  const recording = record ?? (await temporaryRecording());
  const parties = { own: 'Server', nameOf: (remote: { port: number }) => world.nameOf(remote) };
  const printer = new LadderPrinter(context, ['Phone', 'Server', 'Echo'], parties);
  const world = await DemoWorld.open((message) => printer.print(message), registry);
  try {
    await withPhone(context, { transport: 'udp', host: '127.0.0.1', codec, codecPlugin }, (phone) =>
      new DemoCall(context, world, phone, measured).run(recording),
    );
  } finally {
    await world.close();
  }
}

/** The report; throws when something is not as it should be. */
function judge(context: CommandContext, measured: Measurements): string {
  const text = report(measured, context.style);
  const wrong = checks(measured).filter(({ ok }) => !ok);
  if (wrong.length === 0) return text;
  context.output.text(text);
  const what = wrong.map((check) => check.what).join('; ');
  throw new CommandError('ERR_DEMO', `Not as it should be: ${what}.`, exitCodes.failed);
}
