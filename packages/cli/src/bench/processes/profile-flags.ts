/** Node flags that write `<name>.cpuprofile` into `directory` at the end of the process; none without one. */
export function profileFlags(directory: string | undefined, name: string): string[] {
  if (directory === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}.cpuprofile`];
}
