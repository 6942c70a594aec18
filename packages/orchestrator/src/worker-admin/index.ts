export { type DrainMarks, MemoryDrainMarks } from './drain-marks.ts';
export { DrainableRegistry } from './drainable-registry.ts';
export {
  type AdminConnection,
  createGrpcWorkerAdmin,
  type GrpcWorkerAdminOptions,
} from './grpc-worker-admin.ts';
export { RedisDrainMarks, type RedisDrainMarksOptions } from './redis-drain-marks.ts';
export {
  createStaticDirectory,
  createWorkerDirectory,
  type WorkerDirectoryOptions,
} from './worker-directory.ts';
