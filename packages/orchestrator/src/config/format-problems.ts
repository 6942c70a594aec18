import type { ConfigProblem } from './problem.ts';

/** One line a problem: where, which setting, which value, what is wrong and what would be right. */
export function formatProblem(problem: ConfigProblem): string {
  const setting = problem.key === undefined ? '' : `${printable(problem.key)}: `;
  const value = problem.value === undefined ? '' : `${problem.value} is `;
  const expected = problem.expected === '' ? '' : `; expected ${problem.expected}`;
  const hint = problem.expected.startsWith('did you mean') ? `; ${problem.expected}` : expected;
  return `${formatPlace(problem)}: ${setting}${value}${problem.message}${hint}`;
}

/** All problems as a list for the terminal, the count first. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [
    `The configuration has ${count}:`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ].join('\n');
}

function formatPlace({ source, file, line, column, name }: ConfigProblem): string {
  switch (source) {
    case 'file':
      return [printable(file ?? 'configuration'), line, column]
        .filter((part) => part !== undefined)
        .join(':');
    case 'env':
      return name === undefined ? 'environment' : `environment variable ${printable(name)}`;
    case 'flag':
      return name === undefined ? 'flag' : `flag ${printable(name)}`;
    default:
      return source satisfies never;
  }
}

// Keys and names come from outside; a control character in one must not forge lines of output.
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');
}
