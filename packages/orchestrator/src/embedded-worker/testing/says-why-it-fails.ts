// Stands in for a worker process that tells its parent why it cannot start.
process.send?.({ type: 'failed', code: 'LOAD_FAILED', message: 'the model is broken' }, () =>
  process.exit(1),
);
