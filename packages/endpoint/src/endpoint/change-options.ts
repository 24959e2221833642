import { CodecSet } from '../media/codec-set';
import { type EndpointOptions, type ResolvedOptions, resolveOptions } from './endpoint-options';

/** Options that can be changed while the endpoint is active. */
export type ChangeableOptions = {
  [Name in
    | 'admission'
    | 'answerPriority'
    | 'autoAnswer'
    | 'codecs'
    | 'dtmfMethods'
    | 'maxCalls'
    | 'ptime'
    | 'referToProxy']?: EndpointOptions[Name] | undefined;
};

/**
 * @internal Changes options in place; those given as undefined become their defaults.
 *
 * @throws EndpointError `ERR_OPTION`, `ERR_CODEC_UNKNOWN`; nothing is changed then
 */
export function changeOptions(options: ResolvedOptions, all: ChangeableOptions): void {
  const { codecs, ...changes } = all;
  const hasCodecs = 'codecs' in all;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const checked = resolveOptions(given);
  const names = Object.keys(changes) as (keyof typeof changes)[];
  const changed = Object.fromEntries(names.map((name) => [name, checked[name]]));
  const { registry } = options.codecSet;
  const codecSet = hasCodecs ? new CodecSet({ registry, ...(codecs && { codecs }) }) : options.codecSet;
  Object.assign(options, changed, { codecSet });
}
