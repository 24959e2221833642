import { Params } from '../message/params';
import { quote } from '../message/quoting';
import { excerpt } from '../message/scanner';
import { SipSyntaxError } from '../platform/errors';
import { type HeaderGrammar, ListHeader } from './codec';
import {
  checkToken,
  formatParams,
  formatQuality,
  ParamReader,
  parseParameterized,
  parseQuality,
  present,
} from './grammar';

/** What an entity on the path can do: parameters such as `+g.3gpp.srvcc` or `+sip.instance="…"` (RFC 6809 §6). */
export const FeatureCaps = new ListHeader<Params>('Feature-Caps', 'RFC 6809 §6', {
  parse(text) {
    const { value, params } = parseParameterized(text);
    if (value !== '*') throw new SipSyntaxError(`"${excerpt(text)}" must begin with "*;".`);
    return params;
  },
  format(params) {
    const written = new Params();
    for (const [name, value] of params) {
      written.addWritten(checkToken(name, 'feature'), value === '' ? '' : quote(value));
    }
    return `*${written}`;
  },
});

/** How urgent a request is in the terms of a network (RFC 4412 §3.1). */
export interface ResourcePriority {
  /** Such as `dsn`, `drsn`, `q735`, `ets`, `wps`, `esnet`. */
  readonly namespace: string;
  /** A word of the namespace, such as `flash`. */
  readonly priority: string;
}

const resource: HeaderGrammar<ResourcePriority> = {
  parse(text) {
    const dot = text.indexOf('.');
    return { namespace: checkPart(text.slice(0, Math.max(dot, 0))), priority: checkPart(text.slice(dot + 1)) };
  },
  format: ({ namespace, priority }) => `${checkPart(namespace)}.${checkPart(priority)}`,
};

function checkPart(text: string): string {
  if (!text.includes('.')) return checkToken(text, 'part of a resource priority, such as dsn.flash');
  throw new SipSyntaxError(`"${excerpt(text)}" has a dot; a resource priority is two words joined by one.`);
}

/** `Resource-Priority: wps.3, dsn.flash` (RFC 4412 §3.1). */
export const ResourcePriority = new ListHeader<ResourcePriority>('Resource-Priority', 'RFC 4412 §3.1', resource);

/** Priorities understood: `Accept-Resource-Priority: dsn.flash, dsn.routine` (RFC 4412 §3.2). */
export const AcceptResourcePriority = new ListHeader<ResourcePriority>(
  'Accept-Resource-Priority',
  'RFC 4412 §3.2',
  resource,
);

/** A way to secure the first hop (RFC 3329 §2.2). */
export interface SecurityMechanism {
  /** `digest`, `tls`, `ipsec-ike`, `ipsec-man`, or a word of an extension. */
  readonly mechanism: string;
  /** Preference from 0 to 1. */
  readonly q?: number | undefined;
  /** Such as `d-alg`, `d-qop`, `d-ver`. */
  readonly params?: Params | undefined;
}

const mechanism: HeaderGrammar<SecurityMechanism> = {
  parse(text) {
    const { value, params } = parseParameterized(text);
    const reader = new ParamReader(params);
    const q = reader.text('q');
    return present({
      mechanism: checkToken(value, 'security mechanism'),
      q: q === undefined ? undefined : parseQuality(q),
      params: reader.rest(),
    });
  },
  format: ({ mechanism, q, params }) =>
    checkToken(mechanism, 'security mechanism') +
    (q === undefined ? '' : `;q=${formatQuality(q)}`) +
    formatParams({}, params),
};

/** Mechanisms of a client: `Security-Client: tls;q=0.2` (RFC 3329 §2.2). */
export const SecurityClient = new ListHeader<SecurityMechanism>('Security-Client', 'RFC 3329 §2.2', mechanism);

/** Mechanisms of a server (RFC 3329 §2.2). */
export const SecurityServer = new ListHeader<SecurityMechanism>('Security-Server', 'RFC 3329 §2.2', mechanism);

/** The mechanisms of the server as the client received them, so that nobody took one out (RFC 3329 §2.2). */
export const SecurityVerify = new ListHeader<SecurityMechanism>('Security-Verify', 'RFC 3329 §2.2', mechanism);
