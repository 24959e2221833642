import { readFile, writeFile } from 'node:fs/promises';
import { type Codec, createIlbc, ilbc } from '@offhook/codecs';
import { measureSpeed } from '@offhook/codecs/testing';
import { Command } from 'commander';
import { decodeAudio, encodeAudio, losing } from '../codec/code-audio';
import { type Framing, joinPayloads, payloadSize, splitPayloads, usualFraming } from '../codec/frame-file';
import { readPcm, writePcm } from '../codec/pcm-file';
import type { CommandContext } from '../command-context';
import { usageError } from '../command-error';
import { addCodecPluginOption, findCodec, useCodecs } from '../options/codecs';
import { addExamples, addJsonOption } from '../options/common';
import { choice, number, wholeNumber } from '../options/values';
import { speechFile } from '../package-files';
import { runCommand } from '../run-command';

interface CodingOptions {
  readonly codec: string;
  readonly codecPlugin?: readonly string[];
  readonly ptime?: number;
  readonly fmtp?: string;
  readonly framing?: Framing;
  readonly rate?: number;
  readonly channels?: number;
  readonly loss?: number;
  readonly seed?: number;
}

interface BenchOptions {
  readonly ptime?: number;
  readonly seconds?: number;
  readonly codecPlugin?: readonly string[];
}

/** A codec's times real time. */
interface Timed {
  readonly name: string;
  readonly ptime: number;
  readonly encode: number;
  readonly decode: number;
  readonly conceal: number;
}

/** `offhook codec list | encode | decode | bench`: codecs without a call, so that others can check them. */
export function codecCommand(context: CommandContext): Command {
  const command = new Command('codec')
    .summary('list codecs, encode, decode and time them without a call')
    .description(
      'Works with codecs and files: WAV or raw 16-bit little-endian samples on one side, payloads on the other. ' +
        'Payloads stand one after the other where all have one size; else each follows its length in bytes, a 16-bit ' +
        'little-endian number, of which 0 stands for a packet that was not sent or was lost.',
    );
  command.addCommand(listCommand(context));
  command.addCommand(encodeCommand(context));
  command.addCommand(decodeCommand(context));
  command.addCommand(benchCommand(context));
  return command;
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list').summary('list the codecs there are');
  addCodecPluginOption(command);
  addJsonOption(command);
  addExamples(command, ['codec list', 'codec list --json']);
  return command.action((options: Pick<CodingOptions, 'codecPlugin'>) =>
    runCommand(context, 'codec', async (facts) => {
      const registry = await useCodecs(options);
      const offered = registry.list();
      const codecs = registry.all().map((codec) => describe(codec, offered.includes(codec)));
      Object.assign(facts, { codecs });
      return table([
        ['name', 'rate', 'RTP clock', 'channels', 'type', 'frames, ms', 'offered', 'fmtp'],
        ...codecs.map((each) => [
          each.name,
          `${each.sampleRate}`,
          `${each.clockRate}`,
          `${each.channels}`,
          `${each.payloadType ?? 'dynamic'}`,
          each.frameDurations.map((ms) => (ms === each.defaultFrameDuration ? `[${ms}]` : `${ms}`)).join(' '),
          each.offered ? 'yes' : 'by name',
          each.fmtp ?? '',
        ]),
      ]);
    }),
  );
}

function encodeCommand(context: CommandContext): Command {
  const command = new Command('encode')
    .summary('audio to payloads')
    .argument('<in>', 'WAV, or raw 16-bit little-endian samples; - for standard input')
    .argument('<out>', 'file of payloads; - for standard output');
  addCodingOptions(command);
  command
    .option('--rate <hz>', 'of raw samples (default: that of the codec)', wholeNumber(1000, 192_000))
    .option('--channels <n>', 'of raw samples (default: those of the codec)', wholeNumber(1, 8));
  addJsonOption(command);
  addExamples(command, [
    'codec encode --codec ilbc --ptime 20 speech.wav speech.ilbc',
    'codec encode --codec opus --fmtp maxaveragebitrate=16000 speech.wav speech.opus',
    'codec encode --codec G722 --rate 8000 --channels 1 samples.raw - | ffmpeg -f g722 -i - speech.wav',
  ]);
  return command.action((input: string, output: string, options: CodingOptions) =>
    runCommand(context, 'codec', async (facts) => {
      const { codec, ptime, framing } = await chosen(options);
      const pcm = await readPcm(await read(context, input), codec, options);
      const payloads = encodeAudio(codec, pcm, ptime, options.fmtp);
      const bytes = joinPayloads(payloads, framing);
      await write(context, output, bytes);
      const durationMs = (pcm.length / codec.channels / codec.sampleRate) * 1000;
      Object.assign(facts, { codec: codec.name, ptime, framing, payloads: payloads.length, bytes: bytes.length });
      Object.assign(facts, { durationMs: Math.round(durationMs) });
      return output === '-'
        ? undefined
        : `${payloads.length} payloads, ${bytes.length} bytes (${framing}) in ${output}`;
    }),
  );
}

function decodeCommand(context: CommandContext): Command {
  const command = new Command('decode')
    .summary('payloads to audio')
    .argument('<in>', 'file of payloads; - for standard input')
    .argument('<out>', 'WAV when it ends so, else raw 16-bit little-endian samples; - for standard output');
  addCodingOptions(command);
  command
    .option('--loss <percent>', 'packets to lose, to hear how that is concealed', number(0, 100))
    .option('--seed <n>', 'which packets are lost (default: 1)', wholeNumber(0, 2 ** 31));
  addJsonOption(command);
  addExamples(command, [
    'codec decode --codec ilbc --ptime 30 F00.BIT30 F00.raw',
    'codec decode --codec opus --loss 10 speech.opus lossy.wav',
  ]);
  return command.action((input: string, output: string, options: CodingOptions) =>
    runCommand(context, 'codec', async (facts) => {
      const { codec, ptime, framing } = await chosen(options);
      const payloads = splitPayloads(await read(context, input), framing, payloadSize(codec, ptime));
      const { loss, seed = 1, fmtp } = options;
      const isLost = loss === undefined ? undefined : losing(loss / 100, seed);
      const { pcm, lost, refused } = decodeAudio(codec, payloads, ptime, { fmtp, ...(isLost && { isLost }) });
      await write(context, output, writePcm(pcm, codec, output.toLowerCase().endsWith('.wav')));
      const durationMs = Math.round((pcm.length / codec.channels / codec.sampleRate) * 1000);
      const { sampleRate, channels } = codec;
      Object.assign(facts, { codec: codec.name, ptime, framing, payloads: payloads.length, lost, refused });
      Object.assign(facts, { sampleRate, channels, samples: pcm.length / channels, durationMs });
      if (output === '-') return undefined;
      const troubles = `${lost > 0 ? `, ${lost} lost` : ''}${refused > 0 ? `, ${refused} not to be decoded` : ''}`;
      return `${payloads.length} payloads${troubles}: ${durationMs} ms at ${sampleRate} Hz in ${output}`;
    }),
  );
}

function benchCommand(context: CommandContext): Command {
  const command = new Command('bench')
    .summary('time codecs on this machine')
    .description(
      'Times codecs with speech, in processor time, as `pnpm bench codecs` does: frames in batches of some ms once the code is ' +
        'warm, of which the fastest counts, as others may use the machine.',
    )
    .argument('[codecs...]', 'codecs to time (default: all there are)')
    .option('--ptime <ms>', 'of audio in a payload (default: that of the codec)', number(1, 120))
    .option('--seconds <n>', 'for encoding, for decoding and for losses, each (default: 1)', number(0.05, 600));
  addCodecPluginOption(command);
  addJsonOption(command);
  addExamples(command, ['codec bench', 'codec bench opus iLBC --seconds 5', 'codec bench iLBC --ptime 20']);
  return command.action((names: string[], options: BenchOptions) =>
    runCommand(context, 'codec', async (facts) => {
      const registry = await useCodecs({ ...options, codec: names });
      const codecs = (names.length > 0 ? names.map((name) => findCodec(name)!) : registry.all()).map((codec) =>
        variant(codec, options.ptime),
      );
      const { seconds = 1 } = options;
      const speech = await readFile(speechFile);
      const results: Timed[] = [];
      for (const codec of codecs) {
        const ptime = options.ptime ?? codec.defaultFrameDuration;
        checkDuration(codec, ptime);
        const speed = measureSpeed(codec, { pcm: await readPcm(speech, codec, {}), frameDuration: ptime, seconds });
        const [encode, decode, conceal] = [speed.encode, speed.decode, speed.conceal].map(Math.round);
        const name = `${codec.name}/${codec.sampleRate}${codec.channels > 1 ? `/${codec.channels}` : ''}`;
        const timed = { name, ptime, encode, decode, conceal } as Timed;
        results.push(timed);
        context.output.event({ type: 'timed', ...timed });
      }
      Object.assign(facts, { results });
      return table([
        ['codec', 'ms a frame', 'encodes × real time', 'decodes × real time', 'with 20 % lost'],
        ...results.map((each) =>
          [each.name, each.ptime, each.encode, each.decode, each.conceal].map((value) => `${value}`),
        ),
      ]);
    }),
  );
}

function addCodingOptions(command: Command): void {
  command
    .requiredOption(
      '--codec <name>',
      'codec, with a rate behind a slash where there are several (L16/16000, L16/44100/2)',
    )
    .option('--ptime <ms>', 'of audio in a payload (default: that of the codec)', number(1, 120))
    .option('--fmtp <parameters>', 'format parameters, as in a=fmtp')
    .option('--framing <how>', 'of payloads in the file: plain or length', choice('plain', 'length'));
  addCodecPluginOption(command);
}

async function chosen({ codec: name, codecPlugin, ptime: asked, framing: wanted }: CodingOptions) {
  await useCodecs({ codec: [name], ...(codecPlugin && { codecPlugin }) });
  const codec = variant(findCodec(name)!, asked);
  const ptime = asked ?? codec.defaultFrameDuration;
  checkDuration(codec, ptime);
  return { codec, ptime, framing: wanted ?? usualFraming(codec, ptime) };
}

function checkDuration(codec: Codec, ptime: number): void {
  if (codec.frameDurations.includes(ptime)) return;
  throw usageError(`${codec.name} has payloads of ${codec.frameDurations.join(', ')} ms, none of ${ptime}.`);
}

/** iLBC has two kinds of frames, each a codec of its own. */
function variant(codec: Codec, ptime: number | undefined): Codec {
  return codec === ilbc && ptime !== undefined && ptime % 20 === 0 && ptime % 30 !== 0
    ? createIlbc({ mode: 20 })
    : codec;
}

async function read(context: CommandContext, file: string): Promise<Uint8Array> {
  if (file === '-') return context.readStdin();
  try {
    return await readFile(file);
  } catch (error) {
    throw usageError(`The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

async function write(context: CommandContext, file: string, bytes: Uint8Array): Promise<void> {
  if (file === '-') {
    if (context.output.json) throw usageError('Standard output is for JSON with --json: name a file for the bytes.');
    await context.writeStdout(bytes);
    return;
  }
  try {
    await writeFile(file, bytes);
  } catch (error) {
    throw usageError(`The file ${file} cannot be written: ${(error as Error).message}`, error);
  }
}

function describe(codec: Codec, offered: boolean) {
  const { name, sampleRate, clockRate, channels, payloadType, frameDurations, defaultFrameDuration } = codec;
  const fmtp = codec.fmtp?.offer();
  return {
    name,
    sampleRate,
    clockRate,
    channels,
    ...(payloadType !== undefined && { payloadType }),
    frameDurations,
    defaultFrameDuration,
    offered,
    ...(fmtp !== undefined && { fmtp }),
  };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
