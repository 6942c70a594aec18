export { benchCommand } from './bench-command.ts';
export { defaultBenchOptions, smokeBenchOptions } from './bench-options.ts';
export type { BenchOptions } from './bench-options.ts';
export type {
  BenchCase,
  BenchReport,
  IdleCase,
  MachineInfo,
  TargetMemory,
  TargetResult,
} from './bench-report.ts';
export { runBench } from './run-bench.ts';
export type { BenchContext } from './run-bench.ts';
