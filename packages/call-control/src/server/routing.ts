import { SipUri } from '@offhook/sip-core';
import type { Registrar } from '../registrar/registrar';
import { type WayTo, wayTo } from '../registrar/way-to';

/** Where a call goes, or the status that refuses it. */
export type Route = WayTo | { readonly refusal: number };

/**
 * Finds where a call to a URI goes: to the service of that name, else to where the user has registered.
 *
 * @param services services by the user part they are called at
 * @param knows whether a user exists: 480 when it does and is not registered, 404 when not
 */
export function route(
  callee: unknown,
  registrar: Registrar,
  services: ReadonlyMap<string, SipUri>,
  knows: (user: string) => boolean,
): Route {
  if (!(callee instanceof SipUri) || callee.user === undefined || !registrar.serves(callee)) return { refusal: 404 };
  const service = services.get(callee.user);
  if (service) return { uri: service, routes: [], flow: undefined };
  // One contact for now: the most preferred one.
  const [binding] = registrar.lookup(callee);
  if (binding) return wayTo(binding);
  return { refusal: knows(callee.user) ? 480 : 404 };
}
