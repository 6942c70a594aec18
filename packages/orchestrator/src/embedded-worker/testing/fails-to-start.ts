// Stands in for a worker process that finds something missing.
process.stderr.write('the voice data is missing\n');
process.exitCode = 3;
process.disconnect();
