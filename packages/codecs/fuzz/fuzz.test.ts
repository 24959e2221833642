import { fuzzTests } from '../../../tooling/fuzz/fuzz-tests';
import { targets } from './targets';

fuzzTests(targets);
