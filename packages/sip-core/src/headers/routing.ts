import type { NameAddr } from '../message/name-addr';
import { ListHeader, SingleHeader } from './codec';
import { addressGrammar, numberGrammar } from './grammar';

/** Proxies between a user agent and its registrar, the nearest to the user agent last: `Path: <sip:p1.example.com;lr>` (RFC 3327 §4). */
export const Path = new ListHeader<NameAddr>('Path', 'RFC 3327 §4', addressGrammar);

/** Route for the requests of a user agent, the next hop first (RFC 3608 §5). */
export const ServiceRoute = new ListHeader<NameAddr>('Service-Route', 'RFC 3608 §5', addressGrammar);

/** How many branches a request may fork into, all proxies together: `Max-Breadth: 60` (RFC 5393 §5.1). */
export const MaxBreadth = new SingleHeader<number>('Max-Breadth', 'RFC 5393 §5.1', numberGrammar('number of branches'));
