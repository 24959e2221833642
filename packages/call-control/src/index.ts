export type { Binding } from './registrar/bindings';
export { Registrar, type RegistrarOptions } from './registrar/registrar';
